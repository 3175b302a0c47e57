import { formatShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import type { LayerOptions } from './options.js';

export interface CutoutOptions extends LayerOptions {
  /** What the square is filled with; 0 by default. */
  fill?: number;
  /** Share of the images that are cut; 1 by default. */
  probability?: number;
}

/** 1 along an axis of `sides` where |position - centre| falls into a window of `size`, 0 elsewhere. */
function window(centre: Tensor, sides: readonly number[], size: number): Tensor {
  const first = centre.sub(Math.floor(size / 2));
  const position = centre.graph.iota(sides);
  return position.greaterEqual(first).mul(position.less(first.add(size)));
}

/**
 * Cutout: in training each image loses one square at a random place, its centre anywhere in the image, so that squares may
 * reach over the border. DeVries & Taylor 2017.
 *
 * Shapes: x and y [batch, height, width, channels].
 *
 * @param size Side of the square in pixels.
 * @throws ShapeError for samples that are no images. @throws OptionError for a size below 1.
 * @example cutout(8)
 */
export function cutout(size: number, options: CutoutOptions = {}): Layer {
  const where = options.name ?? 'cutout';
  checkOptions(where, options, ['name', 'inputShape', 'fill', 'probability']);
  const { fill = 0, probability = 1, ...rest } = options;
  checkNumber(where, 'size', size, { minimum: 1, integer: true });
  checkNumber(where, 'fill', fill);
  checkNumber(where, 'probability', probability, { minimum: 0, maximum: 1 });
  return layer({
    kind: 'cutout',
    ...rest,
    config: { size, fill, probability },
    build({ inputShapes: [shape = []] }) {
      if (shape.length === 3) return;
      throw new ShapeError(`${where}: expected images [height, width, channels], got ${formatShape(shape)}.`);
    },
    call([x], { graph, stochastic }) {
      if (!stochastic) return x!;
      const [batch, height, width] = x!.shape as [number, number, number];
      const perImage = [batch, 1, 1, 1];
      const centre = (side: number) => graph.randomUniform(perImage).mul(side).floor();
      const rows = window(centre(height), [1, height, 1, 1], size);
      const columns = window(centre(width), [1, 1, width, 1], size);
      const isCut = rows.mul(columns).mul(graph.randomUniform(perImage).less(probability));
      return isCut.where(fill, x!);
    },
  });
}
