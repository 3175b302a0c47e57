import type { Tensor } from '../../../graph/tensor.js';
import { checkNumber } from '../../../runtime/suggest.js';
import type { AugmentationOptions, ValueAugmentation, ValueRange } from '../augmentation.js';
import { acrossPixels } from '../draws.js';
import { checkAmount, valueOptions } from '../options.js';

export interface RandomCutoutOptions extends AugmentationOptions {
  /** Side of the square as a share of the image's, or [least, largest] to draw height and width each; 0.3 by default. */
  size?: ValueRange;
  /** What is in the hole; 0 by default. */
  fillValue?: number;
}

/**
 * Covers a rectangle of each image. Its centre is a random pixel, so that at the border a part of it lies outside, as in DeVries &
 * Taylor 2017; with a range of sizes and a probability it is the random erasing of Zhong et al. 2017.
 *
 * @throws OptionError for sizes out of order or beyond 0 to 1.
 * @example await model.fit(x, y, { augment: [randomCutout({ size: [0.1, 0.4], probability: 0.5 })] });
 */
export function randomCutout(options: RandomCutoutOptions = {}): ValueAugmentation {
  const where = 'randomCutout';
  const { probability, ...common } = valueOptions(where, options, ['size', 'fillValue']);
  const range = checkAmount(where, 'size', options.size ?? 0.3, { minimum: 0, maximum: 1 });
  const fillValue = checkNumber(where, 'fillValue', options.fillValue ?? 0);
  return {
    ...common,
    samples: 'image',
    apply(x, draws) {
      const [, height, width] = x.shape as [number, number, number];
      const size = { range, neutral: 0 };
      const place = { range: [0, 1] as const, neutral: 0 };
      const [tall, wide, down, right] = draws.values(probability, [size, size, place, place]);
      const rows = x.graph.iota([1, height, 1, 1]);
      const columns = x.graph.iota([1, 1, width, 1]);
      const isCut = covers(rows, height, down!, tall!).mul(covers(columns, width, right!, wide!));
      return isCut.where(fillValue, x);
    },
  };
}

/** Which places of an axis lie in an interval of a share of its length about a random one of them. */
function covers(places: Tensor, length: number, centre: Tensor, share: Tensor): Tensor {
  const middle = acrossPixels(centre.mul(length).floor());
  const half = acrossPixels(share.mul(length / 2));
  const distance = places.sub(middle);
  return distance.greaterEqual(half.neg()).mul(distance.less(half));
}
