// The arithmetic of gradient boosting: where it starts, what a stage is fitted to, and what has been reached.

import { DataError } from '../runtime/errors.js';
import { exp, log } from '../runtime/math.js';
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

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** ln(1 + e^x), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + log(1 + exp(-Math.abs(x)));

/** Squared error: starts at the mean, residuals y - F. Friedman 2001, algorithm 2. */
export const squaredBoosting: BoostingLoss = {
  init: mean,
  residuals: (y, scores) => Float64Array.from(y, (value, i) => value - scores[i]!),
  loss: (y, scores) => mean(Array.from(y, (value, i) => (value - scores[i]!) * (value - scores[i]!))),
  output: (score) => score,
};

/** Log loss of labels 0 and 1: starts at the log-odds, residuals y - sigmoid(F). Friedman 2001, algorithm 5. */
export const logisticBoosting: BoostingLoss = {
  init(y) {
    const share = mean(y);
    if (share > 0 && share < 1) return log(share / (1 - share));
    throw new DataError('logisticBoosting: all labels are equal. Give samples of both classes, 0 and 1.');
  },
  residuals: (y, scores) => Float64Array.from(y, (value, i) => value - sigmoid(scores[i]!)),
  loss: (y, scores) => mean(Array.from(y, (value, i) => softplus(scores[i]!) - value * scores[i]!)),
  output: sigmoid,
};

/** F + learningRate h: the scores after a stage that predicts h. */
export const boostScores = (scores: ArrayLike<number>, stage: ArrayLike<number>, learningRate: number): Float64Array =>
  Float64Array.from(scores, (score, i) => score + learningRate * stage[i]!);
