import type { Tensor } from '../graph/tensor.js';
import { DECAY, defineOptimizer, EPSILON } from './define.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';
import { EPSILON_PLACEMENTS } from './rmsprop.js';
import { effectiveGradient, scalarsOf, set } from './trace.js';

export interface AdagradOptions extends OptimizerOptions {
  /** 1e-10 by default, as in PyTorch. */
  epsilon?: number;
  /** Where epsilon stands: sqrt(s) + epsilon (`outside`, PyTorch, the default) or sqrt(s + epsilon) (`inside`, Keras). */
  epsilonPlacement?: 'inside' | 'outside';
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = { learningRate: 0.01, epsilon: 1e-10, epsilonPlacement: 'outside', weightDecay: 0 };

/**
 * Adagrad: s += g^2, w -= lr g / (sqrt(s) + epsilon): rates fall where gradients were large. Duchi et al. 2011.
 *
 * @example adagrad({ learningRate: 0.1 })
 */
export function adagrad(options: AdagradOptions = {}): Optimizer {
  const checks = { epsilon: EPSILON, epsilonPlacement: EPSILON_PLACEMENTS, weightDecay: DECAY };
  return defineOptimizer('adagrad', options, DEFAULTS, checks, ({ epsilon, epsilonPlacement, weightDecay }) => ({
    states: ['sumOfSquares'],
    hyper: (_, rate) => [rate, epsilon, weightDecay],
    update(context) {
      const [rate, small, decay] = scalarsOf(context.hyper) as [Tensor, Tensor, Tensor];
      const gradient = () => effectiveGradient(context, weightDecay > 0 ? decay : undefined);
      const sum = set(context.states[0]!, context.states[0]!.add(gradient().square()));
      const divisor = epsilonPlacement === 'inside' ? sum.add(small).sqrt() : sum.sqrt().add(small);
      set(context.weights, context.weights.sub(gradient().mul(rate).div(divisor)));
    },
  }));
}
