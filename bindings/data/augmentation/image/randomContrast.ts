import type { AugmentationOptions, ValueAugmentation, ValueRange } from '../augmentation.js';
import { checkRange, valueOptions } from '../options.js';
import { stretched } from './colour.js';

export interface RandomContrastOptions extends AugmentationOptions {
  /** By how much the distance from the mean is multiplied: d for 1 - d to 1 + d, or [least, largest]; 0.2 by default. */
  factor?: ValueRange;
}

/**
 * y = (x - mean) f + mean with the mean of each channel of the image and one random f, uniform in its range. As Keras'
 * RandomContrast.
 *
 * @throws OptionError for a range out of order or factors below 0.
 * @example await model.fit(x, y, { augment: [randomContrast({ factor: 0.3 })] });
 */
export function randomContrast(options: RandomContrastOptions = {}): ValueAugmentation {
  const where = 'randomContrast';
  const { probability, ...common } = valueOptions(where, options, ['factor']);
  const range = checkRange(where, 'factor', options.factor ?? 0.2, 1, { minimum: 0 });
  return {
    ...common,
    samples: 'image',
    apply(x, draws) {
      const [factor] = draws.values(probability, [{ range, neutral: 1 }]);
      return stretched(x, x.mean({ axis: [1, 2], keepDims: true }), factor!);
    },
  };
}
