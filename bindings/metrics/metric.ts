// What a metric is: sums that are added up over batches, and a number made of them. So an epoch's figure is of the epoch,
// not a mean of batches.

import { requireTensor } from '../graph/requireTensor.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';

export interface Metric {
  readonly name: string;
  /** Sums of a batch, any shape. `weights`, one a sample, is there when the caller weighs samples. */
  sums(yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined): Tensor;
  /** The figure, from the sums over all batches and the number of samples in them. */
  result(sums: Float64Array, samples: number): number;
}

/** A metric of one's own: one value a sample, or any tensor whose mean is the figure. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** The weighted mean of a value per sample. */
export function meanMetric(name: string, perSample: MetricFunction): Metric {
  return {
    name,
    sums(yTrue, yPred, weights) {
      const values = requireTensor(name, perSample(yTrue, yPred));
      const batch = yPred.shape[0]!;
      const ofSample = values.rank === 0 ? values.broadcastTo([batch]) : values.reshape([batch, -1]).mean({ axis: -1 });
      if (!weights) return ofSample.sum().reshape([1]);
      return ofSample
        .mul(weights)
        .sum()
        .reshape([1])
        .concat([weights.sum().reshape([1])]);
    },
    result: ([sum, totalWeight], samples) => sum! / (totalWeight ?? samples),
  };
}

/** The loss itself as a metric. */
export const lossMetric = (loss: Loss): Metric => meanMetric(loss.name, (yTrue, yPred) => loss.perSample(yTrue, yPred));
