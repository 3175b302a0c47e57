import { DECAY, defineOptimizer, EPSILON, SHARE } from './define.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';
import { averageOf } from './trace.js';

export interface RmspropOptions extends OptimizerOptions {
  /** Share of the mean square that is kept; 0.9 by default (PyTorch's alpha is 0.99). */
  rho?: number;
  epsilon?: number;
  /** Where epsilon stands: sqrt(s) + epsilon (`outside`, PyTorch, the default) or sqrt(s + epsilon) (`inside`, Keras). */
  epsilonPlacement?: 'inside' | 'outside';
  momentum?: number;
  /** Divide by the variance instead of the mean square. */
  centered?: boolean;
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = {
  learningRate: 0.001,
  rho: 0.9,
  epsilon: 1e-7,
  epsilonPlacement: 'outside',
  momentum: 0,
  centered: false,
  weightDecay: 0,
};

export const EPSILON_PLACEMENTS: readonly string[] = ['inside', 'outside'];

/**
 * RMSProp: s = rho s + (1 - rho) g^2, w -= lr g / (sqrt(s) + epsilon). Centred: s less the square of the mean gradient.
 * With momentum: b = momentum b + step, w -= lr b. Tieleman & Hinton 2012, lecture 6.5.
 *
 * @example rmsprop({ learningRate: 1e-3 })
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const checks = {
    rho: SHARE,
    epsilon: EPSILON,
    epsilonPlacement: EPSILON_PLACEMENTS,
    momentum: SHARE,
    centered: 'flag',
    weightDecay: DECAY,
  } as const;
  return defineOptimizer('rmsprop', options, DEFAULTS, checks, (settings) => {
    const { rho, epsilon, momentum, centered, weightDecay } = settings;
    const attributes = {
      isEpsilonInside: settings.epsilonPlacement === 'inside',
      isCentered: centered,
      hasMomentum: momentum > 0,
    };
    return {
      states: ['meanSquare', ...(centered ? ['mean'] : []), ...(momentum > 0 ? ['momentum'] : [])],
      hyper: (_, rate) => [rate, rho, 1 - rho, epsilon, momentum, weightDecay],
      canAverage: true,
      update(context) {
        const { weights, gradients, hyper, gradientScale, states } = context;
        const { inputs, hasAverage } = averageOf(context);
        const all = [weights, gradients, hyper, gradientScale, ...states, ...inputs];
        weights.graph.emit('rmspropUpdate', all, { ...attributes, hasAverage });
      },
    };
  });
}
