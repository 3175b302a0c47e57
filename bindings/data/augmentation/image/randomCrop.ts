import type { Tensor } from '../../../graph/tensor.js';
import { checkNumber } from '../../../runtime/suggest.js';
import type { AugmentationOptions, FillOptions, GeometricAugmentation } from '../augmentation.js';
import { geometricOptions } from '../options.js';

export interface RandomCropOptions extends AugmentationOptions, FillOptions {
  /** Pixels that are put around the image before a window of its size is cut out; 4 by default. */
  padding?: number;
}

/**
 * Pads images on all sides and cuts a window of their own size out at a random place: shifts by whole pixels, from -padding
 * to padding each way. As torchvision's RandomCrop with padding; the augmentation of He et al. 2016 for small images.
 *
 * @throws OptionError for a padding that is no whole number.
 * @example await model.fit(x, y, { augment: [randomCrop({ padding: 4 }), randomFlip()] });
 */
export function randomCrop(options: RandomCropOptions = {}): GeometricAugmentation {
  const where = 'randomCrop';
  const { probability, ...common } = geometricOptions(where, options, ['padding']);
  const padding = checkNumber(where, 'padding', options.padding ?? 4, { minimum: 0, integer: true });
  return {
    ...common,
    samples: 'image',
    warping(_, draws) {
      // Each whole number of -padding to padding is the floor of an interval of length 1, but for a largest draw that is rounded up;
      // a half is neutral, as its floor is 0.
      const range = [-padding, padding + 1] as const;
      const value = { range, neutral: 0.5 };
      const [y, x] = draws.values(probability, [value, value]).map((drawn: Tensor) => drawn.floor().minimum(padding));
      return { map: { yy: 1, yx: 0, y0: y!, xy: 0, xx: 1, x0: x! } };
    },
  };
}
