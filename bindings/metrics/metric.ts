// What a metric is. Sums that are added up over batches and a number made of them; or, where a figure needs all predictions
// (ranks, calibration), rows that are kept until the end of the pass. Either way an epoch's figure is of the epoch, not a mean
// of batches.

import { requireTensor } from '../graph/requireTensor.js';
import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import type { NamedConfig } from '../runtime/named.js';

/**
 * How a metric reads a batch. `weights`, one a sample, is there when the caller weighs samples; `mask`, 1 for positions that
 * count and 0 for others in the shape of the output's leading axes, when the output has one.
 */
type BatchReader = (yTrue: Tensor, yPred: Tensor, weights: Tensor | undefined, mask?: Tensor) => Tensor;

/** How a metric of the library was made, for what is saved; those of one's own have none. */
export interface MetricOrigin {
  readonly origin?: NamedConfig;
}

/** Notes the factory and the options that a metric was made of. */
export const withOrigin = <M extends SumMetric | RowMetric | MetricOfLoss>(
  name: string,
  options: object,
  metric: M,
): M => ({
  ...metric,
  origin: { name, config: { ...options } },
});

export interface SumMetric extends MetricOrigin {
  readonly name: string;
  /** Sums of a batch, any shape. */
  sums: BatchReader;
  /** The figure, from the sums over all batches and the number of samples in them. */
  result(sums: Float64Array, samples: number): number;
}

/** Its figure is in the logs of whole passes, not in those of an epoch that still runs. */
export interface RowMetric extends MetricOrigin {
  readonly name: string;
  /** Metrics of one output with the same kind share their rows. */
  readonly rowKind: string;
  /** One row for each sample of a batch: [batch, n]. */
  rows: BatchReader;
  /** The figure, from the rows of all samples of the pass, in the order in which they were seen. */
  resultOfRows(rows: Float32Array, outputShape: Shape): number;
}

export type Metric = SumMetric | RowMetric;

/** A metric whose form depends on the loss: whether classes, rows or yes/no values are predicted, and as what. */
export interface MetricOfLoss extends MetricOrigin {
  readonly name: string;
  forLoss(loss: Loss): Metric;
}

/** Options of every metric. */
export interface MetricOptions {
  /** What it is called in logs and history. */
  name?: string;
}

/** A metric of one's own: one value a sample, or any tensor whose mean is the figure. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** Weights of positions of this shape, [batch, ...], of samples and mask together; undefined where all weigh the same. */
export function positionWeights(
  shape: Shape,
  weights: Tensor | undefined,
  mask: Tensor | undefined,
): Tensor | undefined {
  const along = (tensor: Tensor) => tensor.reshape([...tensor.shape, ...shape.slice(tensor.rank).map(() => 1)]);
  const factors = [weights, mask].flatMap((factor) => (factor && factor.rank <= shape.length ? [along(factor)] : []));
  const [first, second] = factors;
  const product = second ? first!.mul(second) : first;
  return product?.broadcastTo(shape);
}

/**
 * The weighted mean of a value per sample. Masked positions do not count, if there is a value for each position: a function that
 * has already averaged over them is taken as it is.
 */
export function meanMetric(
  name: string,
  perSample: MetricFunction,
  finish = (mean: number): number => mean,
): SumMetric {
  return {
    name,
    sums(yTrue, yPred, weights, mask) {
      const values = requireTensor(name, perSample(yTrue, yPred));
      if (mask && values.rank >= mask.rank) return sumsOfCounted(values, weights, mask);
      const batch = yPred.shape[0]!;
      const ofSample = values.rank === 0 ? values.broadcastTo([batch]) : values.reshape([batch, -1]).mean({ axis: -1 });
      if (!weights) return ofSample.sum().reshape([1]);
      return pair(ofSample.mul(weights).sum(), weights.sum());
    },
    result: ([sum, totalWeight], samples) => finish(sum! / (totalWeight ?? samples)),
  };
}

const pair = (sum: Tensor, weight: Tensor): Tensor => sum.reshape([1]).concat([weight.reshape([1])]);

function sumsOfCounted(values: Tensor, weights: Tensor | undefined, mask: Tensor): Tensor {
  const counted = positionWeights(values.shape, weights, mask)!;
  return pair(counted.where(values, 0).mul(counted).sum(), counted.sum());
}

/** The loss itself as a metric. */
export const lossMetric = (loss: Loss, name = loss.name): SumMetric =>
  meanMetric(name, (yTrue, yPred) => loss.perSample(yTrue, yPred));
