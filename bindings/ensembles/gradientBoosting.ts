// The arithmetic of gradient boosting: where it starts, what a stage is fitted to, and what has been reached.

import { DataError } from '../runtime/errors.js';
import { exp, log } from '../runtime/math.js';
import { meanOver } from '../runtime/moments.js';
import { sigmoid } from './estimator.js';

/** A loss that can be boosted; scores F are real numbers. */
export interface BoostingLoss {
  /** The constant score with the smallest loss. */
  init(y: ArrayLike<number>): number;
  /** -d loss / d F of each sample: what the next stage is fitted to. */
  residuals(y: ArrayLike<number>, scores: ArrayLike<number>): Float64Array;
  /** Mean loss. */
  loss(y: ArrayLike<number>, scores: ArrayLike<number>): number;
  /** What the model predicts from a score. */
  output(score: number): number;
}

// Plain loops: each stage of a boosting runs these over all samples.

/** A value for each sample. */
function each(count: number, valueOf: (sample: number) => number): Float64Array {
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = valueOf(i);
  return values;
}

/** ln(1 + e^x), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + log(1 + exp(-Math.abs(x)));

/** Squared error: starts at the mean, residuals y - F. Friedman 2001, algorithm 2. */
export const squaredBoosting: BoostingLoss = {
  init: (y) => meanOver(y.length, (i) => y[i]!),
  residuals: (y, scores) => each(y.length, (i) => y[i]! - scores[i]!),
  loss: (y, scores) => meanOver(y.length, (i) => (y[i]! - scores[i]!) * (y[i]! - scores[i]!)),
  output: (score) => score,
};

/** Log loss of labels 0 and 1: starts at the log-odds, residuals y - sigmoid(F). Friedman 2001, algorithm 5. */
export const logisticBoosting: BoostingLoss = {
  init(y) {
    const share = meanOver(y.length, (i) => y[i]!);
    if (share > 0 && share < 1) return log(share / (1 - share));
    throw new DataError('logisticBoosting: all labels are equal. Give samples of both classes, 0 and 1.');
  },
  residuals: (y, scores) => each(y.length, (i) => y[i]! - sigmoid(scores[i]!)),
  loss: (y, scores) => meanOver(y.length, (i) => softplus(scores[i]!) - y[i]! * scores[i]!),
  output: sigmoid,
};

/** F + learningRate h: the scores after a stage that predicts h. */
export const boostScores = (scores: ArrayLike<number>, stage: ArrayLike<number>, learningRate: number): Float64Array =>
  each(scores.length, (i) => scores[i]! + learningRate * stage[i]!);
