// wasmgrad/web-task-worker: the script of the workers of `workers()` in pages, and what scripts of one's own call.

import type { TaskFunction } from './executor.js';
import runTask from './taskWorker.js';
import type { Outcome } from './wire.js';
import type { WebTaskMessage } from './webPool.js';

const exposed: Record<string, TaskFunction> = {};

/**
 * Makes functions callable by name in this worker, in a script of one's own that `workers({ worker })` starts: where a bundler
 * puts modules together, there are none to import by address.
 *
 * @example
 * // tasks.js
 * import { exposeTasks } from 'wasmgrad/web-task-worker';
 * exposeTasks({ objective });
 * // main.js
 * const executor = workers({ worker: () => new Worker(new URL('./tasks.js', import.meta.url), { type: 'module' }) });
 */
export function exposeTasks(tasks: Readonly<Record<string, TaskFunction<never, unknown>>>): void {
  Object.assign(exposed, tasks);
}

/** The last data, which tasks share. */
let kept: { number: number; data: unknown } | undefined;

/** A worker's global scope, of which pages' types know nothing. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<WebTaskMessage>) => void;
  postMessage(message: Outcome): void;
};

scope.onmessage = ({ data: { dataNumber, sent, ...message } }) => {
  if (sent) kept = { number: dataNumber, data: sent.data };
  void runTask({ ...message, data: kept?.data }, exposed).then((outcome) => scope.postMessage(outcome));
};
