import { checkNumber } from '../../../runtime/suggest.js';
import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkAmount, geometricOptions } from '../options.js';
import { smoothingMatrix } from '../smoothing.js';

export interface RandomElasticTransformOptions extends AugmentationOptions, FillOptions {
  /** How far pixels are moved, in pixels times what the smoothing leaves, or [least, largest] for each image; 8 by default. */
  alpha?: ValueRange;
  /** Standard deviation of the smoothing in pixels: small ones crumple, large ones bend; 4 by default. */
  sigma?: number;
}

/**
 * Bends images: each pixel is read alpha d(p) away, where d is noise, uniform in [-1, 1] each way, smoothed by a Gaussian of
 * standard deviation sigma. Simard et al. 2003, which uses alpha 8 (34 in unnormalised units) and sigma 4 for 29x29 digits. As
 * torchvision's ElasticTransform.
 *
 * @throws OptionError for a range out of order, or a sigma that is not above 0.
 * @example await model.fit(x, y, { augment: [randomElasticTransform({ alpha: [0, 10], sigma: 4 })] });
 */
export function randomElasticTransform(options: RandomElasticTransformOptions = {}): GeometricAugmentation {
  const where = 'randomElasticTransform';
  const { probability, ...common } = geometricOptions(where, options, ['alpha', 'sigma']);
  const range = checkAmount(where, 'alpha', options.alpha ?? 8);
  const sigma = checkNumber(where, 'sigma', options.sigma ?? 4, { above: 0 });
  return {
    ...common,
    samples: 'image',
    warping({ height, width }, draws) {
      const [alpha] = draws.values(probability, [{ range, neutral: 0 }]);
      const noise = draws.uniform([2, height, width]).affine(2, -1);
      const { graph } = noise;
      const rows = smoothingMatrix(graph, height, sigma);
      const columns = smoothingMatrix(graph, width, sigma);
      const smooth = rows.matmul(noise).matmul(columns, { transposeB: true });
      return { displacement: smooth.mul(alpha!.reshape([alpha!.size, 1, 1, 1])) };
    },
  };
}
