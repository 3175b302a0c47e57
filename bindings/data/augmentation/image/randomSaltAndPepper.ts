import { checkNumber } from '../../../runtime/suggest.js';
import type { AugmentationOptions, ValueAugmentation, ValueRange } from '../augmentation.js';
import { acrossPixels } from '../draws.js';
import { checkAmount, valueOptions } from '../options.js';

export interface RandomSaltAndPepperOptions extends AugmentationOptions {
  /** Share of the pixels that are replaced, or [least, largest] to draw one for each image; 0.02 by default. */
  amount?: ValueRange;
  /** What half of them become; 1 by default. */
  salt?: number;
  /** What the others become; 0 by default. */
  pepper?: number;
}

/**
 * Makes random pixels, with all their channels, as bright or as dark as can be. As scikit-image's random_noise (s&p).
 *
 * @throws OptionError for an amount out of order or beyond 0 to 1.
 * @example await model.fit(x, y, { augment: [randomSaltAndPepper({ amount: [0, 0.05] })] });
 */
export function randomSaltAndPepper(options: RandomSaltAndPepperOptions = {}): ValueAugmentation {
  const where = 'randomSaltAndPepper';
  const { probability, ...common } = valueOptions(where, options, ['amount', 'salt', 'pepper']);
  const range = checkAmount(where, 'amount', options.amount ?? 0.02, { minimum: 0, maximum: 1 });
  const salt = checkNumber(where, 'salt', options.salt ?? 1);
  const pepper = checkNumber(where, 'pepper', options.pepper ?? 0);
  return {
    ...common,
    samples: 'image',
    apply(x, draws) {
      const [amount] = draws.values(probability, [{ range, neutral: 0 }]);
      const half = acrossPixels(amount!.mul(0.5));
      const drawn = draws.uniform([...x.shape.slice(1, 3), 1]);
      const isPepper = drawn.less(half);
      const isSalt = drawn.greaterEqual(half.affine(-1, 1));
      return isPepper.where(pepper, isSalt.where(salt, x));
    },
  };
}
