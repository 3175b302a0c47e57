import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkRange, geometricOptions } from '../options.js';

export interface RandomShiftOptions extends AugmentationOptions, FillOptions {
  /** Largest shift as a share of the length, or [least, largest], positive ones later; 0.1 by default. */
  share?: ValueRange;
}

/**
 * Moves series along time by a random part of their length, uniform in its range. What comes in is the first or last value, or
 * with `fillMode: 'wrap'` what went out on the other side.
 *
 * @throws OptionError for a range out of order, or beyond the whole length.
 * @example await model.fit(x, y, { augment: [randomShift({ share: 0.2, fillMode: 'wrap' })] });
 */
export function randomShift(options: RandomShiftOptions = {}): GeometricAugmentation {
  const where = 'randomShift';
  const { probability, ...common } = geometricOptions(where, options, ['share']);
  const range = checkRange(where, 'share', options.share ?? 0.1, 0, { minimum: -1, maximum: 1 });
  return {
    ...common,
    samples: 'series',
    warping({ height: steps }, draws) {
      const [share] = draws.values(probability, [{ range, neutral: 0 }]);
      return { map: { yy: 1, yx: 0, y0: share!.mul(-steps), xy: 0, xx: 1, x0: 0 } };
    },
  };
}
