import { unknownName } from '../../../runtime/suggest.js';
import type { AffineMap } from '../affineMap.js';
import type { AugmentationOptions, GeometricAugmentation } from '../augmentation.js';
import type { SampleDraws } from '../draws.js';
import { geometricOptions } from '../options.js';

export interface RandomFlipOptions extends AugmentationOptions {
  /** Left and right change places, top and bottom do, or each by a coin of its own; 'horizontal' by default. */
  mode?: 'horizontal' | 'vertical' | 'both';
}

const MODES = { horizontal: [false, true], vertical: [true, false], both: [true, true] } as const;

/**
 * Mirrors images at random: `probability` is 0.5 by default. As Keras' RandomFlip.
 *
 * @throws OptionError for an unknown mode.
 * @example await model.fit(x, y, { augment: [randomFlip({ mode: 'horizontal' })] });
 */
export function randomFlip(options: RandomFlipOptions = {}): GeometricAugmentation {
  const where = 'randomFlip';
  const { probability, ...common } = geometricOptions(where, options, ['mode'], 0.5);
  const { mode = 'horizontal' } = options;
  if (!Object.hasOwn(MODES, mode)) unknownName(where, 'mode', String(mode), Object.keys(MODES));
  const [flipsRows, flipsColumns] = MODES[mode];
  const sign = (draws: SampleDraws) => draws.coin(probability).affine(-2, 1);
  return {
    ...common,
    samples: 'image',
    warping(_, draws): { map: AffineMap } {
      const yy = flipsRows ? sign(draws) : 1;
      const xx = flipsColumns ? sign(draws) : 1;
      return { map: { yy, yx: 0, y0: 0, xy: 0, xx, x0: 0 } };
    },
  };
}
