// A page: trains on its main thread, or has a worker train. What its content security policy refused is added to the warnings.

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

const refused: string[] = [];
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  refused.push(`${violatedDirective} refused ${blockedURI}`),
);

const withRefused = ({ warnings, ...outcome }: Outcome): Outcome => ({
  ...outcome,
  warnings: [...warnings, ...refused],
});

const page: ProgramPage = {
  runHere: async (task) => withRefused(await runProgram(task)),
  runInWorker: async (task) => withRefused(await runInWorker(task)),
};
Object.assign(globalThis, { page });
