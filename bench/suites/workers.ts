// A search of equal trials on one core and on all of them: what `workers` gains, with the start of its threads.

import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { median, type Result, type Row, type Timing } from '../harness.js';
import { buildPackage } from '../package.js';
import { OURS } from '../subject.js';
import { TRIALS, workersCaseNames } from './workersCases.js';

/** What bench/process/trials.mjs writes. */
interface Answer {
  milliseconds: number;
  losses: number[];
}

/** Executors, by the name of the row. */
const PLACES = { [OURS]: 'workers', inline: 'inline' };

/** A search takes some ten seconds. */
const MAXIMUM_ROUNDS = 5;

export function* runWorkers(isWanted: (caseName: string) => boolean, timing: Timing): Generator<Result> {
  const [name] = workersCaseNames;
  if (!isWanted(name!)) return;
  buildPackage();
  const expected = JSON.stringify(runTrials('inline').losses);
  const times = new Map<string, number[]>(Object.keys(PLACES).map((subject) => [subject, []]));
  let hasFailed = false;
  for (let round = 0; round < Math.min(timing.rounds, MAXIMUM_ROUNDS); round++) {
    for (const [subject, place] of Object.entries(PLACES)) {
      const { milliseconds, losses } = runTrials(place);
      // Every trial comes to the same bits, wherever it runs.
      hasFailed ||= JSON.stringify(losses) !== expected;
      times.get(subject)!.push(milliseconds);
    }
  }
  const cores = availableParallelism();
  const leastMilliseconds = median(times.get('inline')!) / cores;
  const rows = [...times].map(([subject, own]): Row => {
    const form = subject === OURS ? `workers() on ${cores} cores` : 'one after another';
    return {
      ...{ suite: 'workers', case: name!, subject, unit: 'ms', ceiling: leastMilliseconds, bound: 'cores' },
      ...(hasFailed
        ? { value: null, note: 'FAILED validation: trials differ' }
        : { value: median(own), best: Math.min(...own), note: form }),
      spread: (Math.max(...own) - Math.min(...own)) / median(own),
    };
  });
  yield { rows, work: { flops: 0, bound: 'cores', leastMilliseconds }, hasFailed };
}

/** One search in a process of its own, without what this one was started with: loaders take their time. */
function runTrials(place: string): Answer {
  const path = fileURLToPath(new URL('../process/trials.mjs', import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  return JSON.parse(execFileSync(process.execPath, [path, place, String(TRIALS)], { encoding: 'utf8', env })) as Answer;
}
