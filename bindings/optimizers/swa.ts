import { checkNumber } from '../runtime/suggest.js';
import type { Optimizer } from './optimizer.js';
import { set } from './trace.js';
import { checkWrapped, wrapOptimizer } from './wrap.js';

export interface SwaOptions {
  /** Update with which averaging begins. */
  startStep: number;
  /** Updates from one sample to the next: those of an epoch, say; 1 by default. */
  everySteps?: number;
}

/**
 * Any optimiser with stochastic weight averaging: the plain mean of the weights after update `startStep`, and after every
 * `everySteps` more. Izmailov et al. 2018. Moments of batch normalisation are not averaged.
 *
 * @example
 * model.compile({ optimizer: swa(sgd({ learningRate: 0.05 }), { startStep: 500, everySteps: 100 }), loss: 'meanSquaredError' });
 * await model.fit(x, y);
 * model.keepAveragedWeights();
 */
export function swa(optimizer: Optimizer, options: SwaOptions): Optimizer {
  checkWrapped('swa', optimizer, options, ['startStep', 'everySteps']);
  const { startStep, everySteps = 1 } = options;
  const count = { minimum: 1, integer: true };
  checkNumber('swa', 'startStep', startStep, count);
  checkNumber('swa', 'everySteps', everySteps, count);
  const samples = (updates: number) => Math.max(0, Math.floor((updates - startStep) / everySteps) + 1);
  return wrapOptimizer(
    'swa',
    optimizer,
    { startStep, everySteps },
    {
      states: ['average'],
      hyper: (t) => [samples(t) > samples(t - 1) ? 1 / samples(t) : 0],
      finish({ weights, scalars: [share], states: [average] }) {
        set(average!, average!.add(weights.sub(average!).mul(share!)));
      },
      averages: { state: 'average', scale: (updates) => (samples(updates) > 0 ? 1 : undefined) },
    },
  );
}
