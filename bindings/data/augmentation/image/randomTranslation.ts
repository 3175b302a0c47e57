import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkRange, geometricOptions } from '../options.js';

export interface RandomTranslationOptions extends AugmentationOptions, FillOptions {
  /** Largest shift up or down as a share of the height, or [least, largest], positive ones down. 0.1 by default. */
  height?: ValueRange;
  /** Largest shift left or right as a share of the width, or [least, largest], positive ones right. 0.1 by default. */
  width?: ValueRange;
}

/**
 * Shifts images by a random part of their size, each way uniform in its range; bilinear. As Keras' RandomTranslation.
 *
 * @throws OptionError for ranges out of order, or beyond the whole size.
 * @example await model.fit(x, y, { augment: [randomTranslation({ height: 0.1, width: 0.1 })] });
 */
export function randomTranslation(options: RandomTranslationOptions = {}): GeometricAugmentation {
  const where = 'randomTranslation';
  const { probability, ...common } = geometricOptions(where, options, ['height', 'width']);
  const share = { minimum: -1, maximum: 1 };
  const down = checkRange(where, 'height', options.height ?? 0.1, 0, share);
  const right = checkRange(where, 'width', options.width ?? 0.1, 0, share);
  return {
    ...common,
    samples: 'image',
    warping({ height, width }, draws) {
      const [y, x] = draws.values(probability, [
        { range: down, neutral: 0 },
        { range: right, neutral: 0 },
      ]);
      return { map: { yy: 1, yx: 0, y0: y!.mul(-height), xy: 0, xx: 1, x0: x!.mul(-width) } };
    },
  };
}
