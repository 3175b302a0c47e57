// wasmgrad/workers: tasks in worker threads of Node, on all cores. Needs the optional peer `piscina`.

import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { OptionError, reasonOf, RuntimeError, StateError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { isReference, type Executor, type RunOptions, type Task, type TaskReference } from './executor.js';
import { sharer } from './sharedData.js';
import { answerer, fromWireError, type Answer, type Outcome } from './wire.js';

export type { Executor, RunOptions, Task, TaskContext, TaskFunction, TaskReference } from './executor.js';

export interface WorkersOptions {
  /** As many as there are cores, by default. */
  threads?: number;
  /** How often a task whose worker died is begun anew in another one; 2 by default. */
  retries?: number;
}

const WHERE = 'workers';

function checkReference(run: unknown): Required<Pick<TaskReference, 'module' | 'name'>> {
  if (isReference(run)) return { name: 'default', ...run };
  throw new OptionError(
    `${WHERE}: run must be { module, name }: a function cannot go to another thread. Export it from a module, and give its address.`,
  );
}

/**
 * Runs tasks in worker threads, each with an instance of the core of its own. Tasks are functions of modules, since closures cannot
 * go there. Typed arrays in `data` are put into shared memory once; they are read by all, so write to none.
 *
 * A task whose worker dies is begun anew in another one, with the same seed, so with the same result. One that is aborted, or
 * exceeds its time limit, ends with its thread, whatever it is doing.
 *
 * @throws OptionError for a task that is no `{ module, name }`. @throws RuntimeError where a task's workers die again and again.
 * @example
 * const executor = workers({ threads: 4 });
 * const objective = { module: new URL('./objective.js', import.meta.url), name: 'objective' };
 * const { best } = await study({ space, objective, data: { x, y }, executor, trials: 64 });
 * await executor.close();
 */
export function workers(options: WorkersOptions = {}): Executor {
  checkOptions(WHERE, options, ['threads', 'retries']);
  const { threads = availableParallelism(), retries = 2 } = options;
  checkNumber(WHERE, 'threads', threads, { minimum: 1, integer: true });
  checkNumber(WHERE, 'retries', retries, { minimum: 0, integer: true });
  const toShared = sharer();
  const closing = new AbortController();
  let pool: Piscina | undefined;
  const getPool = (): Piscina => {
    if (pool) return pool;
    pool = new Piscina({
      filename: fileURLToPath(new URL('./taskWorker.js', import.meta.url)),
      minThreads: threads,
      maxThreads: threads,
    });
    // A worker's answer that crosses the abort of its task; whoever waits for a task learns of its faults by the promise.
    pool.on('error', () => undefined);
    return pool;
  };

  /** One try. Rejects where the worker died, or on abort. */
  async function attempt(
    message: object,
    signal: AbortSignal,
    answerOf: (index: number, progress: unknown) => Promise<Answer>,
  ): Promise<Outcome> {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', ({ id, progress }: { id: number; progress: unknown }) => {
      void answerOf(id, progress).then((answer) => port1.postMessage({ id, ...answer }));
    });
    port1.unref();
    try {
      return (await getPool().run({ ...message, port: port2 }, { transferList: [port2], signal })) as Outcome;
    } finally {
      port1.close();
      port2.close();
    }
  }

  async function run<P, R, D>(task: Task<P, R, D>, { signal, onProgress }: RunOptions = {}): Promise<R> {
    const { module, name } = checkReference(task.run);
    const { payload, seed, extra } = task;
    const message = { module: String(module), name, payload, seed, extra, data: toShared(task.data) };
    const ending = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    const answerOf = answerer(onProgress);
    for (let tries = 0; ; tries++) {
      ending.throwIfAborted();
      try {
        const outcome = await attempt(message, ending, answerOf);
        if ('error' in outcome) throw new TaskError(fromWireError(outcome.error));
        return outcome.value as R;
      } catch (error) {
        ending.throwIfAborted();
        const fault = error instanceof TaskError ? error.cause : (error as Error);
        if (fault.name === 'DataCloneError') {
          throw new OptionError(`${WHERE}: payload and result must be plain values and arrays: ${reasonOf(fault)}`);
        }
        if (error instanceof TaskError) throw fault;
        if (tries < retries) continue;
        throw new RuntimeError(`${WHERE}: the worker of a task died ${tries + 1} times: ${reasonOf(error)}`, {
          cause: error,
        });
      }
    }
  }

  return {
    concurrency: threads,
    run,
    async close() {
      closing.abort(new StateError(`${WHERE}: closed.`));
      await pool?.destroy();
    },
  };
}

/** What a task threw, as against the death of its worker. */
class TaskError extends Error {
  constructor(override readonly cause: Error) {
    super();
  }
}
