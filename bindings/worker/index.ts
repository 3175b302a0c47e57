// wasmgrad/worker: models in workers.

export { expose, type ExposeOptions } from './host.js';
export { spawn, type SpawnOptions } from './spawn.js';
export {
  WorkerModel,
  type LibraryCallback,
  type TransferOptions,
  type WorkerCallback,
  type WorkerCallbackContext,
  type WorkerFitOptions,
} from './workerModel.js';
export type { ModelWorker, NodeModelWorker } from './workers.js';
