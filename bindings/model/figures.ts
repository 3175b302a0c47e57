// What of a step goes into logs and history: losses and metrics as sums that batches add to, or as rows that are kept until the
// end of a pass.

import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { LossWeights, ReducedLoss } from './meanLoss.js';
import type { OutputObjective } from './step.js';

/** Sums that a step adds to `SUMS`, in this order. */
export interface SumSlot {
  /** Name in the history: `loss`, `accuracy`, `out_1_loss` ... */
  name: string;
  offset: number;
  length: number;
  result(sums: Float64Array, samples: number): number;
}

/** A figure made of rows that a step keeps in a region: `width` float32 values a sample. Several figures may share a region. */
export interface RowSlot {
  name: string;
  region: string;
  width: number;
  result(rows: Float32Array): number;
}

/** Total length of the sums of a step. */
export const sumsLength = (slots: readonly SumSlot[]): number =>
  slots.reduce((length, slot) => Math.max(length, slot.offset + slot.length), 0);

/** Regions of rows with their widths. */
export const rowRegions = (slots: readonly RowSlot[]): Map<string, number> =>
  new Map(slots.map(({ region, width }) => [region, width]));

/** What takes figures: the tracer of a step. */
export interface FigureSink {
  addSum(name: string, value: Tensor, result: SumSlot['result']): void;
  /** `makeRows` is called for the first figure of a `key`. */
  addRows(name: string, key: string, makeRows: () => Tensor, result: RowSlot['result']): void;
}

/**
 * The figure of a loss over batches of different size. A plain mean weighs as many samples as a batch has; one whose divisor
 * differs from batch to batch is the quotient of two sums.
 */
const termsOf = ({ loss, sum, divisor }: ReducedLoss, batchSize: number): Tensor[] =>
  (typeof divisor === 'number' ? [loss.mul(batchSize)] : [sum, divisor]).map((term) => term.reshape([1]));

const figureOf = (
  { divisor }: ReducedLoss,
  [sum, total]: ArrayLike<number> & Iterable<number>,
  samples: number,
): number => {
  if (typeof divisor === 'number') return sum! / samples;
  return total! > 0 ? sum! / total! : 0;
};

/** One reduced loss with its weight in a total. */
export interface WeightedLoss {
  reduced: ReducedLoss;
  weight: number;
}

/** A loss that is its own mean, such as a penalty. */
export const plainLoss = (loss: Tensor): WeightedLoss => ({ reduced: { loss, sum: loss, divisor: 1 }, weight: 1 });

/** Adds the figure of a weighted sum of losses; `total` is that sum for one batch. */
export function addLossFigure(
  sink: FigureSink,
  name: string,
  total: Tensor,
  parts: readonly WeightedLoss[],
  batchSize: number,
): void {
  if (parts.every(({ reduced }) => typeof reduced.divisor === 'number')) {
    sink.addSum(name, total.mul(batchSize), ([sum], samples) => sum! / samples);
    return;
  }
  const terms = parts.map(({ reduced }) => termsOf(reduced, batchSize));
  const [first, ...rest] = terms.flat();
  sink.addSum(name, rest.length ? first!.concat(rest) : first!, (sums, samples) => {
    let offset = 0;
    return parts.reduce((sum, { reduced, weight }, i) => {
      const { length } = terms[i]!;
      const own = sums.subarray(offset, (offset += length));
      return sum + weight * figureOf(reduced, own, samples);
    }, 0);
  });
}

/** What metrics of one output read. */
export interface MetricInputs {
  yTrue: Tensor;
  yPred: Tensor;
  weights: LossWeights;
}

/** Adds the metrics of an output; `prefix` is that of their names. */
export function addMetricFigures(
  sink: FigureSink,
  prefix: string,
  { loss, metrics }: OutputObjective,
  { yTrue, yPred, weights }: MetricInputs,
): void {
  const mask = combineMasks(weights.mask, loss.mask?.(yTrue, yPred));
  const { graph } = yPred;
  const outputShape: Shape = yPred.shape;
  for (const metric of metrics) {
    const name = prefix + metric.name;
    if ('sums' in metric) {
      const sums = graph.withScope(metric.name, () => metric.sums(yTrue, yPred, weights.sample, mask));
      sink.addSum(name, sums, (totals, samples) => metric.result(totals, samples));
    } else {
      const key = `${prefix}${metric.rowKind}`;
      const makeRows = (): Tensor =>
        graph.withScope(metric.rowKind, () => metric.rows(yTrue, yPred, weights.sample, mask));
      sink.addRows(name, key, makeRows, (rows) => metric.resultOfRows(rows, outputShape));
    }
  }
}

/** Both masks together, the shorter one along the leading axes of the other. */
function combineMasks(first: Tensor | undefined, second: Tensor | undefined): Tensor | undefined {
  if (!first || !second) return first ?? second;
  const rank = Math.max(first.rank, second.rank);
  const lift = (mask: Tensor) => mask.reshape([...mask.shape, ...new Array<number>(rank - mask.rank).fill(1)]);
  return lift(first).mul(lift(second));
}
