// What a regulariser is: a scalar penalty of a tensor, added to the loss; and for those with a corner at 0, the step that
// makes exact zeros.

import type { Tensor } from '../graph/tensor.js';

export interface Regularizer {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The penalty, a scalar. */
  penalty(weights: Tensor): Tensor;
  /**
   * Given, the penalty is reported but not differentiated: after each update the weights become
   * argmin_u ||u - weights||^2 / (2 rate) + penalty(u), its proximal map.
   */
  readonly proximal?: ((weights: Tensor, rate: Tensor) => Tensor) | undefined;
}
