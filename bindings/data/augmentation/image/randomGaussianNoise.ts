import type { AugmentationOptions, ValueAugmentation, ValueRange } from '../augmentation.js';
import { acrossPixels } from '../draws.js';
import { checkAmount, valueOptions } from '../options.js';

export interface RandomGaussianNoiseOptions extends AugmentationOptions {
  /** Standard deviation, or [least, largest] to draw one for each sample; 0.05 by default. */
  stddev?: ValueRange;
}

/**
 * Adds an independent normal number to each value of an image or series: y = x + stddev n. Of a series also called jitter.
 *
 * @throws OptionError for a range out of order or below 0.
 * @example await model.fit(x, y, { augment: [randomGaussianNoise({ stddev: [0, 0.1] })] });
 */
export function randomGaussianNoise(options: RandomGaussianNoiseOptions = {}): ValueAugmentation {
  const where = 'randomGaussianNoise';
  const { probability, ...common } = valueOptions(where, options, ['stddev']);
  const range = checkAmount(where, 'stddev', options.stddev ?? 0.05);
  return {
    ...common,
    samples: 'any',
    apply(x, draws) {
      const [stddev] = draws.values(probability, [{ range, neutral: 0 }]);
      return x.add(draws.normal(x.shape.slice(1)).mul(acrossPixels(stddev!)));
    },
  };
}
