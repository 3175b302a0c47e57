import type { AugmentationOptions, ValueAugmentation, ValueRange } from '../augmentation.js';
import { acrossPixels } from '../draws.js';
import { checkRange, valueOptions } from '../options.js';
import { sineCosine } from '../turn.js';
import { checkColours, greyOf, stretched, timesMatrix } from './colour.js';

export interface RandomHueOptions extends AugmentationOptions {
  /** Largest turn of the colour circle either way, or [least, largest]; 10 by default. */
  degrees?: ValueRange;
}

/** x - grey turned by 90 degrees in the plane of the colours of one luma (the IQ plane of YIQ), from RGB to RGB. */
const QUARTER_TURN = quarterTurn();

/**
 * Turns the colours of images by a random angle, uniform in its range, and keeps the luma of each pixel: in the plane I, Q of
 * YIQ, as the hue rotation of CSS filters and, but for its colour space, Keras' RandomHue.
 *
 * @throws OptionError for a range out of order. @throws ShapeError for images without three channels.
 * @example await model.fit(x, y, { augment: [randomHue({ degrees: 20 })] });
 */
export function randomHue(options: RandomHueOptions = {}): ValueAugmentation {
  const where = 'randomHue';
  const { probability, ...common } = valueOptions(where, options, ['degrees']);
  const range = checkRange(where, 'degrees', options.degrees ?? 10, 0);
  return {
    ...common,
    samples: 'image',
    apply(x, draws) {
      checkColours(where, x);
      const [degrees] = draws.values(probability, [{ range, neutral: 0 }]);
      const { sine, cosine } = sineCosine(degrees!);
      const turned = timesMatrix(x, QUARTER_TURN).mul(acrossPixels(sine));
      return stretched(x, greyOf(x), cosine).add(turned);
    },
  };
}

/** RGB -> I and Q, turned by 90 degrees (I' = -Q, Q' = I), -> RGB, as a matrix for rows of colours. FCC NTSC standard, 1953. */
function quarterTurn(): number[][] {
  const toI = [0.5959, -0.2746, -0.3213];
  const toQ = [0.2115, -0.5227, 0.3112];
  const fromI = [0.956, -0.272, -1.106];
  const fromQ = [0.619, -0.647, 1.703];
  return toI.map((_, from) => fromI.map((_, to) => -toQ[from]! * fromI[to]! + toI[from]! * fromQ[to]!));
}
