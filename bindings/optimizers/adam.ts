import { integerPower } from '../runtime/math.js';
import { DECAY, defineOptimizer, EPSILON, SHARE } from './define.js';
import type { Optimizer, OptimizerOptions, UpdateRule } from './optimizer.js';
import { averageOf } from './trace.js';

/** Options of the methods with two moments. */
export interface MomentOptions extends OptimizerOptions {
  /** Share of the first moment that is kept; 0.9 by default. */
  beta1?: number;
  /** Share of the second moment that is kept; 0.999 by default. */
  beta2?: number;
  /** Keeps the divisor from 0. */
  epsilon?: number;
}

export interface AdamOptions extends MomentOptions {
  /** 1e-7 by default, as in Keras. */
  epsilon?: number;
  /**
   * Which root epsilon is added to: that of the corrected second moment, sqrt(vhat) + epsilon (`corrected`, the paper's
   * algorithm 1 and PyTorch, the default), or the plain one, sqrt(v) + epsilon (`hat`, the paper's epsilon-hat, which Keras and
   * TensorFlow have).
   */
  epsilonPlacement?: 'corrected' | 'hat';
  /** Use the largest second moment so far. Reddi et al. 2018. */
  amsgrad?: boolean;
  /** `adam`: coupled L2, g += weightDecay w. `adamw`: decoupled, w *= 1 - lr weightDecay. */
  weightDecay?: number;
}

/** Checks of the options of the methods with two moments. */
export const MOMENT_CHECKS = { beta1: SHARE, beta2: SHARE, epsilon: EPSILON } as const;

const DEFAULTS = {
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  epsilonPlacement: 'corrected',
  amsgrad: false,
  weightDecay: 0,
};

const CHECKS = {
  ...MOMENT_CHECKS,
  epsilonPlacement: ['corrected', 'hat'],
  amsgrad: 'flag',
  weightDecay: DECAY,
} as const;

/**
 * Adam: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, w -= lr mhat / (sqrt(vhat) + epsilon), with the
 * corrected mhat = m / (1 - beta1^t), vhat = v / (1 - beta2^t). Kingma & Ba 2015, algorithm 1.
 *
 * @example adam({ learningRate: 1e-3 })
 */
export const adam = (options: AdamOptions = {}): Optimizer =>
  defineOptimizer('adam', options, DEFAULTS, CHECKS, (settings) => adamRule(settings, false));

/**
 * Adam with decoupled weight decay: w *= 1 - lr weightDecay (0.004 by default, as in Keras; PyTorch 0.01), then Adam's step.
 * Loshchilov & Hutter 2019.
 *
 * @example adamw({ learningRate: 1e-3, weightDecay: 0.01 })
 */
export const adamw = (options: AdamOptions = {}): Optimizer =>
  defineOptimizer('adamw', options, { ...DEFAULTS, weightDecay: 0.004 }, CHECKS, (settings) =>
    adamRule(settings, true),
  );

function adamRule(settings: typeof DEFAULTS, isDecoupled: boolean): UpdateRule {
  const { beta1, beta2, epsilon, epsilonPlacement, amsgrad, weightDecay } = settings;
  const isHat = epsilonPlacement === 'hat';
  return {
    states: ['firstMoment', 'secondMoment', ...(amsgrad ? ['maximumSecondMoment'] : [])],
    hyper(t, rate) {
      const rootCorrection = Math.sqrt(1 - integerPower(beta2, t));
      const stepSize = rate / (1 - integerPower(beta1, t));
      return [
        isHat ? stepSize * rootCorrection : stepSize,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        isHat ? 1 : 1 / rootCorrection,
        epsilon,
        isDecoupled ? 0 : weightDecay,
        isDecoupled ? 1 - rate * weightDecay : 1,
      ];
    },
    canAverage: true,
    update(context) {
      const { weights, gradients, hyper, gradientScale, states } = context;
      const { inputs, hasAverage } = averageOf(context);
      const all = [weights, gradients, hyper, gradientScale, ...states, ...inputs];
      weights.graph.emit('adamUpdate', all, { isAmsgrad: amsgrad, hasAverage });
    },
  };
}
