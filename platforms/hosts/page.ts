// A page: trains on its main thread, or has a worker train.

import type { Outcome, Task } from '../outcome.js';
import { runProgram } from '../programs.js';
import type { WorkerAnswer } from './worker.js';

/** What the driver of the browser calls. */
export interface ProgramPage {
  runHere(task: Task): Promise<Outcome>;
  runInWorker(task: Task): Promise<Outcome>;
}

function runInWorker(task: Task): Promise<Outcome> {
  const worker = new Worker('worker.mjs', { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) =>
      'outcome' in data ? resolve(data.outcome) : reject(new Error(data.problem));
    worker.onerror = ({ message }) => reject(new Error(message || 'the worker did not load'));
    worker.postMessage(task);
  });
}

const page: ProgramPage = { runHere: (task) => runProgram(task), runInWorker };
Object.assign(globalThis, { page });
