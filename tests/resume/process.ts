// tsx process.ts JSON: trains a run, from a saved model if there is one, and saves it: at the end, or in the middle of all,
// where the process ends.

import { readFileSync, writeFileSync } from 'node:fs';
import { loadModel, type Callback, type Model } from '../../bindings/index.js';
import { fitRun, RUNS, type RunName } from './runs.js';

export interface Task {
  name: RunName;
  target: string;
  source?: string;
  epochs?: number;
  exitAfter?: { epochs: number } | { batches: number };
}

const { name, target, source, exitAfter, ...given } = JSON.parse(process.argv[2]!) as Task;
const run = RUNS[name];
const net = source === undefined ? run.build() : await loadModel(readFileSync(source));
const { callbacks, ...options } = run.options();

const save = async (model: Model) => writeFileSync(target, await model.save({ training: true }));
let left = exitAfter ? ('epochs' in exitAfter ? exitAfter.epochs : exitAfter.batches) : Infinity;
const count = async (model: Model) => {
  if (--left > 0) return;
  await save(model);
  process.exit(0);
};
const breaker: Callback =
  exitAfter && 'batches' in exitAfter
    ? { onBatchEnd: (_, __, { model }) => count(model) }
    : { onEpochEnd: (_, __, { model }) => count(model) };

await fitRun(net, run, { ...options, ...given, callbacks: [...callbacks, breaker], resume: source !== undefined });
await save(net);
