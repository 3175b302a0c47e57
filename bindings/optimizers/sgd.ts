import { checkOptimizer, type Optimizer, type OptimizerOptions } from './optimizer.js';

export interface SgdOptions extends OptimizerOptions {
  /** Share of the velocity that is kept, in [0, 1); 0 (no velocity) by default. */
  momentum?: number;
  /** Nesterov's form, as PyTorch and Keras have it: the step looks ahead along the new velocity. */
  nesterov?: boolean;
  /** Weight the gradient by 1 - momentum, so that the velocity is an average (Andrew Ng's form; PyTorch's `dampening`). */
  averaged?: boolean;
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

/**
 * Stochastic gradient descent: w -= lr g; with momentum mu: v = mu v + g, w -= lr v; Nesterov: w -= lr (g + mu v).
 * Keras folds the rate into its velocity (v = mu v - lr g): the same path for a constant rate.
 *
 * Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 * @example sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const ranges = { momentum: { minimum: 0, below: 1 }, weightDecay: { minimum: 0 } };
  checkOptimizer('sgd', options, ranges, ['nesterov', 'averaged']);
  const { learningRate = 0.01, momentum = 0, nesterov = false, averaged = false, weightDecay = 0 } = options;
  const gradientWeight = averaged ? 1 - momentum : 1;
  return {
    name: 'sgd',
    config: { momentum, nesterov, averaged, weightDecay },
    learningRate,
    states: momentum > 0 ? ['velocity'] : [],
    globalClipNorm: options.globalClipNorm,
    hyper: (_, rate) => [rate, momentum, gradientWeight, weightDecay],
    update({ weights, gradients, hyper, gradientScale, states }) {
      weights.graph.emit('sgdUpdate', [weights, gradients, hyper, gradientScale, ...states], { isNesterov: nesterov });
    },
  };
}
