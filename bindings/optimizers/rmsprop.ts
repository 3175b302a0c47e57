import { checkOptimizer, type Optimizer, type OptimizerOptions } from './optimizer.js';

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

/**
 * RMSProp: s = rho s + (1 - rho) g^2, w -= lr g / (sqrt(s) + epsilon). Centred: s less the square of the mean gradient.
 * With momentum: b = momentum b + step, w -= lr b. Tieleman & Hinton 2012, lecture 6.5.
 *
 * @example rmsprop({ learningRate: 1e-3 })
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  const share = { minimum: 0, below: 1 };
  const ranges = { rho: share, momentum: share, epsilon: { above: 0 }, weightDecay: { minimum: 0 } };
  checkOptimizer('rmsprop', options, ranges, ['centered', 'epsilonPlacement']);
  const { learningRate = 0.001, rho = 0.9, epsilon = 1e-7, momentum = 0, centered = false, weightDecay = 0 } = options;
  const { epsilonPlacement = 'outside' } = options;
  const attributes = {
    isEpsilonInside: epsilonPlacement === 'inside',
    isCentered: centered,
    hasMomentum: momentum > 0,
  };
  return {
    name: 'rmsprop',
    config: { rho, epsilon, epsilonPlacement, momentum, centered, weightDecay },
    learningRate,
    states: ['meanSquare', ...(centered ? ['mean'] : []), ...(momentum > 0 ? ['momentum'] : [])],
    globalClipNorm: options.globalClipNorm,
    hyper: (_, rate) => [rate, rho, 1 - rho, epsilon, momentum, weightDecay],
    update({ weights, gradients, hyper, gradientScale, states }) {
      weights.graph.emit('rmspropUpdate', [weights, gradients, hyper, gradientScale, ...states], attributes);
    },
  };
}
