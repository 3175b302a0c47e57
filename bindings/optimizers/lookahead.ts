import { checkNumber } from '../runtime/suggest.js';
import type { Optimizer } from './optimizer.js';
import { set } from './trace.js';
import { checkWrapped, copyAtFirst, isFirst, wrapOptimizer } from './wrap.js';

export interface LookaheadOptions {
  /** Updates from one synchronisation to the next; 5 by default. */
  k?: number;
  /** How far the slow weights go towards the fast ones; 0.5 by default. */
  alpha?: number;
}

/**
 * Any optimiser with slow weights that follow: after every k updates slow += alpha (w - slow), w = slow. Zhang et al. 2019.
 * Not Nesterov's look-ahead: see `sgd` for that.
 *
 * @example lookahead(adam({ learningRate: 1e-3 }), { k: 5, alpha: 0.5 })
 */
export function lookahead(optimizer: Optimizer, options: LookaheadOptions = {}): Optimizer {
  checkWrapped('lookahead', optimizer, options, ['k', 'alpha']);
  const { k = 5, alpha = 0.5 } = options;
  checkNumber('lookahead', 'k', k, { minimum: 1, integer: true });
  checkNumber('lookahead', 'alpha', alpha, { above: 0, maximum: 1 });
  return wrapOptimizer(
    'lookahead',
    optimizer,
    { k, alpha },
    {
      states: ['slowWeights'],
      hyper: (t) => [isFirst(t), Number(t % k === 0), t % k === 0 ? alpha : 0],
      before: ({ weights, scalars: [first], states: [slow] }) => void copyAtFirst(slow!, first!, weights),
      after({ weights, scalars: [, isSynced, share], states: [slow] }) {
        const newSlow = set(slow!, slow!.add(weights.sub(slow!).mul(share!)));
        set(weights, isSynced!.where(newSlow, weights));
      },
    },
  );
}
