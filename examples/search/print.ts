// What the searches print: a line for each trial, the best nets, and charts.

import { mkdirSync, writeFileSync } from 'node:fs';
import { report } from '../../bindings/report/index.js';
import type { Trial } from '../../bindings/selection/index.js';
import { percent, table } from '../figures.js';
import type { SearchOptions, SearchOutcome } from './search.js';

const settingsOf = ({ params }: Trial): string[] => {
  const { rate, dropout, lambda, width } = params as Record<string, number>;
  return [rate!.toExponential(1), dropout!.toFixed(2), lambda!.toExponential(1), String(width)];
};

export const printTrial: NonNullable<SearchOptions['onTrial']> = (trial, { done, total }) => {
  const { number, state, value, reports, seconds, reason } = trial;
  const figure = value ?? reports.at(-1)?.[1];
  const text =
    state === 'failed' ? `failed: ${reason}` : `${state} after ${reports.length} epochs, ${percent(figure!)}`;
  console.log(
    `${`${done}/${total}`.padStart(6)}  trial ${String(number).padStart(2)}  ${text}, ${seconds.toFixed(1)} s`,
  );
};

export interface Spent {
  trials: number;
  /** Of a trial that is not pruned. */
  epochs: number;
  seconds: number;
}

export async function printOutcome(outcome: SearchOutcome, { trials, epochs, seconds }: Spent): Promise<void> {
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
}
