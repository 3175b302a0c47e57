// Means, spreads and the verdict: figures of the same seeds, compared in pairs.

export interface Spread {
  mean: number;
  /** Sample standard deviation, over n - 1. */
  spread: number;
}

export function summarize(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

/** Two-sided 95 % points of Student's t, by degrees of freedom from 1 on; with more, nearly that of 12. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];

/** Half the width of the 95 % interval of a mean, in its standard errors; infinite for a single value. */
export const studentQuantile = (count: number): number => STUDENT[Math.min(count - 1, STUDENT.length) - 1] ?? Infinity;

export type Verdict = 'better' | 'worse' | 'no difference' | 'baseline';

export interface Comparison {
  /** Mean of the differences from plain, seed by seed. */
  difference: number;
  /** Half the width of the 95 % interval about it. */
  margin: number;
  verdict: Verdict;
}

/** A paired t-test: the verdict needs all of the 95 % interval of the mean difference on one side of 0. */
export function compare(values: readonly number[], plain: readonly number[]): Comparison {
  const { mean, spread } = summarize(values.map((value, i) => value - plain[i]!));
  const margin = studentQuantile(values.length) * (spread / Math.sqrt(values.length));
  const verdict = mean > margin ? 'better' : mean < -margin ? 'worse' : 'no difference';
  return { difference: mean, margin, verdict };
}
