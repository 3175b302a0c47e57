// Figures of predicted probabilities: one of class 1 each, or a row with one of each class.

import { log } from '../../runtime/math.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import {
  checkBinary,
  checkFiniteValues,
  checkProbabilities,
  columnsOf,
  countOfClasses,
  readWeights,
  type WeightedOptions,
} from './arguments.js';

/** Labels with their probabilities: the same for one probability of class 1 and for a row. */
interface Probabilities {
  classes: number;
  /** Probability of a class of a sample. */
  of(sample: number, c: number): number;
}

export function readProbabilities(where: string, yTrue: ArrayLike<number>, yProb: ArrayLike<number>): Probabilities {
  if (yProb.length === yTrue.length) {
    checkBinary(where, yTrue, yProb);
    checkProbabilities(where, yProb);
    return { classes: 2, of: (sample, c) => (c === 1 ? yProb[sample]! : 1 - yProb[sample]!) };
  }
  const classes = columnsOf(where, yProb, yTrue.length);
  countOfClasses(where, classes, yTrue);
  checkProbabilities(where, yProb);
  return { classes, of: (sample, c) => yProb[sample * classes + c]! };
}

function weightedMean(
  where: string,
  count: number,
  { sampleWeight }: WeightedOptions,
  value: (sample: number) => number,
): number {
  const weights = readWeights(where, count, sampleWeight);
  let sum = 0;
  for (let i = 0; i < count; i++) if (weights.of(i) > 0) sum += weights.of(i) * value(i);
  return sum / weights.total;
}

/** Probabilities are kept this far from 0 and 1 before the logarithm: the spacing of float64 at 1. */
const LOG_MARGIN = 2 ** -52;

/**
 * Mean of -log(probability of the true class), in nats. Rows are taken as they are, not made to sum to 1.
 *
 * @throws DataError, ShapeError or OptionError for labels, probabilities, lengths or options that do not fit.
 * @example metrics.logLoss([0, 1], [0.1, 0.8]) // 0.164
 */
export function logLoss(yTrue: ArrayLike<number>, yProb: ArrayLike<number>, options: WeightedOptions = {}): number {
  checkOptions('logLoss', options, ['sampleWeight']);
  const { of } = readProbabilities('logLoss', yTrue, yProb);
  return weightedMean(
    'logLoss',
    yTrue.length,
    options,
    (i) => -log(Math.min(Math.max(of(i, yTrue[i]!), LOG_MARGIN), 1 - LOG_MARGIN)),
  );
}

/**
 * Brier score: the mean of (p - y)^2 for one probability a sample, of the sum over classes of it for rows.
 * Brier, "Verification of forecasts expressed in terms of probability", 1950.
 *
 * @throws DataError, ShapeError or OptionError for labels, probabilities, lengths or options that do not fit.
 * @example metrics.brierScore([0, 1], [0.1, 0.8]) // 0.025
 */
export function brierScore(yTrue: ArrayLike<number>, yProb: ArrayLike<number>, options: WeightedOptions = {}): number {
  checkOptions('brierScore', options, ['sampleWeight']);
  const { classes, of } = readProbabilities('brierScore', yTrue, yProb);
  const isBinary = yProb.length === yTrue.length;
  return weightedMean('brierScore', yTrue.length, options, (i) => {
    if (isBinary) return (yProb[i]! - yTrue[i]!) ** 2;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += (of(i, c) - Number(c === yTrue[i])) ** 2;
    return sum;
  });
}

/**
 * Share of samples whose true class has fewer than k classes with a higher score. Equal scores count for the true class.
 * Scores [samples, classes], any numbers.
 *
 * @throws DataError, ShapeError or OptionError for labels, scores, lengths or options that do not fit.
 * @example metrics.topKAccuracy([2, 0], [0.1, 0.5, 0.4, 0.2, 0.3, 0.5], { k: 2 }) // 0.5
 */
export function topKAccuracy(
  yTrue: ArrayLike<number>,
  yScore: ArrayLike<number>,
  options: WeightedOptions & { /** 5 by default. */ k?: number } = {},
): number {
  checkOptions('topKAccuracy', options, ['k', 'sampleWeight']);
  const { k = 5 } = options;
  checkNumber('topKAccuracy', 'k', k, { minimum: 1, integer: true });
  const classes = columnsOf('topKAccuracy', yScore, yTrue.length);
  countOfClasses('topKAccuracy', classes, yTrue);
  checkFiniteValues('topKAccuracy', 'score', yScore);
  return weightedMean('topKAccuracy', yTrue.length, options, (i) => {
    const own = yScore[i * classes + yTrue[i]!]!;
    let higher = 0;
    for (let c = 0; c < classes; c++) higher += Number(yScore[i * classes + c]! > own);
    return Number(higher < k);
  });
}
