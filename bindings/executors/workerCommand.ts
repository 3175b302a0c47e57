#!/usr/bin/env node
// npx wasmgrad-worker --redis URL: a worker of bullmq in a process of its own.

import { parseArgs } from 'node:util';
import { reasonOf } from '../runtime/errors.js';
import { runWorker, type RunWorkerOptions, type TaskEvent } from './bullmq.js';

const USAGE = `wasmgrad-worker --redis URL [options]

Runs tasks of searches, cross-validations and ensembles that a coordinator puts into Redis.

  --redis URL                 redis://[user:password@]host:port
  --queue NAME                the coordinator's queue; wasmgrad by default
  --threads N                 tasks at once; as many as there are cores by default
  --root FOLDER               where modules of tasks lie, and none outside of it is run; the current folder by default
  --dead-after-seconds N      other workers begin a task anew if this one is silent for so long; 10 by default
`;

const stamp = (): string => new Date().toISOString().slice(11, 19);

function print({ state, task, seed, seconds }: TaskEvent): void {
  const time = state === 'begun' ? '' : `, ${seconds.toFixed(1)} s`;
  console.log(`${stamp()}  ${state.padEnd(10)}  ${task}, seed ${seed}${time}`);
}

function readOptions(): RunWorkerOptions | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{ redis: text, queue: text, threads: text, root: text, 'dead-after-seconds': text },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { redis, queue, threads, root, 'dead-after-seconds': deadAfterSeconds } = values;
  if (values.help || redis === undefined) return undefined;
  return {
    ...{ redis, onTask: print },
    ...(queue !== undefined && { queue }),
    ...(root !== undefined && { root }),
    ...(threads !== undefined && { threads: Number(threads) }),
    ...(deadAfterSeconds !== undefined && { deadAfterSeconds: Number(deadAfterSeconds) }),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    process.exitCode = process.argv.some((argument) => /^(-h|--help)$/.test(argument)) ? 0 : 2;
    return;
  }
  const worker = await runWorker(options);
  console.log(`${stamp()}  waiting for tasks; Ctrl+C ends it after those that run, twice at once.`);
  let asked = 0;
  const end = (): void => {
    const force = asked++ > 0;
    void worker.close({ force }).finally(() => process.exit());
  };
  process.on('SIGINT', end).on('SIGTERM', end);
}

main().catch((error: unknown) => {
  console.error(reasonOf(error));
  process.exitCode = 1;
});
