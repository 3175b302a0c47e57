import { checkNumber } from '../../../runtime/suggest.js';
import type { AugmentationOptions, ValueAugmentation } from '../augmentation.js';
import { acrossPixels } from '../draws.js';
import { valueOptions } from '../options.js';

export interface RandomScalingOptions extends AugmentationOptions {
  /** Standard deviation of the factors about 1; 0.1 by default. */
  stddev?: number;
}

/**
 * Multiplies each channel of a series by one normal number about 1. Um et al. 2017.
 *
 * @throws OptionError for a stddev below 0.
 * @example await model.fit(x, y, { augment: [randomScaling({ stddev: 0.1 })] });
 */
export function randomScaling(options: RandomScalingOptions = {}): ValueAugmentation {
  const where = 'randomScaling';
  const { probability, ...common } = valueOptions(where, options, ['stddev']);
  const stddev = checkNumber(where, 'stddev', options.stddev ?? 0.1, { minimum: 0 });
  return {
    ...common,
    samples: 'series',
    apply(x, draws) {
      const isScaled = draws.coin(probability);
      const change = draws.normal([1, 1, x.shape[3]!]).mul(stddev);
      return x.add(x.mul(change.mul(acrossPixels(isScaled))));
    },
  };
}
