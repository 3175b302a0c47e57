// The arithmetic of AdaBoost: how a stage's misses become its vote and the weights of the samples for the next stage.

import { OptionError, ShapeError } from '../runtime/errors.js';
import { exp, log } from '../runtime/math.js';
import { checkNumber } from '../runtime/suggest.js';

export interface BoostingStage {
  /** Weighted share of misses. */
  error: number;
  /** Weight of the stage's vote. */
  alpha: number;
  /** Weights of the samples for the next stage; they sum to 1. */
  sampleWeights: Float64Array;
}

function weightedError(where: string, weights: ArrayLike<number>, misses: readonly boolean[]): number {
  if (weights.length !== misses.length) {
    throw new ShapeError(`${where}: ${weights.length} weights for ${misses.length} samples. Give one each.`);
  }
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  return Array.from(weights).reduce((sum, weight, i) => sum + (misses[i] ? weight : 0), 0) / total;
}

function normalised(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** ln((1 - error) / error), kept finite for a stage without misses. */
const logOdds = (error: number): number => {
  const kept = Math.min(Math.max(error, 1e-16), 1 - 1e-16);
  return log((1 - kept) / kept);
};

/**
 * One stage of AdaBoost.SAMME: alpha = learningRate (ln((1 - err)/err) + ln(classes - 1)); the weights of misses are
 * multiplied by e^alpha. Zhu, Zou, Rosset & Hastie 2009. A stage is worth something while its error is below 1 - 1/classes.
 *
 * @example sammeStage(weights, labels, predictions, { classes: 3 })
 */
export function sammeStage(
  sampleWeights: ArrayLike<number>,
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: { classes: number; learningRate?: number },
): BoostingStage {
  const { classes, learningRate = 1 } = options;
  checkNumber('sammeStage', 'classes', classes, { minimum: 2, integer: true });
  checkNumber('sammeStage', 'learningRate', learningRate, { above: 0 });
  const misses = Array.from(labels, (label, i) => label !== predictions[i]);
  const error = weightedError('sammeStage', sampleWeights, misses);
  const alpha = learningRate * (logOdds(error) + log(classes - 1));
  const factor = exp(alpha);
  const raised = Float64Array.from(sampleWeights, (weight, i) => (misses[i] ? weight * factor : weight));
  return { error, alpha, sampleWeights: normalised(raised) };
}

/** Votes of the stages for each class, [samples, classes] row-major. */
export function sammeVotes(
  predictions: readonly ArrayLike<number>[],
  alphas: readonly number[],
  classes: number,
): Float64Array {
  const votes = new Float64Array((predictions[0]?.length ?? 0) * classes);
  predictions.forEach((labels, stage) =>
    Array.from(labels).forEach((label, sample) => (votes[sample * classes + label]! += alphas[stage]!)),
  );
  return votes;
}

/**
 * One stage of AdaBoost.M1 with labels and predictions of -1 and +1: alpha = ln((1 - err)/err) / 2, weights times
 * e^(-alpha y h). Freund & Schapire 1997. The ensemble is the sign of the sum of alpha h.
 *
 * @throws OptionError for other labels.
 * @example adaBoostM1Stage(weights, [1, -1], [1, 1])
 */
export function adaBoostM1Stage(
  sampleWeights: ArrayLike<number>,
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): BoostingStage {
  for (const value of [...Array.from(labels), ...Array.from(predictions)]) {
    if (Math.abs(value) !== 1)
      throw new OptionError(`adaBoostM1Stage: labels and predictions are -1 or 1, got ${value}.`);
  }
  const misses = Array.from(labels, (label, i) => label !== predictions[i]);
  const error = weightedError('adaBoostM1Stage', sampleWeights, misses);
  const alpha = logOdds(error) / 2;
  const [raise, lower] = [exp(alpha), exp(-alpha)];
  const next = Float64Array.from(sampleWeights, (weight, i) => weight * (misses[i] ? raise : lower));
  return { error, alpha, sampleWeights: normalised(next) };
}
