import type { Tensor } from '../graph/tensor.js';
import { integerPower } from '../runtime/math.js';
import { MOMENT_CHECKS, type MomentOptions } from './adam.js';
import { DECAY, defineOptimizer } from './define.js';
import { momentShares, updateMoments } from './moments.js';
import type { Optimizer } from './optimizer.js';
import { scalarsOf, set } from './trace.js';

export interface LambOptions extends MomentOptions {
  /** 1e-6 by default. */
  epsilon?: number;
  /** Decoupled, within the trust ratio. */
  weightDecay?: number;
}

const DEFAULTS = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weightDecay: 0 };

/**
 * LAMB: r = mhat / (sqrt(vhat) + epsilon) + weightDecay w, w -= lr ||w|| / ||r|| r, for each parameter by itself; the ratio is
 * 1 where a norm is 0. You et al. 2020, for large batches.
 *
 * @example lamb({ learningRate: 2e-3, weightDecay: 0.01 })
 */
export function lamb(options: LambOptions = {}): Optimizer {
  const checks = { ...MOMENT_CHECKS, weightDecay: DECAY };
  return defineOptimizer('lamb', options, DEFAULTS, checks, ({ beta1, beta2, epsilon, weightDecay }) => ({
    states: ['firstMoment', 'secondMoment'],
    isPerTensor: true,
    hyper: (t, rate) => [
      ...momentShares(beta1, beta2),
      1 / (1 - integerPower(beta1, t)),
      1 / Math.sqrt(1 - integerPower(beta2, t)),
      epsilon,
      weightDecay,
      rate,
    ],
    update(context) {
      const scalars = scalarsOf(context.hyper);
      const [correction1, correction2, small, decay, rate] = scalars.slice(4);
      const { weights } = context;
      const { first, second } = updateMoments(context, scalars);
      const adaptive = first.mul(correction1!).div(second.sqrt().mul(correction2!).add(small!));
      const step = weightDecay > 0 ? adaptive.add(weights.mul(decay!)) : adaptive;
      set(weights, weights.sub(step.mul(trustRatio(weights, step).mul(rate!))));
    },
  }));
}

/** ||w|| / ||step||, or 1 if either is 0. */
function trustRatio(weights: Tensor, step: Tensor): Tensor {
  const [norm, stepNorm] = [weights, step].map((vector) => vector.sumOfSquares().sqrt()) as [Tensor, Tensor];
  return norm.minimum(stepNorm).greater(0).where(norm.div(stepNorm), 1);
}
