// A worker of a page: trains the program of its first message.

import type { Outcome, Task } from '../outcome.js';
import { runProgram } from '../programs.js';

export type WorkerAnswer = { outcome: Outcome } | { problem: string };

globalThis.onmessage = ({ data }: MessageEvent<Task>) => void answer(data);

async function answer(task: Task): Promise<void> {
  let message: WorkerAnswer;
  try {
    message = { outcome: await runProgram(task) };
  } catch (error) {
    message = { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  postMessage(message);
}
