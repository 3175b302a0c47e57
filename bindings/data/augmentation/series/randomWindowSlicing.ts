import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkAmount, geometricOptions } from '../options.js';

export interface RandomWindowSlicingOptions extends AugmentationOptions, FillOptions {
  /** Share of the length that is kept, or [least, largest]; 0.9 by default. */
  share?: ValueRange;
}

/**
 * Cuts a window out of a series at a random place and stretches it to the whole length. Le Guennec et al. 2016.
 *
 * @throws OptionError for a range out of order or beyond 0 to 1.
 * @example await model.fit(x, y, { augment: [randomWindowSlicing({ share: [0.8, 1] })] });
 */
export function randomWindowSlicing(options: RandomWindowSlicingOptions = {}): GeometricAugmentation {
  const where = 'randomWindowSlicing';
  const { probability, ...common } = geometricOptions(where, options, ['share']);
  const range = checkAmount(where, 'share', options.share ?? 0.9, { above: 0, maximum: 1 });
  return {
    ...common,
    samples: 'series',
    warping({ height: steps }, draws) {
      const [share, place] = draws.values(probability, [
        { range, neutral: 1 },
        { range: [-0.5, 0.5], neutral: 0 },
      ]);
      const y0 = place!.mul(share!.affine(1 - steps, steps - 1));
      return { map: { yy: share!, yx: 0, y0, xy: 0, xx: 1, x0: 0 } };
    },
  };
}
