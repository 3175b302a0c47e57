// What a constraint is: a map from weights to the nearest allowed ones, applied after each update.

import type { Tensor } from '../graph/tensor.js';

export interface Constraint {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The allowed weights, of the same shape. */
  apply(weights: Tensor): Tensor;
}
