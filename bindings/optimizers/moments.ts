// The two moments of Adam's relatives.

import type { Tensor } from '../graph/tensor.js';
import type { UpdateContext } from './optimizer.js';
import { blend, effectiveGradient, set } from './trace.js';

/** The shares of the two moments as hyper-parameters, in the order in which `updateMoments` takes them. */
export const momentShares = (beta1: number, beta2: number): number[] => [beta1, 1 - beta1, beta2, 1 - beta2];

/** m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2: the first two states. */
export function updateMoments(context: UpdateContext, shares: readonly Tensor[], weightDecay?: Tensor) {
  const [share1, rest1, share2, rest2] = shares as [Tensor, Tensor, Tensor, Tensor];
  const [first, second] = context.states as [Tensor, Tensor];
  const gradient = () => effectiveGradient(context, weightDecay);
  return {
    gradient,
    first: set(first, blend(first, share1, gradient(), rest1)),
    second: set(second, blend(second, share2, gradient().square(), rest2)),
  };
}
