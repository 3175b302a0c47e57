import { integerPower, pow } from '../runtime/math.js';
import { MOMENT_CHECKS, type MomentOptions } from './adam.js';
import { DECAY, defineOptimizer } from './define.js';
import { momentShares, updateMoments } from './moments.js';
import type { Optimizer } from './optimizer.js';
import { scalarsOf, set } from './trace.js';

export interface NadamOptions extends MomentOptions {
  /** 1e-8 by default. */
  epsilon?: number;
  /** `schedule`: the momentum grows with t (PyTorch and Keras, the default). `constant`: it is beta1 throughout. */
  momentumForm?: 'schedule' | 'constant';
  /** How fast the scheduled momentum grows: mu_t = beta1 (1 - 0.96^(t momentumDecay) / 2); 0.004 by default. */
  momentumDecay?: number;
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = {
  learningRate: 0.002,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentumForm: 'schedule',
  momentumDecay: 0.004,
  weightDecay: 0,
};

/**
 * Adam with Nesterov's momentum: w -= lr (a m + b g) / (sqrt(vhat) + epsilon). Scheduled: a = mu_{t+1} / (1 - mu_1 ...
 * mu_{t+1}), b = (1 - mu_t) / (1 - mu_1 ... mu_t). Constant: a = beta1 / (1 - beta1^t), b = (1 - beta1) / (1 - beta1^t).
 * Dozat 2016.
 *
 * @example nadam({ learningRate: 2e-3 })
 */
export function nadam(options: NadamOptions = {}): Optimizer {
  const checks = {
    ...MOMENT_CHECKS,
    momentumForm: ['schedule', 'constant'],
    momentumDecay: DECAY,
    weightDecay: DECAY,
  } as const;
  return defineOptimizer('nadam', options, DEFAULTS, checks, (settings) => {
    const { beta1, beta2, epsilon, momentumForm, weightDecay } = settings;
    const scheduled = scheduledWeights(beta1, settings.momentumDecay);
    const constant = (t: number) => [beta1, 1 - beta1].map((weight) => weight / (1 - integerPower(beta1, t)));
    const weightsAt = momentumForm === 'schedule' ? scheduled : constant;
    return {
      states: ['firstMoment', 'secondMoment'],
      hyper: (t, rate) => [
        ...momentShares(beta1, beta2),
        ...weightsAt(t).map((weight) => rate * weight),
        1 / Math.sqrt(1 - integerPower(beta2, t)),
        epsilon,
        weightDecay,
      ],
      update(context) {
        const scalars = scalarsOf(context.hyper);
        const [ofMoment, ofGradient, correction, small, decay] = scalars.slice(4);
        const moments = updateMoments(context, scalars, weightDecay > 0 ? decay : undefined);
        const step = moments.first.mul(ofMoment!).add(moments.gradient().mul(ofGradient!));
        set(context.weights, context.weights.sub(step.div(moments.second.sqrt().mul(correction!).add(small!))));
      },
    };
  });
}

/** Weights of moment and gradient. The product of the momenta so far is kept, so that a step costs no more than the last. */
function scheduledWeights(beta1: number, momentumDecay: number): (t: number) => number[] {
  const momentum = (t: number) => beta1 * (1 - 0.5 * pow(0.96, t * momentumDecay));
  const products = [1];
  return (t) => {
    for (let next = products.length; next <= t + 1; next++) products.push(products[next - 1]! * momentum(next));
    return [momentum(t + 1) / (1 - products[t + 1]!), (1 - momentum(t)) / (1 - products[t]!)];
  };
}
