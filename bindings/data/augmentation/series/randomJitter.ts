import type { ValueAugmentation } from '../augmentation.js';
import { randomGaussianNoise, type RandomGaussianNoiseOptions } from '../image/randomGaussianNoise.js';

/**
 * Adds an independent normal number to each value of a series, as a sensor does: the noise of `randomGaussianNoise` by its name
 * in the literature of time series (Um et al. 2017).
 *
 * @throws OptionError for a range out of order or below 0.
 * @example await model.fit(x, y, { augment: [randomJitter({ stddev: 0.05 })] });
 */
export function randomJitter(options: RandomGaussianNoiseOptions = {}): ValueAugmentation {
  return { ...randomGaussianNoise(options), name: 'randomJitter', samples: 'series' };
}
