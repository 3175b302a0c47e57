// Augmentations by the names that they have in their configs.

import { resolveNamed, type NamedConfig } from '../../runtime/named.js';
import type { Augmentation } from './augmentation.js';
import { clipValues } from './image/clipValues.js';
import { randomBrightness } from './image/randomBrightness.js';
import { randomContrast } from './image/randomContrast.js';
import { randomCrop } from './image/randomCrop.js';
import { randomCutout } from './image/randomCutout.js';
import { randomElasticTransform } from './image/randomElasticTransform.js';
import { randomFlip } from './image/randomFlip.js';
import { randomGaussianNoise } from './image/randomGaussianNoise.js';
import { randomHue } from './image/randomHue.js';
import { randomResizedCrop } from './image/randomResizedCrop.js';
import { randomRotation } from './image/randomRotation.js';
import { randomSaltAndPepper } from './image/randomSaltAndPepper.js';
import { randomSaturation } from './image/randomSaturation.js';
import { randomShear } from './image/randomShear.js';
import { randomTranslation } from './image/randomTranslation.js';
import { randomZoom } from './image/randomZoom.js';
import { randomJitter } from './series/randomJitter.js';
import { randomMagnitudeWarping } from './series/randomMagnitudeWarping.js';
import { randomScaling } from './series/randomScaling.js';
import { randomShift } from './series/randomShift.js';
import { randomTimeWarping } from './series/randomTimeWarping.js';
import { randomWindowSlicing } from './series/randomWindowSlicing.js';

const MAKERS = {
  clipValues: ({ minimum, maximum }: { minimum: number; maximum: number }) => clipValues(minimum, maximum),
  randomBrightness,
  randomContrast,
  randomCrop,
  randomCutout,
  randomElasticTransform,
  randomFlip,
  randomGaussianNoise,
  randomHue,
  randomJitter,
  randomMagnitudeWarping,
  randomResizedCrop,
  randomRotation,
  randomSaltAndPepper,
  randomSaturation,
  randomScaling,
  randomShear,
  randomShift,
  randomTimeWarping,
  randomTranslation,
  randomWindowSlicing,
  randomZoom,
};

/**
 * The augmentation that a name and options describe: what each has as `name` and `config`.
 *
 * @throws OptionError for a name that is not the library's.
 * @example augmentationFromConfig({ name: 'randomRotation', config: { degrees: 10 } })
 */
export const augmentationFromConfig = (config: NamedConfig): Augmentation =>
  resolveNamed<Augmentation>('augmentationFromConfig', 'augmentation', config, MAKERS);
