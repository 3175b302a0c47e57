// Orders of axes: `order[i]` is the axis of ours that is axis i of an ONNX tensor. The batch is our axis 0.

import type { Shape } from '../../graph/shape.js';

export type Order = readonly number[];

export const identity = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

export const isIdentity = (order: Order): boolean => order.every((axis, i) => axis === i);

/** [batch, ..., channels] as [batch, channels, ...]. */
export const channelsFirst = (rank: number): number[] =>
  rank < 3 ? identity(rank) : [0, rank - 1, ...identity(rank).slice(1, -1)];

export const inverse = (order: Order): number[] => identity(order.length).map((axis) => order.indexOf(axis));

export const sameOrder = (a: Order, b: Order): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);

/** The permutation that makes an ONNX tensor with axes in the order `to` of one with axes `from`. */
export const between = (from: Order, to: Order): number[] => to.map((axis) => from.indexOf(axis));

export const permuted = <T>(values: readonly T[], order: Order): T[] => order.map((axis) => values[axis]!);

/** y = x with its axes in another order: y's axis i is x's axis `order[i]`. Row-major. */
export function transposeValues(values: Float32Array, shape: Shape, order: Order): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, side) => size * side, 1));
  const sides = permuted(shape, order);
  const steps = permuted(strides, order);
  const result = new Float32Array(values.length);
  const index = sides.map(() => 0);
  for (let i = 0, from = 0; i < result.length; i++) {
    result[i] = values[from]!;
    for (let axis = sides.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < sides[axis]!) break;
      from -= steps[axis]! * sides[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
