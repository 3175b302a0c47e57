// What updates that are made of element-wise primitives have in common. Each `set` fuses with what it computes from and
// writes straight to its target: one pass over the vectors.

import type { OpAttributes } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import type { UpdateContext } from './optimizer.js';

/** The hyper-parameters of a row one by one, each a scalar. */
export function scalarsOf(hyper: Tensor): Tensor[] {
  const { placement } = hyper.attributes as OpAttributes['leaf'];
  return Array.from({ length: hyper.size }, (_, i) =>
    hyper.graph.leaf([], 'float32', { ...placement, byteOffset: placement.byteOffset + 4 * i }),
  );
}

/** Some hyper-parameters of a row: a row of its own. */
export function hyperFrom(hyper: Tensor, begin: number, length: number): Tensor {
  const { placement } = hyper.attributes as OpAttributes['leaf'];
  return hyper.graph.leaf([length], 'float32', { ...placement, byteOffset: placement.byteOffset + 4 * begin });
}

/** The inputs and the attribute by which a fused update moves an average of the weights. */
export function averageOf({ average }: UpdateContext): { inputs: readonly Tensor[]; hasAverage: boolean } {
  return { inputs: average ? [average.state, average.shares] : [], hasAverage: average !== undefined };
}

/** Writes a new value to a vector and returns the value. */
export function set(target: Tensor, value: Tensor): Tensor {
  target.graph.emit('assign', [target, value], {});
  return value;
}

/**
 * The gradient with clipping and, given a factor, coupled weight decay: g + weightDecay w. Traced anew where it is used, which
 * costs less than keeping it in memory.
 */
export function effectiveGradient(context: UpdateContext, weightDecay?: Tensor): Tensor {
  const { weights, gradients, gradientScale } = context;
  const isUnscaled =
    gradientScale.op === 'constant' && (gradientScale.attributes as OpAttributes['constant']).value === 1;
  const scaled = isUnscaled ? gradients : gradients.mul(gradientScale);
  return weightDecay ? scaled.add(weights.mul(weightDecay)) : scaled;
}

/** share average + rest value. */
export const blend = (average: Tensor, share: Tensor, value: Tensor, rest: Tensor): Tensor =>
  average.mul(share).add(value.mul(rest));
