// Figures of how scores rank samples. Labels are 0 or 1, or class numbers with a row of scores each; equal scores are one
// threshold. A figure that needs a class that does not occur is NaN.

import { checkOptions } from '../../runtime/suggest.js';
import {
  checkBinary,
  checkFiniteValues,
  checkProbabilities,
  columnsOf,
  countOfClasses,
  readWeights,
  type WeightedOptions,
} from './arguments.js';

/** Weights of the samples with at least a threshold's score, for every distinct score from the highest on. */
interface Sweep {
  thresholds: number[];
  truePositives: number[];
  falsePositives: number[];
  positives: number;
  negatives: number;
}

function sweep(
  where: string,
  yTrue: ArrayLike<number>,
  yScore: ArrayLike<number>,
  { sampleWeight }: WeightedOptions,
): Sweep {
  const weights = readWeights(where, yTrue.length, sampleWeight);
  checkBinary(where, yTrue, yScore);
  const order = Array.from({ length: yTrue.length }, (_, i) => i).filter((i) => weights.of(i) > 0);
  order.sort((a, b) => yScore[b]! - yScore[a]! || a - b);
  const result: Sweep = { thresholds: [], truePositives: [], falsePositives: [], positives: 0, negatives: 0 };
  order.forEach((sample, rank) => {
    if (yTrue[sample] === 1) result.positives += weights.of(sample);
    else result.negatives += weights.of(sample);
    const next = order[rank + 1];
    if (next !== undefined && yScore[next] === yScore[sample]) return;
    result.thresholds.push(yScore[sample]!);
    result.truePositives.push(result.positives);
    result.falsePositives.push(result.negatives);
  });
  return result;
}

/** Area under the line through points, by trapezoids. */
function trapezoids(x: readonly number[], y: readonly number[]): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2;
  return area;
}

export interface RocCurve {
  falsePositiveRate: number[];
  truePositiveRate: number[];
  /** A sample with at least this score is called positive. The first is Infinity: none is. */
  thresholds: number[];
}

/**
 * Receiver operating characteristic: rates for each threshold, from the strictest on. A rate of a class without samples is NaN.
 *
 * @throws DataError, ShapeError or OptionError for labels, scores, lengths or options that do not fit; so do all functions here.
 * @example metrics.rocCurve([0, 1, 1], [0.2, 0.7, 0.4]).truePositiveRate // [0, 0.5, 1, 1]
 */
export function rocCurve(yTrue: ArrayLike<number>, yScore: ArrayLike<number>, options: WeightedOptions = {}): RocCurve {
  checkOptions('rocCurve', options, ['sampleWeight']);
  const { thresholds, truePositives, falsePositives, positives, negatives } = sweep('rocCurve', yTrue, yScore, options);
  return {
    falsePositiveRate: [0, ...falsePositives].map((count) => count / negatives),
    truePositiveRate: [0, ...truePositives].map((count) => count / positives),
    thresholds: [Infinity, ...thresholds],
  };
}

export interface PrecisionRecallCurve {
  precision: number[];
  recall: number[];
  /** As in `RocCurve`; the first point, precision 1 at recall 0, has Infinity. */
  thresholds: number[];
}

/**
 * Precision and recall for each threshold, from the strictest on. Recall without positives is NaN.
 *
 * @example metrics.precisionRecallCurve([0, 1, 1], [0.2, 0.7, 0.4]).recall // [0, 0.5, 1, 1]
 */
export function precisionRecallCurve(
  yTrue: ArrayLike<number>,
  yScore: ArrayLike<number>,
  options: WeightedOptions = {},
): PrecisionRecallCurve {
  checkOptions('precisionRecallCurve', options, ['sampleWeight']);
  const { thresholds, truePositives, falsePositives, positives } = sweep(
    'precisionRecallCurve',
    yTrue,
    yScore,
    options,
  );
  return {
    precision: [1, ...truePositives.map((count, i) => count / (count + falsePositives[i]!))],
    recall: [0, ...truePositives].map((count) => count / positives),
    thresholds: [Infinity, ...thresholds],
  };
}

function binaryRocAuc(yTrue: ArrayLike<number>, yScore: ArrayLike<number>, options: WeightedOptions): number {
  const { truePositives, falsePositives, positives, negatives } = sweep('rocAuc', yTrue, yScore, options);
  return trapezoids([0, ...falsePositives], [0, ...truePositives]) / (positives * negatives);
}

/**
 * Area under the ROC curve: the probability that a positive sample has a higher score than a negative one, ties counted half.
 * For class numbers with scores [samples, classes], which must be probabilities, the mean over classes, each against the rest.
 *
 * @example metrics.rocAuc([0, 1, 1, 0], [0.2, 0.7, 0.4, 0.5]) // 0.75
 */
export function rocAuc(yTrue: ArrayLike<number>, yScore: ArrayLike<number>, options: WeightedOptions = {}): number {
  checkOptions('rocAuc', options, ['sampleWeight']);
  if (yTrue.length > 0 && yScore.length === yTrue.length) return binaryRocAuc(yTrue, yScore, options);
  return meanOverClasses('rocAuc', yTrue, yScore, (labels, scores) => binaryRocAuc(labels, scores, options));
}

/** The mean over classes of a figure of each class against the rest. */
function meanOverClasses(
  where: string,
  yTrue: ArrayLike<number>,
  yScore: ArrayLike<number>,
  figure: (labels: ArrayLike<number>, scores: ArrayLike<number>) => number,
): number {
  const classes = columnsOf(where, yScore, yTrue.length);
  countOfClasses(where, classes, yTrue);
  checkFiniteValues(where, 'score', yScore);
  checkProbabilities(where, yScore);
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const labels = Uint8Array.from(yTrue, (label) => Number(label === c));
    sum += figure(
      labels,
      Float64Array.from(labels, (_, i) => yScore[i * classes + c]!),
    );
  }
  return sum / classes;
}

/**
 * Average precision: the sum over thresholds of (R_n - R_{n-1}) P_n, without interpolation. NaN without positives.
 *
 * @example metrics.averagePrecision([0, 1, 1], [0.5, 0.7, 0.4]) // 0.833
 */
export function averagePrecision(
  yTrue: ArrayLike<number>,
  yScore: ArrayLike<number>,
  options: WeightedOptions = {},
): number {
  checkOptions('averagePrecision', options, ['sampleWeight']);
  const { truePositives, falsePositives, positives } = sweep('averagePrecision', yTrue, yScore, options);
  let sum = 0;
  truePositives.forEach((count, i) => {
    sum += (count - (truePositives[i - 1] ?? 0)) * (count / (count + falsePositives[i]!));
  });
  return sum / positives;
}

/**
 * Area under the precision-recall curve by trapezoids, which is a little optimistic. NaN without positives.
 *
 * @example metrics.prAuc([0, 1, 1], [0.5, 0.7, 0.4]) // 0.792
 */
export function prAuc(yTrue: ArrayLike<number>, yScore: ArrayLike<number>, options: WeightedOptions = {}): number {
  checkOptions('prAuc', options, ['sampleWeight']);
  const { recall, precision } = precisionRecallCurve(yTrue, yScore, options);
  return trapezoids(recall, precision);
}
