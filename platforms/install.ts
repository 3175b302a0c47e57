// Where runtimes come from: npm packages in a node_modules of their own, so that the library's package.json stays small, and
// packages of Debian.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { here } from './bundle.js';

/** Something that a runtime can't do without. */
export interface Need {
  isThere(): boolean;
  /** What to say where it is not. */
  absence: string;
  install(): void;
}

export const packagePath = (path: string): string => here(`node_modules/${path}`);

/** A file of a package that platforms/package.json names. */
export const packageNeed = (path: string): Need => ({
  isThere: () => existsSync(packagePath(path)),
  absence: `platforms/node_modules has no ${path}`,
  install: () => attempt('npm', ['ci', '--no-audit', '--no-fund'], here('.')),
});

/** A program whose path was given, and is wrong: nothing that could be installed would be found. */
export const givenNeed = (variable: string, isThere: () => boolean): Need => ({
  isThere,
  absence: `${variable} names no file: ${process.env[variable]}`,
  install: () => undefined,
});

/** A program that a package of Debian brings; root may install it. What is installed already is never upgraded: others use it. */
export const debianNeed = (program: string, isThere: () => boolean, debianPackage: string): Need => ({
  isThere,
  absence: `there is no ${program} (of Debian's package ${debianPackage}, which root can install)`,
  install() {
    if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
    attempt('apt-get', ['update', '-qq']);
    attempt('apt-get', ['install', '-y', '-qq', '--no-upgrade', '--no-install-recommends', debianPackage]);
  },
});

const tried = new Set<string>();

/** Runs a command, once. One that fails says why; what it was to bring is then missing. */
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
