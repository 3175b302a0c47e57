import { integerPower } from '../runtime/math.js';
import { checkNumber } from '../runtime/suggest.js';
import type { Tensor } from '../graph/tensor.js';
import { SHARE } from './define.js';
import type { Optimizer } from './optimizer.js';
import { blend, set } from './trace.js';
import { checkWrapped, copyAtFirst, isFirst, wrapOptimizer, type WrapperContext } from './wrap.js';

export interface EmaOptions {
  /** Share of the average that is kept; 0.999 by default. */
  decay?: number;
  /** `true` (the default): the average starts at 0 and is divided by 1 - decay^t. `false`: it starts at the initial weights. */
  biasCorrection?: boolean;
}

/**
 * Any optimiser with an exponential moving average of the weights: after each update average = decay average +
 * (1 - decay) w. The weights themselves train as before; see `Model.useAveragedWeights`. Polyak & Juditsky 1992.
 *
 * @example
 * model.compile({ optimizer: ema(adam(), { decay: 0.99 }), loss: 'meanSquaredError' });
 * const logs = await model.useAveragedWeights(() => model.evaluate(x, y));
 */
export function ema(optimizer: Optimizer, options: EmaOptions = {}): Optimizer {
  checkWrapped('ema', optimizer, options, ['decay', 'biasCorrection']);
  const { decay = 0.999, biasCorrection = true } = options;
  checkNumber('ema', 'decay', decay, SHARE);
  const wrapper = {
    states: ['average'],
    hyper: (t: number) => [decay, 1 - decay, isFirst(t)],
    finish({ weights, scalars: [share, rest], states: [average] }: WrapperContext) {
      set(average!, blend(average!, share!, weights, rest!));
    },
    isAverage: true,
    averages: {
      state: 'average',
      scale: (updates: number) =>
        updates === 0 ? undefined : biasCorrection ? 1 / (1 - integerPower(decay, updates)) : 1,
    },
  };
  const before = ({ weights, scalars, states: [average] }: WrapperContext): Tensor =>
    copyAtFirst(average!, scalars[2]!, weights);
  return wrapOptimizer('ema', optimizer, { decay, biasCorrection }, biasCorrection ? wrapper : { ...wrapper, before });
}
