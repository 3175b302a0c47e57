import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import type { LayerOptions } from './options.js';

/**
 * Inverted dropout: in training y = x / (1 - rate) with probability 1 - rate, else 0; in inference y = x.
 *
 * The mask is a function of (seed, layer, step, element): the same seed drops the same units, and the backward pass draws
 * the mask again instead of keeping it. Srivastava et al. 2014.
 *
 * @param rate Share of the values to drop, in [0, 1).
 * @example dropout(0.5)
 */
export function dropout(rate: number, options: LayerOptions = {}): Layer {
  const where = options.name ?? 'dropout';
  checkOptions(where, options, ['name', 'inputShape']);
  checkNumber(where, 'rate', rate, { minimum: 0, below: 1 });
  return layer({
    kind: 'dropout',
    ...options,
    config: { rate },
    passesMask: true,
    call: ([x], { stochastic }) => (stochastic && rate > 0 ? x!.dropout(rate) : x!),
  });
}
