// Workers of bullmq in processes of their own: what `npm run worker` starts.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../bindings/executors/workerCommand.ts', import.meta.url));

/** The folder below which modules of tasks lie. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts `wasmgrad-worker` with one thread, and waits until it takes tasks. */
export async function workerProcess(
  redis: string,
  queue: string,
  { deadAfterSeconds = 10 } = {},
): Promise<ChildProcess> {
  const where = ['--redis', redis, '--queue', queue, '--root', ROOT];
  const how = ['--threads', '1', '--dead-after-seconds', String(deadAfterSeconds)];
  const child = spawn(process.execPath, ['--import', 'tsx', COMMAND, ...where, ...how], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.stdout.resume();
  return child;
}

/** Ends a process: at once, as a crash would, if no other signal is given. */
export async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
