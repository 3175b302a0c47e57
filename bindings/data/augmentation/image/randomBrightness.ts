import type { AugmentationOptions, ValueAugmentation, ValueRange } from '../augmentation.js';
import { acrossPixels } from '../draws.js';
import { checkRange, valueOptions } from '../options.js';

export interface RandomBrightnessOptions extends AugmentationOptions {
  /** Largest change of all values either way, in their own unit, or [least, largest]; 0.1 by default. */
  delta?: ValueRange;
}

/**
 * Adds one random number, uniform in its range, to all values of an image. Not clipped: see `clipValues`. As Keras'
 * RandomBrightness.
 *
 * @throws OptionError for a range out of order.
 * @example await model.fit(x, y, { augment: [randomBrightness({ delta: 0.2 }), clipValues(0, 1)] });
 */
export function randomBrightness(options: RandomBrightnessOptions = {}): ValueAugmentation {
  const where = 'randomBrightness';
  const { probability, ...common } = valueOptions(where, options, ['delta']);
  const range = checkRange(where, 'delta', options.delta ?? 0.1, 0);
  return {
    ...common,
    samples: 'any',
    apply(x, draws) {
      const [delta] = draws.values(probability, [{ range, neutral: 0 }]);
      return x.add(acrossPixels(delta!));
    },
  };
}
