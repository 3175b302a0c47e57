import type { Tensor } from '../graph/tensor.js';
import { OptionError } from '../runtime/errors.js';
import { integerPower } from '../runtime/math.js';
import type { Schedule } from '../schedules/schedule.js';
import { DECAY, defineOptimizer, SHARE } from './define.js';
import type { Optimizer, OptimizerOptions, UpdateContext, UpdateRule } from './optimizer.js';
import { averageOf, blend, effectiveGradient, scalarsOf, set } from './trace.js';

export interface SgdOptions extends OptimizerOptions {
  /** Share of the velocity that is kept, in [0, 1), or a schedule of it; 0 (no velocity) by default. */
  momentum?: number | Schedule;
  /**
   * `true`: the form of PyTorch and Keras, whose step looks ahead along the new velocity. `'lookahead'`: the textbook's, whose
   * gradient is taken at the point ahead.
   */
  nesterov?: boolean | 'lookahead';
  /** Weight the gradient by 1 - momentum, so that the velocity is an average (Andrew Ng's form; PyTorch's `dampening`). */
  averaged?: boolean;
  /** With `averaged`: divide the average by 1 - momentum^t, since it starts at 0. */
  biasCorrection?: boolean;
  /** Coupled L2 decay: g += weightDecay w. */
  weightDecay?: number;
}

const DEFAULTS = {
  learningRate: 0.01,
  momentum: 0 as number | Schedule,
  nesterov: false as boolean | 'lookahead',
  averaged: false,
  biasCorrection: false,
  weightDecay: 0,
};

type Settings = typeof DEFAULTS;

/**
 * Stochastic gradient descent: w -= lr g; with momentum mu: v = mu v + g, w -= lr v; Nesterov: w -= lr (g + mu v).
 * Keras folds the rate into its velocity (v = mu v - lr g): the same path for a constant rate.
 *
 * The textbook's Nesterov, v = mu v + lr grad(w - mu v), w -= v, is trained in terms of the point ahead p = w - mu v: the
 * model's parameters are p, at which loss and gradient are taken, and v = mu v + lr g, p -= lr g + mu v. The iterate is
 * w = p + mu v; both come to rest at the same place.
 *
 * Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
 * @example sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true })
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const checks = {
    momentum: { schedule: SHARE },
    nesterov: [false, true, 'lookahead'] as unknown as readonly string[],
    averaged: 'flag',
    biasCorrection: 'flag',
    weightDecay: DECAY,
  } as const;
  return defineOptimizer('sgd', options, DEFAULTS, checks, (settings) => {
    checkForms(settings);
    return settings.nesterov === 'lookahead' ? lookaheadRule(settings) : velocityRule(settings);
  });
}

function checkForms({ averaged, biasCorrection, momentum, nesterov }: Settings): void {
  if (biasCorrection && (!averaged || nesterov || typeof momentum === 'function')) {
    throw new OptionError('sgd: biasCorrection needs averaged: true, a constant momentum and no nesterov.');
  }
  if (nesterov === 'lookahead' && averaged) {
    throw new OptionError("sgd: nesterov: 'lookahead' has a velocity of its own. Leave averaged out.");
  }
}

const momentumAt = (momentum: number | Schedule, step: number): number =>
  typeof momentum === 'number' ? momentum : momentum(step);

function velocityRule({ momentum, nesterov, averaged, biasCorrection, weightDecay }: Settings): UpdateRule {
  return {
    states: momentum === 0 ? [] : ['velocity'],
    hyper(t, rate) {
      const share = momentumAt(momentum, t - 1);
      const correction = biasCorrection ? 1 - integerPower(share, t) : 1;
      return [rate / correction, share, averaged ? 1 - share : 1, weightDecay];
    },
    canAverage: true,
    update(context) {
      const { weights, gradients, hyper, gradientScale, states } = context;
      const { inputs, hasAverage } = averageOf(context);
      const all = [weights, gradients, hyper, gradientScale, ...states, ...inputs];
      weights.graph.emit('sgdUpdate', all, { isNesterov: nesterov === true, hasAverage });
    },
  };
}

/** The rate is part of the velocity, so that the change of variables holds for a schedule, of the momentum too. */
function lookaheadRule({ momentum, weightDecay }: Settings): UpdateRule {
  return {
    states: ['velocity'],
    hyper: (t, rate) => [rate, momentumAt(momentum, t - 1), momentumAt(momentum, t), weightDecay],
    update(context: UpdateContext) {
      const [rate, share, nextShare, decay] = scalarsOf(context.hyper) as [Tensor, Tensor, Tensor, Tensor];
      const gradient = () => effectiveGradient(context, weightDecay > 0 ? decay : undefined);
      const velocity = set(context.states[0]!, blend(context.states[0]!, share, gradient(), rate));
      set(context.weights, context.weights.sub(blend(gradient(), rate, velocity, nextShare)));
    },
  };
}
