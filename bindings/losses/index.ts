// Losses by name, with their default options, and from what a saved model holds of them.

import { OptionError } from '../runtime/errors.js';
import { describeValue, unknownName } from '../runtime/suggest.js';
import { cosineSimilarity } from './cosineSimilarity.js';
import { binaryCrossentropy, categoricalCrossentropy, sparseCategoricalCrossentropy } from './crossentropy.js';
import { distillation } from './distillation.js';
import { binaryFocalCrossentropy, categoricalFocalCrossentropy } from './focal.js';
import { categoricalHinge, hinge, squaredHinge } from './hinge.js';
import { huber } from './huber.js';
import { klDivergence } from './klDivergence.js';
import { logCosh } from './logCosh.js';
import { customLoss, type Loss, type LossFunction } from './loss.js';
import { meanAbsoluteError } from './meanAbsoluteError.js';
import { meanSquaredError } from './meanSquaredError.js';
import { poisson } from './poisson.js';

/** Every loss of the library by its name. */
export const LOSSES = {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalHinge,
  cosineSimilarity,
  distillation,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  sparseCategoricalCrossentropy,
  squaredHinge,
};

const NAMED = { ...LOSSES, mse: meanSquaredError, mae: meanAbsoluteError, bce: binaryCrossentropy };

export type LossName = keyof typeof NAMED;

/** A loss, its name, or a function of one's own. */
export type LossOption = Loss | LossName | LossFunction;

const byName = (where: string, name: string): ((options?: object) => Loss) =>
  Object.hasOwn(NAMED, name) ? NAMED[name as LossName] : unknownName(where, 'loss', name, Object.keys(NAMED));

export function resolveLoss(loss: LossOption): Loss {
  if (typeof loss === 'function') return customLoss(loss);
  if (typeof loss === 'string') return byName('compile', loss)();
  if (typeof loss?.perSample === 'function') return loss;
  throw new OptionError(`compile: loss must be a name, a loss or a function, got ${describeValue(loss)}.`);
}

/**
 * Makes a loss again from its name and config.
 *
 * @throws OptionError for a name that is not the library's: a loss of one's own must be given anew.
 * @example lossFromConfig({ name: 'huber', config: { delta: 0.5 } })
 */
export const lossFromConfig = ({ name, config }: Pick<Loss, 'name' | 'config'>): Loss =>
  byName('lossFromConfig', name)(config);
