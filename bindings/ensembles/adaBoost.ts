// The arithmetic of AdaBoost: how a stage's misses become its vote and the weights of the samples for the next stage.

import { OptionError, ShapeError } from '../runtime/errors.js';
import { exp, log } from '../runtime/math.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';

export interface BoostingStage {
  /** Weighted share of misses. */
  error: number;
  /** Weight of the stage's vote. */
  alpha: number;
  /** Weights of the samples for the next stage; they sum to 1. */
  sampleWeights: Float64Array;
}

/** Which predictions are wrong, and their share of the weight. */
function missesOf(
  where: string,
  weights: ArrayLike<number>,
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
): { misses: boolean[]; error: number } {
  if (weights.length !== labels.length || predictions.length !== labels.length) {
    throw new ShapeError(
      `${where}: ${weights.length} weights and ${predictions.length} predictions for ${labels.length} labels. Give one each.`,
    );
  }
  const misses = Array.from(labels, (label, i) => label !== predictions[i]);
  let [total, wrong] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    total += checkNumber(where, 'sampleWeights', weights[i], { minimum: 0 });
    if (misses[i]) wrong += weights[i]!;
  }
  if (total > 0) return { misses, error: wrong / total };
  throw new OptionError(`${where}: sampleWeights sum to 0. Give at least one sample a weight.`);
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
  checkOptions('sammeStage', options, ['classes', 'learningRate']);
  const { classes, learningRate = 1 } = options;
  checkNumber('sammeStage', 'classes', classes, { minimum: 2, integer: true });
  checkNumber('sammeStage', 'learningRate', learningRate, { above: 0 });
  const { misses, error } = missesOf('sammeStage', sampleWeights, labels, predictions);
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
  const { misses, error } = missesOf('adaBoostM1Stage', sampleWeights, labels, predictions);
  const alpha = logOdds(error) / 2;
  const [raise, lower] = [exp(alpha), exp(-alpha)];
  const next = Float64Array.from(sampleWeights, (weight, i) => weight * (misses[i] ? raise : lower));
  return { error, alpha, sampleWeights: normalised(next) };
}
