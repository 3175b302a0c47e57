// The loss of a batch from the loss per sample: weighted, averaged.

import { formatShape, sameShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import { ShapeError } from '../runtime/errors.js';

/** Mean over the batch of the (weighted) loss per sample; divided by the number of samples, as in Keras. */
export function meanLoss(loss: Loss, yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined, mask?: Tensor): Tensor {
  if (loss.labels === 'values' && !sameShape(yTrue.shape, yPred.shape) && yTrue.size === yPred.size) {
    return meanLoss(loss, yTrue.reshape(yPred.shape), yPred, weights, mask);
  }
  const values = loss.perSample(yTrue, yPred);
  if (!weights) return values.mean();
  const batch = yPred.shape[0]!;
  if (values.rank === 0 || values.shape[0] !== batch) {
    throw new ShapeError(
      `${loss.name}: class and sample weights need a loss with one value a sample, ` +
        `got shape ${formatShape(values.shape)} for a batch of ${batch}. Do not reduce over the batch.`,
    );
  }
  return values.reshape([batch, -1]).mean({ axis: -1 }).mul(weights).mean();
}
