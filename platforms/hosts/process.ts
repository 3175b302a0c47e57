// Node, Deno and Bun: a process that trains the program of its arguments and prints a line of JSON.

import type { HostVersion, Outcome } from '../outcome.js';
import { runProgram } from '../programs.js';

export interface ProcessOutcome extends Outcome {
  host: HostVersion;
}

const { Deno, Bun } = globalThis as {
  Deno?: { version: { deno: string; v8: string } };
  Bun?: { version: string };
};

function hostVersion(): HostVersion {
  if (Deno) return { version: Deno.version.deno, engine: Deno.version.v8 };
  if (Bun)
    return { version: Bun.version, engine: (process.versions as { webkit?: string }).webkit?.slice(0, 12) ?? '' };
  return { version: process.versions.node, engine: process.versions.v8 };
}

const [program = '', threads] = process.argv.slice(2);
const outcome = await runProgram({ program, threads: Number(threads) });
const line: ProcessOutcome = { ...outcome, host: hostVersion() };
console.log(JSON.stringify(line));
