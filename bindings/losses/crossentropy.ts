// Cross-entropies. From logits they are fused with softmax or sigmoid and stable for logits of any size.

import type { Tensor } from '../graph/tensor.js';
import { checkOptions } from '../runtime/suggest.js';
import type { Loss } from './loss.js';

export interface CrossentropyOptions {
  /** Predictions are logits (true, the default: fused and stable) or probabilities. Keras' default is probabilities. */
  fromLogits?: boolean;
}

/** Probabilities are kept this far from 0 and 1 before the logarithm, as in Keras. */
const PROBABILITY_MARGIN = 1e-7;

function crossentropy(
  name: string,
  options: CrossentropyOptions,
  labels: Loss['labels'],
  perSample: (fromLogits: boolean) => Loss['perSample'],
): Loss {
  checkOptions(name, options, ['fromLogits']);
  const { fromLogits = true } = options;
  return { name, config: { fromLogits }, labels, fromLogits, perSample: perSample(fromLogits) };
}

const clipProbability = (probability: Tensor) => probability.clip(PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN);

/**
 * Cross-entropy with class numbers as labels: log-sum-exp(x) - x[label].
 * Shapes: yTrue [batch, ...] int32, yPred [batch, ..., classes].
 *
 * @example model.compile({ optimizer: 'adam', loss: sparseCategoricalCrossentropy() })
 */
export const sparseCategoricalCrossentropy = (options: CrossentropyOptions = {}): Loss =>
  crossentropy(
    'sparseCategoricalCrossentropy',
    options,
    'classes',
    (fromLogits) => (yTrue, yPred) =>
      yPred.graph.emit('softmaxCrossEntropy', [fromLogits ? yPred : clipProbability(yPred).log(), yTrue], {}),
  );

/**
 * Cross-entropy with a distribution as label: -sum y log softmax(x). Shapes: both [batch, ..., classes].
 */
export const categoricalCrossentropy = (options: CrossentropyOptions = {}): Loss =>
  crossentropy(
    'categoricalCrossentropy',
    options,
    'values',
    (fromLogits) => (yTrue, yPred) =>
      fromLogits
        ? yPred.graph.emit('softmaxCrossEntropy', [yPred, yTrue], {})
        : clipProbability(yPred).log().mul(yTrue).sum({ axis: -1 }).neg(),
  );

/**
 * Cross-entropy of independent yes/no values, labels in [0, 1]: softplus(x) - x y from logits, averaged over a sample's
 * values. Shapes: both [batch, ...].
 */
export const binaryCrossentropy = (options: CrossentropyOptions = {}): Loss =>
  crossentropy('binaryCrossentropy', options, 'values', (fromLogits) => (yTrue, yPred) => {
    if (fromLogits) return yPred.softplus().sub(yPred.mul(yTrue)).mean({ axis: -1 });
    const p = clipProbability(yPred);
    const isTrue = p.log().mul(yTrue);
    const isFalse = p.affine(-1, 1).log().mul(yTrue.affine(-1, 1));
    return isTrue.add(isFalse).neg().mean({ axis: -1 });
  });
