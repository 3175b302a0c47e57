// What a short program costs: the wall time of a node process that imports a library and makes one xor step.

import type { Work } from '../ceiling.js';
import { median, spreadOf, type Result, type Row, type Timing } from '../harness.js';
import { NETWORKS } from '../networks.js';
import { buildPackage } from '../package.js';
import { checkTraining } from '../reference.js';
import { runScript } from '../script.js';
import { OURS, type TrainingCase } from '../subject.js';
import { bundleTfjs } from '../subjects/tfjsBundle.js';
import { PARTS, WALL, processCaseNames } from './processCases.js';
import { makeCase, validatedCase } from './training.js';

interface Script {
  subject: string;
  /** Of bench/process. */
  file: string;
  /** Makes what the script imports. */
  prepare?: () => unknown;
}

const EMPTY: Script = { subject: 'empty', file: 'empty.mjs' };

const SCRIPTS: readonly Script[] = [
  { subject: OURS, file: 'wasmgrad.mjs', prepare: buildPackage },
  { subject: 'tfjs-wasm', file: 'tfjs.mjs', prepare: () => bundleTfjs('node', ['wasm']) },
  { subject: 'jax-wasm', file: 'jax.mjs' },
  { subject: 'convnetjs', file: 'convnetjs.mjs' },
];

/** A process is short, and its time is noisy. */
const PROCESSES_PER_ROUND = 5;

/** What a script writes. */
interface Answer {
  loss: number;
  weights?: number[][];
  importAndInit?: number;
  firstStep?: number;
}

type Times = Map<string, number[]>;

/** The subjects of this process do not matter here: each script imports its own. */
export async function* runProcess(isWanted: (caseName: string) => boolean, { rounds }: Timing): AsyncGenerator<Result> {
  if (!processCaseNames.some(isWanted)) return;
  const given = validatedCase(makeCase(NETWORKS.find(({ name }) => name === 'xor')!));
  const failures = new Map<string, string>();
  let hasFailed = false;
  for (const script of SCRIPTS) {
    const { reason, isFault } = await findFault(script, given);
    if (reason !== undefined) failures.set(script.subject, reason);
    hasFailed ||= isFault;
  }
  const { walls, parts } = takeTurns(
    [EMPTY, ...SCRIPTS.filter(({ subject }) => !failures.has(subject))],
    given,
    rounds,
  );
  yield* results(walls, parts, { failures, hasFailed }, isWanted);
}

/** Why a script is not timed, if anything; no fault is a peer that is not installed or can't start here. */
async function findFault(script: Script, given: TrainingCase): Promise<{ reason?: string; isFault: boolean }> {
  try {
    await script.prepare?.();
    const { loss, weights = [] } = runCase(script, given, 'check').answer!;
    const problem = checkTraining(given, { losses: [loss], weights }, 1);
    return problem === undefined ? { isFault: false } : { reason: `FAILED validation: ${problem}`, isFault: true };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error), isFault: script.subject === OURS };
  }
}

function* results(
  walls: Times,
  parts: Times,
  { failures, hasFailed }: { failures: ReadonlyMap<string, string>; hasFailed: boolean },
  isWanted: (caseName: string) => boolean,
): Generator<Result> {
  // What the ceiling is to other suites: the least that a process takes.
  const ceiling = median(walls.get(EMPTY.subject)!);
  const work: Work = { flops: 0, bound: 'process', leastMilliseconds: ceiling };
  const row = (name: string, subject: string, own: readonly number[] | undefined): Row => ({
    suite: 'process',
    case: name,
    subject,
    unit: 'ms',
    value: own ? median(own) : null,
    ...(own && { best: Math.min(...own) }),
    ceiling,
    bound: 'process',
    ...(own && { spread: spreadOf(own) }),
    ...(failures.has(subject) && { note: failures.get(subject)! }),
  });
  if (isWanted(WALL)) {
    const rows = [...SCRIPTS, EMPTY].map(({ subject }) => row(WALL, subject, walls.get(subject)));
    yield { rows, work, hasFailed };
  }
  for (const [part, name] of Object.entries(PARTS)) {
    if (isWanted(name)) yield { rows: [row(name, OURS, parts.get(part))], work, hasFailed: false };
  }
}

/**
 * Milliseconds of processes by subject, and of the parts of those that tell them: a median for each round. The order is turned
 * by one place each time.
 */
function takeTurns(scripts: readonly Script[], given: TrainingCase, rounds: number): { walls: Times; parts: Times } {
  const walls: Times = new Map();
  const parts: Times = new Map();
  for (let round = 0; round < rounds; round++) {
    const ownWalls: Times = new Map();
    const ownParts: Times = new Map();
    for (let turn = 0; turn < PROCESSES_PER_ROUND; turn++) {
      for (let place = 0; place < scripts.length; place++) {
        const script = scripts[(round + turn + place) % scripts.length]!;
        const { wall, answer } = runCase(script, given);
        add(ownWalls, script.subject, wall);
        for (const part of Object.keys(PARTS) as (keyof typeof PARTS)[]) {
          if (answer?.[part] !== undefined) add(ownParts, part, answer[part]);
        }
      }
    }
    for (const [subject, times] of ownWalls) add(walls, subject, median(times));
    for (const [part, times] of ownParts) add(parts, part, median(times));
  }
  return { walls, parts };
}

function add(times: Times, name: string, time: number): void {
  times.set(name, [...(times.get(name) ?? []), time]);
}

function runCase(
  { file }: Script,
  { x, labels, weights, adam }: TrainingCase,
  ...mode: 'check'[]
): { wall: number; answer: Answer | undefined } {
  const text = JSON.stringify({ x: [...x], labels: [...labels], weights: weights.map((values) => [...values]), adam });
  const { wallMilliseconds: wall, stdout } = runScript(file, text, ...mode);
  return { wall, answer: stdout === '' ? undefined : (JSON.parse(stdout) as Answer) };
}
