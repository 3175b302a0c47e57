// What a loss is: one value a sample (or position) out of the graph's operators. The model weights and averages them.

import { requireTensor } from '../graph/requireTensor.js';
import type { Tensor } from '../graph/tensor.js';

/** Class numbers (int32, one a sample or position), or values of the output's shape (float32). */
export type LabelKind = 'classes' | 'values';

export interface Loss {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly labels: LabelKind;
  /** Whether predictions are logits: metrics that threshold need to know. */
  readonly fromLogits: boolean;
  /** Un-reduced loss, the batch axis in front. */
  perSample(yTrue: Tensor, yPred: Tensor): Tensor;
}

/** A loss of one's own: any tensor whose mean is to be made small. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** A function as a loss on values of the output's shape. */
export function customLoss(perSample: LossFunction): Loss {
  const name = perSample.name || 'customLoss';
  return {
    name,
    config: {},
    labels: 'values',
    fromLogits: false,
    perSample: (yTrue, yPred) => requireTensor(name, perSample(yTrue, yPred)),
  };
}
