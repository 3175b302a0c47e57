// What losses of probabilities share.

import type { Tensor } from '../graph/tensor.js';
import { OptionError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';

/** Probabilities are kept this far from 0 and 1 before the logarithm, as in Keras. */
export const PROBABILITY_MARGIN = 1e-7;

export const clipProbability = (probability: Tensor): Tensor =>
  probability.clip(PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN);

/** log(p) and log(1 - p) of yes/no values. From logits: -softplus(-x) and -softplus(x), which lose nothing for any x. */
export function logProbabilities(yPred: Tensor, fromLogits: boolean): { ofTrue: Tensor; ofFalse: Tensor } {
  if (fromLogits) return { ofTrue: yPred.neg().softplus().neg(), ofFalse: yPred.softplus().neg() };
  const p = clipProbability(yPred);
  return { ofTrue: p.log(), ofFalse: p.affine(-1, 1).log() };
}

/** 1 at each row's class number and 0 elsewhere: shape [...labels.shape, classes]. Numbers outside give rows of zeros. */
export const oneHot = (labels: Tensor, classes: number): Tensor =>
  labels
    .toFloat()
    .reshape([...labels.shape, 1])
    .equal(labels.graph.iota([classes]));

/** Throws unless `weights` are as many numbers >= 0 as there are classes (if that is known). */
export function checkClassWeights(where: string, option: string, weights: readonly number[], classes?: number): void {
  if (!Array.isArray(weights) || weights.length === 0) {
    throw new OptionError(`${where}: ${option} must list one weight a class, got ${describeValue(weights)}.`);
  }
  const at = weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (at >= 0) throw new OptionError(`${where}: ${option} of class ${at} is ${weights[at]}. Weights are >= 0.`);
  if (classes !== undefined && weights.length !== classes) {
    throw new OptionError(`${where}: ${weights.length} ${option} for ${classes} classes. Give one each.`);
  }
}
