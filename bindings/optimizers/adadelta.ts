import type { Tensor } from '../graph/tensor.js';
import { DECAY, defineOptimizer, EPSILON, SHARE } from './define.js';
import type { Optimizer, OptimizerOptions } from './optimizer.js';
import { blend, effectiveGradient, scalarsOf, set } from './trace.js';

export interface AdadeltaOptions extends OptimizerOptions {
  /** Share of the mean squares that is kept; 0.9 by default. */
  rho?: number;
  /** 1e-6 by default. */
  epsilon?: number;
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = { learningRate: 1, rho: 0.9, epsilon: 1e-6, weightDecay: 0 };

/**
 * Adadelta: s = rho s + (1 - rho) g^2, u = sqrt(d + epsilon) / sqrt(s + epsilon) g, d = rho d + (1 - rho) u^2, w -= lr u.
 * Zeiler 2012, where lr is 1.
 *
 * @example adadelta()
 */
export function adadelta(options: AdadeltaOptions = {}): Optimizer {
  const checks = { rho: SHARE, epsilon: EPSILON, weightDecay: DECAY };
  return defineOptimizer('adadelta', options, DEFAULTS, checks, ({ rho, epsilon, weightDecay }) => ({
    states: ['meanSquare', 'meanSquareStep'],
    hyper: (_, rate) => [rate, rho, 1 - rho, epsilon, weightDecay],
    update(context) {
      const [rate, share, rest, small, decay] = scalarsOf(context.hyper) as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const [square, squareStep] = context.states as [Tensor, Tensor];
      const gradient = () => effectiveGradient(context, weightDecay > 0 ? decay : undefined);
      const newSquare = set(square, blend(square, share, gradient().square(), rest));
      const step = () => squareStep.add(small).sqrt().div(newSquare.add(small).sqrt()).mul(gradient());
      set(context.weights, context.weights.sub(step().mul(rate)));
      set(squareStep, blend(squareStep, share, step().square(), rest));
    },
  }));
}
