// Runs with and without something, over the same seeds: what it changes, and whether that is beyond chance.

import { table } from './figures.js';
import { studentQuantile, summarize } from './statistics.js';

/** Figures of all runs of a seed: by what was done (`plain` is nothing), then by name. */
export interface PairedRun {
  seed: number;
  arms: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

type Figures = Readonly<Record<string, number>>;

/**
 * Each arm on each seed.
 *
 * @param prepare What the arms of a seed share; returns how one of them is run.
 */
export async function runPairs<A>(
  seeds: readonly number[],
  arms: Readonly<Record<string, A>>,
  prepare: (seed: number) => (arm: A) => Promise<Figures>,
  onRun?: (run: PairedRun) => void,
): Promise<PairedRun[]> {
  const runs: PairedRun[] = [];
  for (const seed of seeds) {
    const run = prepare(seed);
    const figures: Record<string, Figures> = {};
    for (const [name, arm] of Object.entries(arms)) figures[name] = await run(arm);
    runs.push({ seed, arms: figures });
    onRun?.(runs.at(-1)!);
  }
  return runs;
}

export interface Comparison {
  mean: number;
  /** Standard deviation over the seeds. */
  spread: number;
  /** Mean of the differences to plain, seed by seed. */
  difference: number;
  /** Standard error of that mean. */
  error: number;
  /** Seeds with which it is better than plain. */
  wins: number;
}

/** A figure of an arm beside the plain one. */
export function compare(runs: readonly PairedRun[], arm: string, figure: string): Comparison {
  const values = runs.map(({ arms }) => arms[arm]![figure]!);
  const differences = runs.map(({ arms }, i) => values[i]! - arms.plain![figure]!);
  const { mean, spread } = summarize(differences);
  const error = spread / Math.sqrt(runs.length);
  return { ...summarize(values), difference: mean, error, wins: differences.filter((own) => own > 0).length };
}

const inPercent = (share: number): string => (100 * share).toFixed(2);
const signed = (share: number): string => `${share < 0 ? '' : '+'}${inPercent(share)}`;
const armsOf = (runs: readonly PairedRun[]): string[] => Object.keys(runs[0]!.arms);

/** A figure of every run, in percent: a line a seed. */
export function seedTable(runs: readonly PairedRun[], figure: string): string {
  const arms = armsOf(runs);
  const lines = runs.map((run) => [`seed ${run.seed}`, ...arms.map((arm) => inPercent(run.arms[arm]![figure]!))]);
  return table([[figure, ...arms], ...lines]);
}

/** Better or worse is what the paired t-test at 5 % calls so. */
function verdictOf({ difference, error }: Comparison, seeds: number): string {
  if (Math.abs(difference) <= studentQuantile(seeds) * error) return 'no difference beyond chance';
  return difference > 0 ? 'better' : 'WORSE';
}

/** Mean and spread of a figure, and the difference to plain with its standard error, in percent: a line an arm. */
export function comparisonTable(runs: readonly PairedRun[], figure: string): string {
  const lines = armsOf(runs).map((arm) => {
    const own = compare(runs, arm, figure);
    const beside = [signed(own.difference), `± ${inPercent(own.error)}`, `${own.wins} of ${runs.length}`];
    const judged = arm === 'plain' ? ['', '', '', ''] : [...beside, verdictOf(own, runs.length)];
    return [arm, inPercent(own.mean), `± ${inPercent(own.spread)}`, ...judged];
  });
  return table([[figure, 'mean', 'spread', 'beside plain', 'error', 'seeds better', 'verdict'], ...lines]);
}
