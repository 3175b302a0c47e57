import type { Tensor } from '../graph/tensor.js';
import { integerPower } from '../runtime/math.js';
import { MOMENT_CHECKS, type MomentOptions } from './adam.js';
import { DECAY, defineOptimizer } from './define.js';
import type { Optimizer } from './optimizer.js';
import { blend, effectiveGradient, scalarsOf, set } from './trace.js';

export interface AdamaxOptions extends MomentOptions {
  /** 1e-8 by default. */
  epsilon?: number;
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = { learningRate: 0.002, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

/**
 * Adam with the largest gradient instead of the second moment: m = beta1 m + (1 - beta1) g, u = max(beta2 u, |g| + epsilon),
 * w -= lr / (1 - beta1^t) m / u. Kingma & Ba 2015, section 7.1; epsilon as in PyTorch.
 *
 * @example adamax()
 */
export function adamax(options: AdamaxOptions = {}): Optimizer {
  const checks = { ...MOMENT_CHECKS, weightDecay: DECAY };
  return defineOptimizer('adamax', options, DEFAULTS, checks, ({ beta1, beta2, epsilon, weightDecay }) => ({
    states: ['firstMoment', 'largest'],
    hyper: (t, rate) => [rate / (1 - integerPower(beta1, t)), beta1, 1 - beta1, beta2, epsilon, weightDecay],
    update(context) {
      const [rate, share1, rest1, share2, small, decay] = scalarsOf(context.hyper);
      const [first, largest] = context.states as [Tensor, Tensor];
      const gradient = () => effectiveGradient(context, weightDecay > 0 ? decay! : undefined);
      const newFirst = set(first, blend(first, share1!, gradient(), rest1!));
      const newLargest = set(largest, largest.mul(share2!).maximum(gradient().abs().add(small!)));
      set(context.weights, context.weights.sub(newFirst.mul(rate!).div(newLargest)));
    },
  }));
}
