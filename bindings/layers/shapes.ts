// Layers that only rearrange a sample.

import { formatShape, sizeOf, type Shape } from '../graph/shape.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkOptions } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import type { LayerOptions } from './options.js';

const LAYER_OPTIONS = ['name', 'inputShape'];

/**
 * The values of a sample in another shape, row-major; one side may be -1.
 *
 * @throws ShapeError if the sizes differ.
 * @example reshape([28, 28, 1])
 */
export function reshape(targetShape: Shape, options: LayerOptions = {}): Layer {
  const where = options.name ?? 'reshape';
  checkOptions(where, options, LAYER_OPTIONS);
  const isSide = (side: number) => Number.isInteger(side) && (side > 0 || side === -1);
  const sides: unknown = targetShape;
  if (!Array.isArray(sides) || !targetShape.every(isSide) || targetShape.filter((side) => side < 0).length > 1) {
    throw new OptionError(
      `${where}: targetShape must list positive whole numbers, at most one of them -1, got ${JSON.stringify(targetShape)}.`,
    );
  }
  return layer({
    kind: 'reshape',
    ...options,
    config: { targetShape },
    build({ inputShapes: [shape = []] }) {
      const known = targetShape.reduce((product, side) => (side < 0 ? product : product * side), 1);
      const isOpen = targetShape.includes(-1);
      if (isOpen ? sizeOf(shape) % known === 0 : sizeOf(shape) === known) return;
      throw new ShapeError(
        `${where}: a sample ${formatShape(shape)} has ${sizeOf(shape)} values, which do not fit ${formatShape(targetShape)}.`,
      );
    },
    call: ([x]) => x!.reshape([x!.shape[0]!, ...targetShape]),
  });
}

/**
 * Reorders the axes of a sample. Axes count from 1, as in Keras: 0 would be the batch.
 *
 * @throws ShapeError if the dims are no permutation of the sample's axes.
 * @example permute([2, 1])  // [batch, time, features] to [batch, features, time]
 */
export function permute(dims: readonly number[], options: LayerOptions = {}): Layer {
  const where = options.name ?? 'permute';
  checkOptions(where, options, LAYER_OPTIONS);
  const isPermutation = (rank: number) =>
    [...dims].sort((a, b) => a - b).every((axis, i) => axis === i + 1) && dims.length === rank;
  return layer({
    kind: 'permute',
    ...options,
    config: { dims },
    build({ inputShapes: [shape = []] }) {
      if (isPermutation(shape.length)) return;
      throw new ShapeError(
        `${where}: expected each of the axes 1 to ${shape.length} of ${formatShape(shape)} once, got ${formatShape(dims)}.`,
      );
    },
    call: ([x]) => x!.transpose([0, ...dims]),
  });
}
