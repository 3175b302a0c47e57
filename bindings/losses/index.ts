// Losses by name, with their default options.

import { OptionError } from '../runtime/errors.js';
import { describeValue, unknownName } from '../runtime/suggest.js';
import { binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy } from './crossentropy.js';
import { customLoss, type Loss, type LossFunction } from './loss.js';
import { meanSquaredError } from './meanSquaredError.js';

const NAMED = {
  meanSquaredError,
  sparseCategoricalCrossentropy,
  categoricalCrossentropy,
  binaryCrossentropy,
};

export type LossName = keyof typeof NAMED;

/** A loss, its name, or a function of one's own. */
export type LossOption = Loss | LossName | LossFunction;

export function resolveLoss(loss: LossOption): Loss {
  if (typeof loss === 'function') return customLoss(loss);
  if (typeof loss !== 'string') {
    if (typeof loss?.perSample === 'function') return loss;
    throw new OptionError(`compile: loss must be a name, a loss or a function, got ${describeValue(loss)}.`);
  }
  return Object.hasOwn(NAMED, loss) ? NAMED[loss]() : unknownName('compile', 'loss', loss, Object.keys(NAMED));
}
