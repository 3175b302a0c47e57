// Windows over images: what the rules of convolutions and pooling check.

import type { OpName, Pair, Windows } from '../graph/op.js';
import { formatShape, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { positionsOf } from '../graph/windows.js';
import { DTypeError, ShapeError } from '../runtime/errors.js';

/** Height and width of images [batch, height, width, channels]. */
export const sizeOfImage = (image: Tensor): Pair => [image.shape[1]!, image.shape[2]!];

/** How errors name an op on images; throws unless all inputs are float32 of four axes; `kernel` may be int8, too. */
export function checkImages(op: OpName, inputs: readonly Tensor[], kernel?: Tensor): string {
  const { scope } = inputs[0]!.graph;
  const where = scope ? `${scope}/${op}` : op;
  for (const input of inputs) {
    const isFit = input.dtype === 'float32' || (input === kernel && input.dtype === 'int8');
    if (!isFit) throw new DTypeError(`${where}: expected float32, got ${input.describe()}.`);
    if (input.rank !== 4) throw new ShapeError(`${where}: expected 4 axes, got ${input.describe()}.`);
  }
  return where;
}

/** How many windows there are along the height and width of `shape`. */
export function windowCounts(where: string, shape: Shape, reach: Pair, { strides, pads }: Windows): Pair {
  const count = (axis: 0 | 1): number => {
    const side = shape[axis + 1]!;
    const positions = positionsOf(side, reach[axis], strides[axis], pads[axis]);
    if (positions > 0) return positions;
    throw new ShapeError(
      `${where}: a window of ${reach[axis]} does not fit into ${side} ${axis ? 'columns' : 'rows'} of ` +
        `${formatShape(shape)} with ${pads[axis][0]} + ${pads[axis][1]} of padding.`,
    );
  };
  return [count(0), count(1)];
}

/** Throws unless `dy` has a pixel for each window over images of this shape. */
export function checkResult(where: string, dy: Tensor, shape: Shape, reach: Pair, windows: Windows): void {
  const [height, width] = windowCounts(where, shape, reach, windows);
  if (dy.shape[0] === shape[0] && dy.shape[1] === height && dy.shape[2] === width) return;
  throw new ShapeError(
    `${where}: ${dy.describe()} has not one pixel for each window over ${formatShape(shape)}: expected ` +
      `${formatShape([shape[0]!, height, width, 'channels'])}.`,
  );
}
