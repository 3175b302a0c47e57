// A search of equal trials on one core and on all of them: what `workers` gains, with the start of its threads.

import { availableParallelism } from 'node:os';
import { median, spreadOf, type Result, type Row, type Timing } from '../harness.js';
import { buildPackage } from '../package.js';
import { runScript } from '../script.js';
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
      spread: spreadOf(own),
    };
  });
  yield { rows, work: { flops: 0, bound: 'cores', leastMilliseconds }, hasFailed };
}

/** One search in a process of its own. */
const runTrials = (place: string): Answer =>
  JSON.parse(runScript('trials.mjs', place, String(TRIALS)).stdout) as Answer;
