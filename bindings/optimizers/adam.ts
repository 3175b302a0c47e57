import { integerPower } from '../runtime/math.js';
import { checkOptimizer, type Optimizer, type OptimizerOptions } from './optimizer.js';

export interface AdamOptions extends OptimizerOptions {
  /** Share of the first moment that is kept; 0.9 by default. */
  beta1?: number;
  /** Share of the second moment that is kept; 0.999 by default. */
  beta2?: number;
  /** Added to the root of the corrected second moment (the paper's epsilon-hat is not offered); 1e-7 by default, as in Keras. */
  epsilon?: number;
  /** Use the largest second moment so far. Reddi et al. 2018. */
  amsgrad?: boolean;
  /** `adam`: coupled L2, g += weightDecay w. `adamw`: decoupled, w *= 1 - lr weightDecay. */
  weightDecay?: number;
}

/**
 * Adam: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, w -= lr mhat / (sqrt(vhat) + epsilon), with the
 * corrected mhat = m / (1 - beta1^t), vhat = v / (1 - beta2^t). Kingma & Ba 2015, algorithm 1.
 *
 * @example adam({ learningRate: 1e-3 })
 */
export const adam = (options: AdamOptions = {}): Optimizer => makeAdam('adam', 0, options);

/**
 * Adam with decoupled weight decay: w *= 1 - lr weightDecay (0.004 by default, as in Keras; PyTorch 0.01), then Adam's step.
 * Loshchilov & Hutter 2019.
 *
 * @example adamw({ learningRate: 1e-3, weightDecay: 0.01 })
 */
export const adamw = (options: AdamOptions = {}): Optimizer => makeAdam('adamw', 0.004, options);

function makeAdam(name: 'adam' | 'adamw', defaultDecay: number, options: AdamOptions): Optimizer {
  const share = { minimum: 0, below: 1 };
  const ranges = { beta1: share, beta2: share, epsilon: { above: 0 }, weightDecay: { minimum: 0 } };
  checkOptimizer(name, options, ranges, ['amsgrad']);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, amsgrad = false } = options;
  const { weightDecay = defaultDecay } = options;
  const isDecoupled = name === 'adamw';
  return {
    name,
    config: { beta1, beta2, epsilon, amsgrad, weightDecay },
    learningRate,
    states: ['firstMoment', 'secondMoment', ...(amsgrad ? ['maximumSecondMoment'] : [])],
    globalClipNorm: options.globalClipNorm,
    hyper: (t, rate) => [
      rate / (1 - integerPower(beta1, t)),
      beta1,
      1 - beta1,
      beta2,
      1 - beta2,
      1 / Math.sqrt(1 - integerPower(beta2, t)),
      epsilon,
      isDecoupled ? 0 : weightDecay,
      isDecoupled ? 1 - rate * weightDecay : 1,
    ],
    update({ weights, gradients, hyper, gradientScale, states }) {
      weights.graph.emit('adamUpdate', [weights, gradients, hyper, gradientScale, ...states], { isAmsgrad: amsgrad });
    },
  };
}
