// Compares a run with an earlier one: by shares of the ceiling that each run measured, since machines and their clocks differ.

import type { Row } from './harness.js';
import { OURS, type Report } from './report.js';

/** Differences below this are not told apart, however small the spreads. */
const LEAST_TOLERANCE = 0.05;

/** A case of ours in both runs. */
export interface Comparison {
  suite: string;
  case: string;
  /** Share of the ceiling, earlier and now. */
  before: number;
  now: number;
  /** How many times as fast it is, ceiling for ceiling. */
  ratio: number;
  /** By how much the ratio may be below 1 without meaning anything: half the ranges of the rounds of both runs. */
  tolerance: number;
  isSlower: boolean;
}

/** What a row reached of the ceiling; undefined without a figure. */
function shareOf({ unit, value, ceiling }: Row): number | undefined {
  if (value === null || ceiling === undefined) return undefined;
  return unit === 'ms' ? ceiling / value : value / ceiling;
}

/**
 * Our cases that both runs have. One that lost its figure counts as slower. Throws if there is nothing to compare: runs of other
 * cases, or on different numbers of threads.
 */
export function compareReports(before: Report, now: Report): Comparison[] {
  const [threadsBefore, threadsNow] = [before, now].map(({ machine }) => machine.threads ?? 1);
  if (threadsBefore !== threadsNow) {
    throw new Error(`--compare: the earlier run used ${threadsBefore} thread(s), this one ${threadsNow}.`);
  }
  const comparisons = now.rows.flatMap((row): Comparison[] => {
    if (row.subject !== OURS) return [];
    const earlier = before.rows.find(
      (other) => other.subject === OURS && other.suite === row.suite && other.case === row.case,
    );
    const shareBefore = earlier && shareOf(earlier);
    if (shareBefore === undefined) return [];
    const shareNow = shareOf(row) ?? 0;
    const ratio = shareNow / shareBefore;
    const tolerance = Math.max(LEAST_TOLERANCE, ((earlier!.spread ?? 0) + (row.spread ?? 0)) / 2);
    const isSlower = ratio < 1 - tolerance;
    return [{ suite: row.suite, case: row.case, before: shareBefore, now: shareNow, ratio, tolerance, isSlower }];
  });
  if (comparisons.length === 0) throw new Error('--compare: the two runs have no case of ours in common.');
  return comparisons;
}

/** The comparison as lines, slower cases marked. */
export function formatComparison(comparisons: readonly Comparison[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(8);
  const lines = comparisons.map(
    ({ suite, case: name, before, now, ratio, tolerance, isSlower }) =>
      `  ${`${suite} ${name}`.padEnd(32)}${percent(before)}${percent(now)}  ${ratio.toFixed(2)}x  ±${(100 * tolerance).toFixed(0)} %` +
      (isSlower ? '  SLOWER' : ''),
  );
  return [
    '  case                              before     now   (shares of the ceiling; speed now, noise)',
    ...lines,
  ].join('\n');
}
