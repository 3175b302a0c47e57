// A training process that is killed: it goes on from the newest whole checkpoint, or begins, and runs to the end. What it writes
// tells where it is: { from } in the first line, then '<' where a save begins and '>' where it ends, then { end } in the last line.

import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { checkpoint, loadCheckpoint, type CheckpointInterval, type ModelStore } from '../../bindings/index.js';
import { fileStore } from '../../bindings/node.js';
import { fitRun, RUNS, type RunName } from '../resume/runs.js';
import { killAt, type Fault } from './faults.js';

export interface Task {
  run: RunName;
  folder: string;
  /** Undefined for a run without checkpoints. */
  every?: CheckpointInterval;
  fault?: Fault;
}

/** How a run ended: SHA-256 of the file of all its state, and of its weights alone. */
export interface End {
  state: string;
  weights: string;
}

const tell = (text: string): number => writeSync(1, text);
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const { run: name, folder, every, fault } = JSON.parse(process.argv[2]!) as Task;
const run = RUNS[name];
const files = fileStore(folder);
const told: ModelStore = {
  ...files,
  async set(key, bytes) {
    tell('<');
    await files.set(key, bytes);
    tell('>');
  },
};
const saved = await loadCheckpoint(files);
const net = saved ?? run.build();
tell(`${JSON.stringify({ from: net.step })}\n`);
if (fault) killAt(fault);

const { callbacks, ...options } = run.options();
const best = options.validationSplit === undefined ? {} : { monitor: 'val_loss' };
const keep = every === undefined ? [] : [checkpoint({ store: told, every, keep: 3, ...best })];
await fitRun(net, run, { ...options, callbacks: [...callbacks, ...keep], resume: saved !== undefined });
const end: End = { state: digestOf(await net.save({ training: true })), weights: digestOf(await net.save()) };
tell(`\n${JSON.stringify(end)}\n`);
