// What executors over workers share, threads of Node and Web Workers: checks, shared data, tries, and errors from the other side.

import { OptionError, reasonOf, RuntimeError, StateError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { isReference, type Executor, type RunOptions, type Task, type TaskReference } from './executor.js';
import { sharer } from './sharedData.js';
import { answerer, fromWireError, type Answer, type Outcome } from './wire.js';

const WHERE = 'workers';

/** A task as it goes to a worker. */
export interface TaskMessage {
  module: string;
  name: string;
  payload: unknown;
  seed: number;
  extra: Readonly<Record<string, unknown>> | undefined;
  data: unknown;
}

/** Throws unless there is a thread at least, and tries are a number. */
export function checkPool(where: string, threads: unknown, retries: unknown): void {
  checkNumber(where, 'threads', threads, { minimum: 1, integer: true });
  checkNumber(where, 'retries', retries, { minimum: 0, integer: true });
}

/** Workers, as those who make them offer them. */
export interface WorkerPool {
  /** One try in one worker. Rejects where it died, and on abort, which ends the worker, whatever it is doing. */
  attempt(
    message: TaskMessage,
    signal: AbortSignal,
    answerOf: (index: number, progress: unknown) => Promise<Answer>,
  ): Promise<Outcome>;
  /** Ends all workers. */
  destroy(): Promise<void> | void;
}

function checkReference(run: unknown): Required<Pick<TaskReference, 'module' | 'name'>> {
  if (isReference(run)) return { name: 'default', ...run };
  throw new OptionError(
    `${WHERE}: run must be { module, name }: a function cannot go to another thread. Export it from a module, and give its address.`,
  );
}

/** What a task threw, as against the death of its worker. */
class TaskError extends Error {
  constructor(override readonly cause: Error) {
    super();
  }
}

/** An executor over a pool. A task whose worker died is begun anew `retries` times. */
export function pooled(concurrency: number, retries: number, pool: WorkerPool): Executor {
  const toShared = sharer();
  const closing = new AbortController();

  async function run<P, R, D>(task: Task<P, R, D>, { signal, onProgress }: RunOptions = {}): Promise<R> {
    const { module, name } = checkReference(task.run);
    const { payload, seed, extra } = task;
    const message = { module: String(module), name, payload, seed, extra, data: toShared(task.data) };
    const ending = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    const answerOf = answerer(onProgress);
    for (let tries = 0; ; tries++) {
      ending.throwIfAborted();
      try {
        const outcome = await pool.attempt(message, ending, answerOf);
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
    concurrency,
    run,
    async close() {
      closing.abort(new StateError(`${WHERE}: closed.`));
      await pool.destroy();
    },
  };
}
