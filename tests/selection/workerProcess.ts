// Workers of bullmq in processes of their own, which tests kill.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../bindings/executors/workerCommand.ts', import.meta.url));

/** The folder of the modules of tests. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts `wasmgrad-worker` with one thread, and waits until it takes tasks. */
export async function workerProcess(redis: string, queue: string, args: readonly string[] = []): Promise<ChildProcess> {
  const options = ['--redis', redis, '--queue', queue, '--threads', '1', '--root', ROOT, '--dead-after-seconds', '1'];
  const child = spawn(process.execPath, ['--import', 'tsx', COMMAND, ...options, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout!, 'data');
  child.stdout!.resume();
  return child;
}

/** Ends a process at once, as a crash would. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
