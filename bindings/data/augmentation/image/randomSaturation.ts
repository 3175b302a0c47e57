import type { AugmentationOptions, ValueAugmentation, ValueRange } from '../augmentation.js';
import { checkRange, valueOptions } from '../options.js';
import { checkColours, greyOf, stretched } from './colour.js';

export interface RandomSaturationOptions extends AugmentationOptions {
  /** 0 is grey, 1 as it is: d for 1 - d to 1 + d, or [least, largest]; 0.2 by default. */
  factor?: ValueRange;
}

/**
 * y = (x - grey) f + grey with the luma of each pixel as grey (ITU-R BT.601) and one random f an image, uniform in its range.
 * As torchvision's ColorJitter (saturation).
 *
 * @throws OptionError for a range out of order. @throws ShapeError for images without three channels.
 * @example await model.fit(x, y, { augment: [randomSaturation({ factor: 0.4 })] });
 */
export function randomSaturation(options: RandomSaturationOptions = {}): ValueAugmentation {
  const where = 'randomSaturation';
  const { probability, ...common } = valueOptions(where, options, ['factor']);
  const range = checkRange(where, 'factor', options.factor ?? 0.2, 1, { minimum: 0 });
  return {
    ...common,
    samples: 'image',
    apply(x, draws) {
      checkColours(where, x);
      const [factor] = draws.values(probability, [{ range, neutral: 1 }]);
      return stretched(x, greyOf(x), factor!);
    },
  };
}
