import type { Tensor } from '../graph/tensor.js';
import { DECAY, defineOptimizer, SHARE } from './define.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';
import { blend, effectiveGradient, scalarsOf, set } from './trace.js';

export interface LionOptions extends OptimizerOptions {
  /** Share of the momentum in the step; 0.9 by default. */
  beta1?: number;
  /** Share of the momentum that is kept; 0.99 by default. */
  beta2?: number;
  /** Decoupled: w -= lr weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = { learningRate: 1e-4, beta1: 0.9, beta2: 0.99, weightDecay: 0 };

/**
 * Lion: w -= lr (sign(beta1 m + (1 - beta1) g) + weightDecay w), then m = beta2 m + (1 - beta2) g. Every weight moves by the
 * same amount, so the rate is about a tenth of Adam's. Chen et al. 2023.
 *
 * @example lion({ learningRate: 1e-4, weightDecay: 0.1 })
 */
export function lion(options: LionOptions = {}): Optimizer {
  const checks = { beta1: SHARE, beta2: SHARE, weightDecay: DECAY };
  return defineOptimizer('lion', options, DEFAULTS, checks, ({ beta1, beta2, weightDecay }) => ({
    states: ['momentum'],
    hyper: (_, rate) => [rate, beta1, 1 - beta1, beta2, 1 - beta2, 1 - rate * weightDecay],
    update(context) {
      const [rate, share1, rest1, share2, rest2, shrink] = scalarsOf(context.hyper);
      const [momentum] = context.states as [Tensor];
      const { weights } = context;
      const direction = blend(momentum, share1!, effectiveGradient(context), rest1!).sign();
      set(weights, (weightDecay > 0 ? weights.mul(shrink!) : weights).sub(direction.mul(rate!)));
      set(momentum, blend(momentum, share2!, effectiveGradient(context), rest2!));
    },
  }));
}
