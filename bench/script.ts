// Scripts of bench/process, each in a node of its own.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a script to its end. @throws Error with what it said if it fails. */
export function runScript(file: string, ...given: string[]): { wallMilliseconds: number; stdout: string } {
  const path = fileURLToPath(new URL(`process/${file}`, import.meta.url));
  // Without what this process was started with: loaders take their time.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...given], { encoding: 'utf8', env });
  const wallMilliseconds = performance.now() - begin;
  if (status === 0) return { wallMilliseconds, stdout };
  const reason = stderr.split('\n').find((line) => /^\w*Error: /.test(line)) ?? stderr.trim().slice(-200);
  throw new Error(`${file} ended with ${status}: ${reason}`);
}
