// Runs with and without something, over the same seeds: what it changes, and whether that is beyond chance.

import { table } from './figures.js';

/** Figures of the two runs of a seed, of equal names. */
export interface PairedRun {
  seed: number;
  plain: Readonly<Record<string, number>>;
  augmented: Readonly<Record<string, number>>;
}

export interface PairedSummary {
  plain: Moments;
  augmented: Moments;
  /** Of augmented less plain, seed by seed. */
  difference: Moments;
  /** Seeds with which the augmented run is better. */
  wins: number;
}

interface Moments {
  mean: number;
  /** Standard deviation over the seeds. */
  spread: number;
  /** Standard error of the mean. */
  error: number;
}

function momentsOf(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const spread = Math.sqrt(squares / Math.max(values.length - 1, 1));
  return { mean, spread, error: spread / Math.sqrt(values.length) };
}

/** A figure of all runs. */
export function summarize(runs: readonly PairedRun[], figure: string): PairedSummary {
  const [plain, augmented] = (['plain', 'augmented'] as const).map((arm) => runs.map((run) => run[arm][figure]!));
  const differences = augmented!.map((value, i) => value - plain![i]!);
  return {
    plain: momentsOf(plain!),
    augmented: momentsOf(augmented!),
    difference: momentsOf(differences),
    wins: differences.filter((difference) => difference > 0).length,
  };
}

const inPercent = (share: number): string => (100 * share).toFixed(2);
const signed = (share: number): string => `${share < 0 ? '' : '+'}${inPercent(share)}`;

/** A line a seed, their means and spreads; shares in percent. */
export function pairedTable(runs: readonly PairedRun[], figures: readonly string[]): string {
  const sums = figures.map((figure) => summarize(runs, figure));
  const heading = ['seed', ...figures.flatMap((figure) => [`${figure}: plain`, 'augmented', 'difference'])];
  const lines = runs.map(({ seed, plain, augmented }) => [
    `${seed}`,
    ...figures.flatMap((figure) => [
      inPercent(plain[figure]!),
      inPercent(augmented[figure]!),
      signed(augmented[figure]! - plain[figure]!),
    ]),
  ]);
  const mean = sums.flatMap(({ plain, augmented, difference }) => [
    inPercent(plain.mean),
    inPercent(augmented.mean),
    signed(difference.mean),
  ]);
  const spread = sums.flatMap((sum) =>
    [sum.plain, sum.augmented, sum.difference].map((own) => `± ${inPercent(own.spread)}`),
  );
  return table([heading, ...lines, ['mean', ...mean], ['spread', ...spread]]);
}

/** Says whether a figure is better: beyond twice the standard error of the difference. */
export function verdict(runs: readonly PairedRun[], figure: string): string {
  const { difference, wins } = summarize(runs, figure);
  const isClear = Math.abs(difference.mean) > 2 * difference.error && runs.length > 2;
  const judgement = isClear ? (difference.mean > 0 ? 'better' : 'WORSE') : 'no difference beyond chance';
  return (
    `${figure}: ${signed(difference.mean)} points, standard error ${inPercent(difference.error)}, ` +
    `better with ${wins} of ${runs.length} seeds: ${judgement}`
  );
}
