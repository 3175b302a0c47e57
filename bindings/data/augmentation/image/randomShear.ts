import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkRange, geometricOptions } from '../options.js';

export interface RandomShearOptions extends AugmentationOptions, FillOptions {
  /** Pixels by which rows slide sideways for each pixel of height, d for -d to d, or [least, largest]; 0.1 by default. */
  x?: ValueRange;
  /** Pixels by which columns slide down for each pixel of width; 0 by default. */
  y?: ValueRange;
}

/**
 * Slants images by random slopes, uniform in their ranges; bilinear. As Keras' RandomShear.
 *
 * @throws OptionError for ranges out of order.
 * @example await model.fit(x, y, { augment: [randomShear({ x: 0.2 })] });
 */
export function randomShear(options: RandomShearOptions = {}): GeometricAugmentation {
  const where = 'randomShear';
  const { probability, ...common } = geometricOptions(where, options, ['x', 'y']);
  const sideways = checkRange(where, 'x', options.x ?? 0.1, 0);
  const down = checkRange(where, 'y', options.y ?? 0, 0);
  return {
    ...common,
    samples: 'image',
    warping(_, draws) {
      const [x, y] = draws.values(probability, [
        { range: sideways, neutral: 0 },
        { range: down, neutral: 0 },
      ]);
      return { map: { yy: 1, yx: y!.neg(), y0: 0, xy: x!.neg(), xx: 1, x0: 0 } };
    },
  };
}
