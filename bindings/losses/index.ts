// Losses by name, with their default options, and from what a saved model holds of them.

import { resolveNamed, type NamedConfig } from '../runtime/named.js';
import { binaryCrossentropy } from './binaryCrossentropy.js';
import { binaryFocalCrossentropy } from './binaryFocalCrossentropy.js';
import { categoricalCrossentropy } from './categoricalCrossentropy.js';
import { categoricalFocalCrossentropy } from './categoricalFocalCrossentropy.js';
import { categoricalHinge } from './categoricalHinge.js';
import { cosineSimilarity } from './cosineSimilarity.js';
import { distillation } from './distillation.js';
import { hinge } from './hinge.js';
import { huber } from './huber.js';
import { klDivergence } from './klDivergence.js';
import { logCosh } from './logCosh.js';
import { customLoss, type Loss, type LossFunction } from './loss.js';
import { meanAbsoluteError } from './meanAbsoluteError.js';
import { meanSquaredError } from './meanSquaredError.js';
import { poisson } from './poisson.js';
import { sparseCategoricalCrossentropy } from './sparseCategoricalCrossentropy.js';
import { squaredHinge } from './squaredHinge.js';

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

/** A loss, its name, { name, config }, or a function of one's own. */
export type LossOption = Loss | LossName | NamedConfig | LossFunction;

export const resolveLoss = (loss: LossOption): Loss =>
  typeof loss === 'function' ? customLoss(loss) : resolveNamed('compile', 'loss', loss, NAMED);

/**
 * Makes a loss again from its name and config.
 *
 * @throws OptionError for a name that is not the library's: a loss of one's own must be given anew.
 * @example lossFromConfig({ name: 'huber', config: { delta: 0.5 } })
 */
export const lossFromConfig = ({ name, config }: NamedConfig): Loss =>
  resolveNamed<Loss>('lossFromConfig', 'loss', { name, config }, NAMED);
