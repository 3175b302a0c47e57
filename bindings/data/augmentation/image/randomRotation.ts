import type { AugmentationOptions, FillOptions, GeometricAugmentation, ValueRange } from '../augmentation.js';
import { checkRange, geometricOptions } from '../options.js';
import { sineCosine } from '../turn.js';

export interface RandomRotationOptions extends AugmentationOptions, FillOptions {
  /** Largest angle either way, or [least, largest]; positive ones turn anticlockwise. 10 by default. */
  degrees?: ValueRange;
}

/**
 * Turns images about their centre by a random angle, uniform in its range; bilinear. As Keras' RandomRotation.
 *
 * @throws OptionError for a range out of order.
 * @example await model.fit(x, y, { augment: [randomRotation({ degrees: 15 })] });
 */
export function randomRotation(options: RandomRotationOptions = {}): GeometricAugmentation {
  const where = 'randomRotation';
  const { probability, ...common } = geometricOptions(where, options, ['degrees']);
  const range = checkRange(where, 'degrees', options.degrees ?? 10, 0);
  return {
    ...common,
    samples: 'image',
    warping(_, draws) {
      const [degrees] = draws.values(probability, [{ range, neutral: 0 }]);
      const { sine, cosine } = sineCosine(degrees!);
      // Rows go down: what turns anticlockwise on the screen is read clockwise.
      return { map: { yy: cosine, yx: sine, y0: 0, xy: sine.neg(), xx: cosine, x0: 0 } };
    },
  };
}
