import type { Tensor } from '../graph/tensor.js';
import { integerPower } from '../runtime/math.js';
import { MOMENT_CHECKS, type MomentOptions } from './adam.js';
import { DECAY, defineOptimizer } from './define.js';
import { momentShares, updateMoments } from './moments.js';
import type { Optimizer } from './optimizer.js';
import { scalarsOf, set } from './trace.js';

export interface RadamOptions extends MomentOptions {
  /** 1e-8 by default. */
  epsilon?: number;
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

/**
 * Rectified Adam: Adam's step times r_t while the variance of its divisor is known (rho_t > 5), else lr mhat alone: a warm-up
 * of its own. rho_t = rho - 2 t beta2^t / (1 - beta2^t), rho = 2 / (1 - beta2) - 1. Liu et al. 2020; epsilon as in PyTorch.
 *
 * @example radam({ learningRate: 1e-3 })
 */
export function radam(options: RadamOptions = {}): Optimizer {
  const checks = { ...MOMENT_CHECKS, weightDecay: DECAY };
  return defineOptimizer('radam', options, DEFAULTS, checks, ({ beta1, beta2, epsilon, weightDecay }) => ({
    states: ['firstMoment', 'secondMoment'],
    hyper(t, rate) {
      const stepSize = rate / (1 - integerPower(beta1, t));
      const rectified = rectification(beta2, t);
      const adaptive = rectified * Math.sqrt(1 - integerPower(beta2, t));
      return [...momentShares(beta1, beta2), stepSize * adaptive, rectified > 0 ? 0 : stepSize, epsilon, weightDecay];
    },
    update(context) {
      const scalars = scalarsOf(context.hyper);
      const [adaptive, plain, small, decay] = scalars.slice(4) as [Tensor, Tensor, Tensor, Tensor];
      const { first, second } = updateMoments(context, scalars, weightDecay > 0 ? decay : undefined);
      set(context.weights, context.weights.sub(adaptive.div(second.sqrt().add(small)).add(plain).mul(first)));
    },
  }));
}

/** r_t, or 0 where it is not defined. */
function rectification(beta2: number, t: number): number {
  const power = integerPower(beta2, t);
  const limit = 2 / (1 - beta2) - 1;
  const length = limit - (2 * t * power) / (1 - power);
  if (length <= 5) return 0;
  return Math.sqrt(((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length));
}
