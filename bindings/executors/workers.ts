// wasmgrad/workers: tasks in worker threads of Node, on all cores. Needs the optional peer `piscina`.

import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { checkOptions } from '../runtime/suggest.js';
import type { Executor } from './executor.js';
import { checkPool, pooled, type WorkerPool } from './pooled.js';
import type { Outcome } from './wire.js';

export type { Executor, RunOptions, Task, TaskContext, TaskFunction, TaskReference } from './executor.js';

export interface WorkersOptions {
  /** As many as there are cores, by default. */
  threads?: number;
  /** How often a task whose worker died is begun anew in another one; 2 by default. */
  retries?: number;
}

const WHERE = 'workers';

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
  checkPool(WHERE, threads, retries);
  return pooled(threads, retries, threadPool(threads));
}

/** Threads of Node, which start with the first task. */
function threadPool(threads: number): WorkerPool {
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
  return {
    async attempt(message, signal, answerOf) {
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
    },
    destroy: () => pool?.destroy(),
  };
}
