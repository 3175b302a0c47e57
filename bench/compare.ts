// Compares a run with an earlier one: by shares of the ceiling that each run measured, since machines and their clocks differ.

import { bestShareOf, shareOf, type Report, type ReportRow } from './report.js';
import { OURS } from './subject.js';

/** Differences below this are not told apart, however small the spreads. */
const LEAST_TOLERANCE = 0.05;

/** A case of ours in both runs. */
export interface Comparison {
  suite: string;
  case: string;
  engine: string;
  threads: number;
  /** Share of the ceiling, earlier and now. */
  before: number;
  now: number;
  /** How many times as fast it is, ceiling for ceiling. */
  ratio: number;
  /** By how much the ratio may be below 1 without meaning anything: half the ranges of the rounds of both runs. */
  tolerance: number;
  /** The median lost more than that, and so did the fastest call. */
  isSlower: boolean;
}

const KEYS = ['suite', 'case', 'engine', 'threads'] as const;

/**
 * Our cases that both runs have, on the same engine and number of threads. One that lost its figure counts as slower. Throws if
 * there is nothing to compare.
 */
export function compareReports(before: Report, now: Report): Comparison[] {
  const comparisons = now.rows.flatMap((row): Comparison[] => {
    if (row.subject !== OURS) return [];
    const earlier = before.rows.find((other) => other.subject === OURS && KEYS.every((key) => other[key] === row[key]));
    const shareBefore = earlier && shareOf(earlier);
    if (shareBefore === undefined) return [];
    const shareNow = shareOf(row) ?? 0;
    const ratio = shareNow / shareBefore;
    const tolerance = Math.max(LEAST_TOLERANCE, ((earlier!.spread ?? 0) + (row.spread ?? 0)) / 2);
    const { suite, case: name, engine, threads } = row;
    // Neighbours on the machine slow medians down, but hardly every single call.
    const bestRatio = (bestShareOf(row) ?? 0) / bestShareOf(earlier!)!;
    const isSlower = Math.max(ratio, bestRatio) < 1 - tolerance;
    return [{ suite, case: name, engine, threads, before: shareBefore, now: shareNow, ratio, tolerance, isSlower }];
  });
  if (comparisons.length === 0) {
    throw new Error(
      `--compare: the two runs have no case of ours in common. The earlier one has ${formatRuns(before.rows)}, this one ${formatRuns(now.rows)}.`,
    );
  }
  return comparisons;
}

/** `gemm, training on node20 with 1 thread(s)` and so on. */
function formatRuns(rows: readonly ReportRow[]): string {
  const suites = new Map<string, Set<string>>();
  for (const { suite, engine, threads } of rows) {
    const run = `${engine} with ${threads} thread(s)`;
    suites.set(run, (suites.get(run) ?? new Set()).add(suite));
  }
  return [...suites].map(([run, names]) => `${[...names].join(', ')} on ${run}`).join('; ') || 'none';
}

/** The comparison as lines, slower cases marked. */
export function formatComparison(comparisons: readonly Comparison[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8);
  const lines = comparisons.map(
    ({ suite, case: name, engine, threads, before, now, ratio, tolerance, isSlower }) =>
      `  ${`${engine}/${threads} ${suite} ${name}`.padEnd(40)}${percent(before)}${percent(now)}  ${ratio.toFixed(2)}x  ±${(100 * tolerance).toFixed(0)} %` +
      (isSlower ? '  SLOWER' : ''),
  );
  return [
    '  engine/threads case                       before     now   (shares of the ceiling; speed now, noise)',
    ...lines,
  ].join('\n');
}
