import { log } from '../../../runtime/math.js';
import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkAmount, geometricOptions } from '../options.js';

export interface RandomResizedCropOptions extends AugmentationOptions, FillOptions {
  /** Share of the area that is kept, [least, largest]; [0.6, 1] by default. */
  area?: ValueRange;
  /** Width over height of what is kept, relative to the image's; [3/4, 4/3] by default. */
  aspectRatio?: ValueRange;
}

/**
 * Cuts a window of random area, shape and place out and stretches it to the size of the image; bilinear. The area is uniform
 * in its range, the ratio in its logarithm; a side that would be longer than the image's is cut to it. As torchvision's
 * RandomResizedCrop (Szegedy et al. 2015).
 *
 * @throws OptionError for ranges out of order.
 * @example await model.fit(x, y, { augment: [randomResizedCrop({ area: [0.7, 1] })] });
 */
export function randomResizedCrop(options: RandomResizedCropOptions = {}): GeometricAugmentation {
  const where = 'randomResizedCrop';
  const { probability, ...common } = geometricOptions(where, options, ['area', 'aspectRatio']);
  const area = checkAmount(where, 'area', options.area ?? [0.6, 1], { above: 0, maximum: 1 });
  const [least, largest] = checkAmount(where, 'aspectRatio', options.aspectRatio ?? [3 / 4, 4 / 3], { above: 0 });
  return {
    ...common,
    samples: 'image',
    warping({ height, width }, draws) {
      const place = { range: [-0.5, 0.5] as const, neutral: 0 };
      const [drawnArea, logRatio, down, right] = draws.values(probability, [
        { range: area, neutral: 1 },
        { range: [log(least), log(largest)], neutral: 0 },
        place,
        place,
      ]);
      const ratio = logRatio!.exp();
      const y = drawnArea!.div(ratio).sqrt().minimum(1);
      const x = drawnArea!.mul(ratio).sqrt().minimum(1);
      // The centre of the window can move by what is left between the centres of the first and last pixel.
      const y0 = down!.mul(y.affine(1 - height, height - 1));
      const x0 = right!.mul(x.affine(1 - width, width - 1));
      return { map: { yy: y, yx: 0, y0, xy: 0, xx: x, x0 } };
    },
  };
}
