// What label metrics are made of: of each class, the weight of its samples, of those predicted to be it, and of those that are
// both. The functions take them from arrays, the metrics of a model from sums over batches.

import { checkOptions } from '../../runtime/suggest.js';
import { checkLength, countOfClasses, readWeights, type WeightedOptions } from './arguments.js';

export interface ClassCounts {
  truePositives: ArrayLike<number>;
  /** Samples of the class. */
  support: ArrayLike<number>;
  /** Samples that are said to be of the class. */
  predicted: ArrayLike<number>;
}

export interface ClassOptions extends WeightedOptions {
  /** Number of classes; one more than the largest class number, at least 2, by default. */
  classes?: number;
}

/** 0 / 0 is 0. */
export const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

export const sumOf = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
};

/** Counts class numbers. */
export function classCounts(
  where: string,
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: ClassOptions,
  known: readonly string[] = [],
): ClassCounts {
  checkOptions(where, options, ['classes', 'sampleWeight', ...known]);
  checkLength(where, 'yPred', yPred, yTrue.length);
  const weights = readWeights(where, yTrue.length, options.sampleWeight);
  const classes = countOfClasses(where, options.classes, yTrue, yPred);
  const [truePositives, support, predicted] = [0, 1, 2].map(() => new Float64Array(classes));
  for (let i = 0; i < yTrue.length; i++) {
    const weight = weights.of(i);
    support![yTrue[i]!]! += weight;
    predicted![yPred[i]!]! += weight;
    if (yTrue[i] === yPred[i]) truePositives![yTrue[i]!]! += weight;
  }
  return { truePositives: truePositives!, support: support!, predicted: predicted! };
}

/** Share of samples that are right. NaN of no samples. */
export const accuracyOf = ({ truePositives, support }: ClassCounts): number => sumOf(truePositives) / sumOf(support);

/** Mean recall of the classes that occur. NaN of no samples. */
export function balancedAccuracyOf({ truePositives, support }: ClassCounts): number {
  const recalls = Array.from(support, (total, c) => (total > 0 ? truePositives[c]! / total : undefined));
  const present = recalls.filter((recall) => recall !== undefined);
  return sumOf(present) / present.length;
}

/** Sum over classes of samples times predictions: what chance would get right, times the number of samples. */
const chance = ({ support, predicted }: ClassCounts): number =>
  sumOf(Array.from(support, (total, c) => total * predicted[c]!));

/** (accuracy - chance) / (1 - chance); NaN where chance is 1. */
export function cohenKappaOf(counts: ClassCounts): number {
  const total = sumOf(counts.support);
  const expected = chance(counts) / total;
  return (sumOf(counts.truePositives) - expected) / (total - expected);
}

/** Correlation of class memberships; 0 where one side is constant. */
export function matthewsCorrelationOf(counts: ClassCounts): number {
  const total = sumOf(counts.support);
  const rest = (of: ArrayLike<number>): number => total * total - sumOf(Array.from(of, (value) => value * value));
  const scale = Math.sqrt(rest(counts.support)) * Math.sqrt(rest(counts.predicted));
  return ratio(sumOf(counts.truePositives) * total - chance(counts), scale);
}
