// What the names of a graph stand for while it is read.

import type { Shape } from '../../../graph/shape.js';
import type { SymbolicTensor } from '../../../layers/layer.js';
import type { Order } from '../axes.js';
import type { OnnxTensor } from '../schema.js';

/**
 * A tensor that depends on the inputs. `order[i]` is the axis of ours that is ONNX's axis i: 0 for the batch, -1 for an axis of
 * length 1 that ours does not have.
 */
export interface Activation {
  kind: 'activation';
  tensor: SymbolicTensor;
  order: Order;
}

/** Few numbers that are known: shapes, axes, scalars. NaN stands for the size of the batch. */
export interface Numbers {
  kind: 'numbers';
  values: readonly number[];
  dims: Shape;
}

/** A trained tensor, or a large constant. */
export interface Stored {
  kind: 'stored';
  tensor: OnnxTensor;
  /** Whether it stands among the initializers, as what is trained does. */
  isInitializer: boolean;
}

/** One number everywhere, in a shape that has the batch in it: first states. */
export interface Fill {
  kind: 'fill';
  value: number;
}

export type Entry = Activation | Numbers | Stored | Fill;

/** Sides of an activation in ONNX's order, NaN for the batch. */
export const dimsOf = ({ tensor, order }: Activation): number[] =>
  order.map((axis) => (axis === 0 ? NaN : axis < 0 ? 1 : tensor.shape[axis - 1]!));

export const product = (sides: readonly number[]): number => sides.reduce((all, side) => all * side, 1);
