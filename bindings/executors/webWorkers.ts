// wasmgrad/workers in pages: tasks in Web Workers, on all cores.

import { OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import type { Executor } from './executor.js';
import { checkPool, pooled } from './pooled.js';
import { WebPool } from './webPool.js';

export type { Executor, RunOptions, Task, TaskContext, TaskFunction, TaskReference } from './executor.js';

export interface WorkersOptions {
  /** As many as the browser tells of cores, by default. */
  threads?: number;
  /** How often a task whose worker died is begun anew in another one; 2 by default. */
  retries?: number;
  /** Address of the workers' script: `wasmgrad/web-task-worker`, or one of your own that calls `exposeTasks`. */
  url?: string | URL;
  /** Makes a worker, where a bundler must see how: `() => new Worker(new URL('./tasks.js', import.meta.url), { type: 'module' })`. */
  worker?: () => Worker;
}

const WHERE = 'workers';

/**
 * Runs tasks in Web Workers, each with an instance of the core of its own: what `wasmgrad/workers` is in a page. Tasks are functions
 * of modules, or of a script of your own that calls `exposeTasks`. Typed arrays in `data` are put into shared memory where the page is
 * cross-origin isolated, and are copied to each worker once where it is not; write to none.
 *
 * A task whose worker dies is begun anew in another one, with the same seed, so with the same result. One that is aborted, or
 * exceeds its time limit, ends with its worker, whatever it is doing.
 *
 * @throws OptionError for a task that is no `{ module, name }`. @throws RuntimeError where a task's workers die again and again.
 * @example
 * const executor = workers({ worker: () => new Worker(new URL('./tasks.js', import.meta.url), { type: 'module' }) });
 * const objective = { module: './tasks.js', name: 'objective' };
 * const { best } = await study({ space, objective, data: { x, y }, executor, trials: 64 });
 * await executor.close();
 */
export function workers(options: WorkersOptions = {}): Executor {
  checkOptions(WHERE, options, ['threads', 'retries', 'url', 'worker']);
  const { threads = navigator.hardwareConcurrency, retries = 2, url, worker } = options;
  checkPool(WHERE, threads, retries);
  if (url !== undefined && worker !== undefined) throw new OptionError(`${WHERE}: give url or worker, not both.`);
  if (worker !== undefined && typeof worker !== 'function') {
    throw new OptionError(`${WHERE}: worker must be a function that makes one, got ${describeValue(worker)}.`);
  }
  const make = (): Worker => {
    if (worker) return worker();
    if (url !== undefined) return new Worker(url, { type: 'module' });
    return new Worker(new URL('./web-task-worker.js', import.meta.url), { type: 'module' });
  };
  return pooled(threads, retries, new WebPool(threads, make));
}
