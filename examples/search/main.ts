// npm run example:search [-- --trials N --epochs N --threads N --journal PATH]

import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { workers } from '../../bindings/executors/workers.js';
import { fileJournal } from '../../bindings/node.js';
import { report } from '../../bindings/report/index.js';
import type { Trial } from '../../bindings/selection/index.js';
import { numberArgument, percent, table, textArgument, timed } from '../figures.js';
import { loadMnist } from '../mnist/data.js';
import { drawParts } from '../study/run.js';
import { run } from './search.js';

const SEED = 1;
const trials = numberArgument('trials', 48);
const epochs = numberArgument('epochs', 24);
const threads = numberArgument('threads', availableParallelism());
const journal = textArgument('journal');

const settingsOf = ({ params }: Trial): string[] => {
  const { rate, dropout, lambda, width } = params as Record<string, number>;
  return [rate!.toExponential(1), dropout!.toFixed(2), lambda!.toExponential(1), String(width)];
};

const { train, test } = loadMnist();
const parts = drawParts(train, test, SEED);
console.log(
  `${trials} trials of at most ${epochs} epochs on ${parts.train.y.length} images, ${threads} workers; ASHA ends those that look bad.\n`,
);
const executor = workers({ threads });
const { value: outcome, seconds } = await timed(async () =>
  run({
    ...{ parts, trials, epochs, seed: SEED, executor },
    objective: { module: new URL('./objective.mjs', import.meta.url), name: 'objective' },
    ...(journal !== undefined && { journal: fileJournal(journal) }),
    onTrial: ({ number, state, value, reports, seconds: own, reason }, { done, total }) => {
      const figure = value ?? reports.at(-1)?.[1];
      const text =
        state === 'failed' ? `failed: ${reason}` : `${state} after ${reports.length} epochs, ${percent(figure!)}`;
      console.log(
        `${`${done}/${total}`.padStart(6)}  trial ${String(number).padStart(2)}  ${text}, ${own.toFixed(1)} s`,
      );
    },
  }),
);
await executor.close();

const { result, importance, members, ensembleAccuracy } = outcome;
const pruned = result.trials.filter(({ state }) => state === 'pruned').length;
const spent = result.trials.reduce((sum, { reports }) => sum + reports.length, 0);
console.log(`\n${pruned} of ${trials} trials were pruned: ${spent} epochs instead of ${trials * epochs}.\n`);
console.log('The best, trained again:\n');
console.log(
  table([
    ['trial', 'rate', 'dropout', 'λ', 'width', 'dev accuracy', 'test accuracy'],
    ...members.map(({ trial, testAccuracy }) => [
      String(trial.number),
      ...settingsOf(trial),
      percent(trial.value!),
      percent(testAccuracy),
    ]),
  ]),
);
const gain = ensembleAccuracy - members[0]!.testAccuracy;
console.log(
  `\nSoft vote of the ${members.length}: ${percent(ensembleAccuracy)} on the test images, ${gain < 0 ? '−' : '+'}${(100 * Math.abs(gain)).toFixed(2)} points to the best by dev accuracy.`,
);
const shares = Object.entries(importance).map(([name, share]) => `${name} ${percent(share)}`);
if (shares.length > 0) console.log(`Share of the variance of complete trials: ${shares.join(', ')}.`);
console.log(`${seconds.toFixed(1)} s in all.`);

mkdirSync('reports', { recursive: true });
writeFileSync('reports/search.html', await report(result, { title: 'Search: MNIST with 1,000 labels' }));
console.log('Charts: reports/search.html');
