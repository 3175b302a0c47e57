// A model in a worker, of a model here or of a file.

import { isCompiled, Model } from '../model/model.js';
import type { ModelBytes } from '../model/saving/load.js';
import { compileSource } from '../runtime/coreSource.js';
import { OptionError } from '../runtime/errors.js';
import { packagedThreadsCore } from '../runtime/packagedCore/inlined.js';
import { ADDRESSABLE_BYTES, checkInitOptions, type InitOptions } from '../runtime/runtime.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import { whyNoThreads } from '../runtime/threads.js';
import { warn } from '../runtime/warn.js';
import { Call, Connection } from './connection.js';
import { sendable } from './sending.js';
import { connectionOf, WorkerModel, type SpawnedModel } from './workerModel.js';
import { openWorker, type ModelWorker } from './workers.js';

export interface SpawnOptions extends Omit<InitOptions, 'threadWorker'> {
  /** Where the worker's script is: `wasmgrad/worker-host`, or one of your own that calls `expose`. Found by bundlers if left out. */
  url?: string | URL;
  /** The worker, or what makes it: for bundlers with ways of their own. */
  worker?: ModelWorker | (() => ModelWorker);
  /** A model whose worker takes this one in too. `terminate` ends both. */
  beside?: WorkerModel;
}

const INIT_OPTIONS = ['threads', 'core', 'maximumBytes'] as const;
const PLACE_OPTIONS = ['url', 'worker'] as const;

function checkSpawnOptions(options: SpawnOptions): void {
  checkOptions('spawn', options, ['beside', ...PLACE_OPTIONS, ...INIT_OPTIONS]);
  const { beside, url, worker } = options;
  if (url !== undefined && worker !== undefined) throw new OptionError('spawn: give url or worker, not both.');
  if (url !== undefined && typeof url !== 'string' && !(url instanceof URL)) {
    throw new OptionError(`spawn: url must be a URL or a text, got ${describeValue(url)}.`);
  }
  if (beside === undefined) return;
  if (!(beside instanceof WorkerModel)) {
    throw new OptionError(`spawn: beside must be a model that spawn() gave, got ${describeValue(beside)}.`);
  }
  const other = [...PLACE_OPTIONS, ...INIT_OPTIONS].find((name) => options[name] !== undefined);
  if (other) throw new OptionError(`spawn: ${other} is settled by the worker that is there. Give beside alone.`);
}

/** The model as a file, which carries architecture, seed, weights and what was compiled; or the file that was given. */
async function fileOf(source: Model | ModelBytes): Promise<Uint8Array | ArrayBuffer> {
  if (source instanceof Model) return source.save({ training: isCompiled(source) });
  if (source instanceof ArrayBuffer) return source;
  if (source instanceof Uint8Array) return sendable(source, undefined) as Uint8Array;
  throw new OptionError(
    `spawn: expected a model such as sequential([...]), or the bytes that model.save() gave, got ${describeValue(source)}.`,
  );
}

let hasWarned = false;

/**
 * What the worker calls `init` with. A core goes there compiled: the worker's script, which has to be one file for any bundler,
 * has none for threads.
 */
async function initOptionsOf({ threads = 1, core, maximumBytes }: SpawnOptions): Promise<InitOptions> {
  const limit = maximumBytes === undefined ? {} : { maximumBytes };
  if (core !== undefined) return { ...limit, threads, core: await compileSource(core) };
  if (threads === 1) return limit;
  const problem = packagedThreadsCore ? whyNoThreads(maximumBytes ?? ADDRESSABLE_BYTES) : 'this host has no workers';
  if (problem === undefined) return { ...limit, threads, core: await packagedThreadsCore!() };
  if (!hasWarned) warn(`spawn({ threads: ${describeValue(threads)} }) goes on with one thread: ${problem}.`);
  hasWarned = true;
  return limit;
}

/**
 * Has a worker host a model: the page stays free while it trains. The worker gets a copy, with seed, weights, and what `compile`
 * settled, and trains to the same bits as the model here would. The model here is left as it is: `dispose` of it.
 *
 * The worker's answers are promises, its errors those of the library; callbacks and streams of `fit` run here. `terminate()` frees all.
 *
 * @throws OptionError for what can't go to a worker: a loss or layer of your own that the worker's script does not `expose`.
 * @throws StateError for a model whose shapes are not known yet.
 * @throws RuntimeError if the worker does not start, with what to do; `init`'s errors.
 * @example
 * import { spawn } from 'wasmgrad/worker';
 * const model = sequential([dense(32, { activation: 'relu', inputShape: [8] }), dense(1)]);
 * model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
 * const remote = await spawn(model, { threads: 'auto' });
 * await remote.fit(x, y, { epochs: 10, callbacks: [{ onEpochEnd: (epoch, logs) => show(epoch, logs) }] });
 * const prediction = await remote.predict(x);
 * remote.terminate();
 */
export async function spawn(source: Model | ModelBytes, options: SpawnOptions = {}): Promise<WorkerModel> {
  checkSpawnOptions(options);
  checkInitOptions('spawn', options);
  const file = await fileOf(source);
  const { beside } = options;
  const connection = beside
    ? connectionOf(beside)
    : await Connection.open(openWorker({ url: options.url, worker: options.worker }));
  try {
    const call = new Call('spawn');
    if (source instanceof Model) call.transfer.add((file as Uint8Array<ArrayBuffer>).buffer);
    const init = beside ? {} : await initOptionsOf(options);
    return new WorkerModel(connection, (await connection.send(call, -1, [file, init])) as SpawnedModel);
  } catch (error) {
    if (!beside) connection.terminate();
    throw error;
  }
}
