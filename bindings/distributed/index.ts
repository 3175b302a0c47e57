// wasmgrad/distributed: training by several members at once, whose weights are averaged every k steps.

export { inline } from '../executors/inline.js';
export type { Executor, RunOptions, Task, TaskContext, TaskFunction, TaskReference } from '../executors/executor.js';
export { MemberNotFiniteError } from './errors.js';
export { fitDistributed, type DistributedData, type FitDistributedOptions } from './fitDistributed.js';
export {
  localSgdTask,
  localSgdTaskOf,
  type LocalSgdData,
  type LocalSgdPayload,
  type LocalSgdResult,
  type LocalSgdTask,
} from './localSgdTask.js';
