// The loss of a batch from the loss per sample: masked, weighted, and reduced as the loss says.

import { formatShape, sameShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import { ShapeError } from '../runtime/errors.js';

/** What of a batch counts, and how much. */
export interface LossWeights {
  /** One weight a sample, [batch]. */
  sample?: Tensor | undefined;
  /** 1 for positions that count and 0 for the others, [batch, time]. */
  mask?: Tensor | undefined;
}

/** Mean over the batch of the (weighted) loss per sample, or what else the loss's reduction says. */
export function meanLoss(loss: Loss, yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined, mask?: Tensor): Tensor {
  return reduceLoss(loss, yTrue, yPred, { sample: weights, mask }).loss;
}

/** The loss of a batch, and the two whose quotient it is: their sums over batches give the figure of an epoch. */
export interface ReducedLoss {
  loss: Tensor;
  sum: Tensor;
  /** What the sum is divided by: a number where it is the same for every batch of this size. */
  divisor: Tensor | number;
}

/**
 * Masked positions count neither in the sum nor in what it is divided by. Where nothing counts, the loss is 0.
 *
 * @throws ShapeError if there are weights or a mask, but not one loss a sample or position.
 */
export function reduceLoss(loss: Loss, yTrue: Tensor, yPred: Tensor, weights: LossWeights = {}): ReducedLoss {
  if (loss.labels === 'values' && !sameShape(yTrue.shape, yPred.shape) && yTrue.size === yPred.size) {
    return reduceLoss(loss, yTrue.reshape(yPred.shape), yPred, weights);
  }
  const { reduction = 'mean', weightNormalization = 'count', isElementwise = false } = loss;
  const values = loss.perSample(yTrue, yPred);
  const mask = product([
    loss.mask?.(yTrue, yPred),
    weights.mask && alongPositions(loss, 'a mask', values, weights.mask),
  ]);
  const sample = weights.sample && alongPositions(loss, 'class and sample weights', values, weights.sample);
  const counted = mask ? mask.where(values, 0) : values;
  const weighted = sample ? counted.mul(sample) : counted;
  const sum = weighted.sum();
  if (reduction !== 'mean') {
    const elements = isElementwise && reduction === 'sum' && yPred.rank > 1 ? yPred.shape.at(-1)! : 1;
    const total = sum.mul(elements);
    return { loss: total, sum: total, divisor: 1 };
  }
  const applied = weightNormalization === 'weightSum' ? [sample, loss.labelWeights?.(yTrue, yPred)] : [];
  const counts = product([mask, ...applied]);
  if (!counts) return { loss: weighted.mean(), sum, divisor: values.size };
  const divisor = counts.sum().mul(values.size / counts.size);
  return { loss: sum.div(divisor.equal(0).where(1, divisor)), sum, divisor };
}

/** The product of those that are there. */
const product = (factors: readonly (Tensor | undefined)[]): Tensor | undefined =>
  factors.reduce((result, factor) => (result && factor ? result.mul(factor) : (result ?? factor)), undefined);

/** Weights of the leading axes of `values`, with axes of 1 behind them. */
function alongPositions(loss: Loss, what: string, values: Tensor, weights: Tensor): Tensor {
  const { rank, shape } = weights;
  const leading = values.shape.slice(0, rank);
  if (!sameShape(leading, shape)) {
    throw new ShapeError(
      `${loss.name}: ${what} of shape ${formatShape(shape)} need a loss with one value a ` +
        `${rank > 1 ? 'position' : 'sample'}, got shape ${formatShape(values.shape)} for a batch of ${shape[0]}. ` +
        'Do not reduce over the batch.',
    );
  }
  return weights.reshape([...shape, ...values.shape.slice(rank).map(() => 1)]);
}
