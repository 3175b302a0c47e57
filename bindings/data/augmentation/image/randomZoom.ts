import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkRange, geometricOptions } from '../options.js';
import { checkFlag } from '../../../runtime/suggest.js';

export interface RandomZoomOptions extends AugmentationOptions, FillOptions {
  /** By how much the contents grow, d for 1 - d to 1 + d, or [least, largest]; above 1 is nearer. 0.1 by default. */
  factor?: ValueRange;
  /** Whether height and width grow alike; true by default. */
  keepsAspect?: boolean;
}

/**
 * Scales what images show about their centre by a random factor, uniform in its range; bilinear. As torchvision's
 * RandomAffine (scale) and, with the reciprocal, Keras' RandomZoom.
 *
 * @throws OptionError for a range out of order or factors that are not above 0.
 * @example await model.fit(x, y, { augment: [randomZoom({ factor: [0.9, 1.2] })] });
 */
export function randomZoom(options: RandomZoomOptions = {}): GeometricAugmentation {
  const where = 'randomZoom';
  const { probability, ...common } = geometricOptions(where, options, ['factor', 'keepsAspect']);
  const range = checkRange(where, 'factor', options.factor ?? 0.1, 1, { above: 0 });
  const keepsAspect = checkFlag(where, 'keepsAspect', options.keepsAspect ?? true);
  return {
    ...common,
    samples: 'image',
    warping(_, draws) {
      const factor = { range, neutral: 1 };
      const [y, x] = draws.values(probability, keepsAspect ? [factor] : [factor, factor]).map((f) => f.reciprocal());
      return { map: { yy: y!, yx: 0, y0: 0, xy: 0, xx: x ?? y!, x0: 0 } };
    },
  };
}
