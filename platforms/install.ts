// Where runtimes come from: npm packages in a node_modules of their own, so that the library's package.json stays small, and
// Debian's packages. Each is asked for once.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { here } from './bundle.js';

/** `npm`: all of platforms/package.json. `apt`: packages of Debian. */
export type Source = { npm: true; apt?: readonly string[] };

export const packagePath = (path: string): string => here(`node_modules/${path}`);

const tried = new Set<string>();

/** Runs a command once. Says what went wrong, since the runtime is then reported as missing. */
function attempt(command: string, args: readonly string[], cwd?: string): void {
  const line = [command, ...args].join(' ');
  if (tried.has(line)) return;
  tried.add(line);
  console.log(`installing: ${line}`);
  try {
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...(cwd !== undefined && { cwd }) });
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
  }
}

export function installFrom({ apt = [] }: Source): void {
  if (!existsSync(packagePath('.package-lock.json'))) attempt('npm', ['ci', '--no-audit', '--no-fund'], here('.'));
  const isRoot = process.getuid?.() === 0;
  if (apt.length === 0 || !isRoot || !existsSync('/usr/bin/apt-get')) return;
  attempt('apt-get', ['update', '-qq']);
  attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...apt]);
}
