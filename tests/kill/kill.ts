// Kills a training process again and again until it has come through, and checks after each kill what it has left.

import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uniformDraws } from '../../examples/random.js';
import type { RunName } from '../resume/runs.js';
import { descriptionOf } from '../saving/support.js';
import type { End, Task } from './child.js';
import type { Fault } from './faults.js';

/** The training process as one file: a start is not to pay for compiling. Returns its path and how to remove it. */
export async function compileChild(): Promise<{ script: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-child-'));
  const script = join(folder, 'child.mjs');
  await build({
    entryPoints: [new URL('child.ts', import.meta.url).pathname],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // The runs' data come from a module that has helpers of tests beside.
    plugins: [
      {
        name: 'no-test-runner',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^vitest$/ }, ({ path }) => ({ path, external: true, sideEffects: false })),
      },
    ],
  });
  return { script, remove: () => rmSync(folder, { recursive: true }) };
}

/** When a process is to be killed: milliseconds after its start, or after training began; or at a point of a save. */
type Moment = { afterStart: number } | { afterBegin: number } | { fault: Fault };

export interface Attempt {
  /** Steps that were done where it began; undefined if it was killed before. */
  from: number | undefined;
  isKilled: boolean;
  /** The kill fell between the beginning and the end of a save. */
  isInSave: boolean;
  /** Files that lie beside checkpoints, not renamed or not whole; and whether one of them is this process's. */
  leftBeside: number;
  hasLeftOne: boolean;
  warnings: string;
  end: End | undefined;
  startMilliseconds: number;
  trainMilliseconds: number;
}

const besideIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

function attempt(script: string, task: Task, moment?: Moment): Promise<Attempt> {
  const fault = moment && 'fault' in moment ? { fault: moment.fault } : {};
  const child = spawn(process.execPath, [script, JSON.stringify({ ...task, ...fault })]);
  const spawned = performance.now();
  const beside = besideIn(task.folder);
  let began: number | undefined;
  let output = '';
  let warnings = '';
  const kill = (): boolean => child.kill('SIGKILL');
  const timers: NodeJS.Timeout[] = [];
  if (moment && 'afterStart' in moment) timers.push(setTimeout(kill, moment.afterStart));
  child.stderr.on('data', (piece: Buffer) => (warnings += piece.toString()));
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
    if (began !== undefined || !output.includes('\n')) return;
    began = performance.now();
    if (moment && 'afterBegin' in moment) timers.push(setTimeout(kill, moment.afterBegin));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      timers.forEach(clearTimeout);
      if (signal !== 'SIGKILL' && code !== 0) return reject(new Error(`training failed with ${code}: ${warnings}`));
      const now = performance.now();
      const [first, marks = '', last] = output.split('\n');
      resolve({
        from: first ? (JSON.parse(first) as { from: number }).from : undefined,
        isKilled: signal === 'SIGKILL',
        isInSave: signal === 'SIGKILL' && marks.endsWith('<'),
        leftBeside: besideIn(task.folder).length,
        hasLeftOne: besideIn(task.folder).some((name) => !beside.includes(name)),
        warnings,
        end: last ? (JSON.parse(last) as End) : undefined,
        startMilliseconds: (began ?? now) - spawned,
        trainMilliseconds: began === undefined ? 0 : now - began,
      });
    });
  });
}

/** Newest checkpoint files first. */
const checkpointsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^checkpoint-\d{8}\.safetensors$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(folder, name));

const stepOf = (path: string): number =>
  (descriptionOf(readFileSync(path)).training as { counters: { step: number } }).counters.step;

export interface Round {
  attempts: Attempt[];
  /** Checkpoints that were cut short by hand between two processes. */
  torn: number;
}

export interface RoundOptions {
  script: string;
  run: RunName;
  /** Kills at most. */
  kills: number;
  seed: number;
  /** Points of saves to be killed at, one in each process, in place of random moments. */
  faults?: readonly Fault[];
}

const EVERY = { steps: 1 };

interface Reference {
  end: End;
  best: Uint8Array | undefined;
  startMilliseconds: number;
  trainMilliseconds: number;
}

const references = new Map<RunName, Promise<Reference>>();

const inFolder = async <T>(body: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'kill-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const bestIn = (folder: string): Uint8Array | undefined =>
  readdirSync(folder).includes('checkpoint-best.safetensors')
    ? readFileSync(join(folder, 'checkpoint-best.safetensors'))
    : undefined;

/** How the run ends if nobody disturbs it: the same weights with checkpoints and without. */
async function runUndisturbed(script: string, run: RunName): Promise<Reference> {
  return inFolder(async (folder) => {
    const plain = await attempt(script, { run, folder });
    const kept = await attempt(script, { run, folder, every: EVERY });
    if (plain.end?.weights !== kept.end!.weights) throw new Error(`${run}: checkpoints changed the weights`);
    const { startMilliseconds, trainMilliseconds } = kept;
    return { end: kept.end!, best: bestIn(folder), startMilliseconds, trainMilliseconds };
  });
}

/** One run from its beginning to its end, through all the kills. Throws for whatever is not as promised. */
export async function killRound({ script, run, kills, seed, faults }: RoundOptions): Promise<Round> {
  if (!references.has(run)) references.set(run, runUndisturbed(script, run));
  const { end, best, startMilliseconds, trainMilliseconds } = await references.get(run)!;
  const draw = uniformDraws(seed);
  const momentOf = (kill: number): Moment => {
    if (faults) return { fault: faults[kill]! };
    // One in six while it starts, loads, or has just begun; the others at any moment of the first half of a whole run.
    return draw() < 1 / 6
      ? { afterStart: draw() * 1.2 * startMilliseconds }
      : { afterBegin: (draw() * trainMilliseconds) / 2 };
  };
  return inFolder(async (folder) => {
    const attempts: Attempt[] = [];
    const torn = new Set<string>();
    for (let killed = 0; ;) {
      const files = checkpointsIn(folder);
      const whole = files.filter((path) => !torn.has(path));
      // A disk that lost the end of the newest: the one before takes its place.
      if (!faults && whole.length > 1 && draw() < 1 / 5) {
        const newest = whole.shift()!;
        torn.add(newest);
        truncateSync(newest, Math.floor(draw() * readFileSync(newest).length));
      }
      const expected = whole[0] === undefined ? 0 : stepOf(whole[0]);
      const isWarned = files.length > 0 && torn.has(files[0]!);
      const done = await attempt(script, { run, folder, every: EVERY }, killed < kills ? momentOf(killed) : undefined);
      attempts.push(done);
      if (done.isKilled) killed++;
      const fail = (what: string): never => {
        throw new Error(`${run}, seed ${seed}, process ${attempts.length}: ${what}`);
      };
      if (done.from !== undefined && done.from !== expected) fail(`began at step ${done.from}, expected ${expected}`);
      const warnings = done.warnings.split('\n').filter(Boolean).length;
      if (done.from !== undefined && warnings !== Number(isWarned)) fail(`${warnings} warnings: ${done.warnings}`);
      if (done.leftBeside > 1) fail(`${done.leftBeside} files beside`);
      if (!done.end) continue;
      if (done.end.state !== end.state || done.end.weights !== end.weights) fail('ended in other bytes');
      if (Buffer.compare(bestIn(folder) ?? Buffer.of(), best ?? Buffer.of()) !== 0) fail('kept another best epoch');
      if (done.leftBeside > 0) fail('left a file beside');
      if (checkpointsIn(folder).length > 3) fail('kept more than three checkpoints');
      return { attempts, torn: torn.size };
    }
  });
}
