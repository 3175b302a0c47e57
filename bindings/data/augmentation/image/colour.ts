// What the augmentations of colours share.

import type { Tensor } from '../../../graph/tensor.js';
import { ShapeError } from '../../../runtime/errors.js';
import { acrossPixels } from '../draws.js';

/** Weights of red, green and blue in what an image looks like without colour: the luma of ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** @throws ShapeError unless the images [batch, height, width, channels] have three channels. */
export function checkColours(where: string, x: Tensor): void {
  if (x.shape.at(-1) === 3) return;
  throw new ShapeError(
    `${where}: expected images with 3 channels (red, green, blue), got ${x.shape.at(-1)}. Leave it out for grey images.`,
  );
}

/** The luma of each pixel, in all three channels. */
export const greyOf = (x: Tensor): Tensor =>
  timesMatrix(
    x,
    LUMA.map((weight) => [weight, weight, weight]),
  );

/** centre + (x - centre) factor, as x + (x - centre) (factor - 1): images whose factor is 1 keep their bits. */
export const stretched = (x: Tensor, centre: Tensor, factor: Tensor): Tensor =>
  x.add(x.sub(centre).mul(acrossPixels(factor.sub(1))));

/** The three channels times a matrix [3, 3] (rows: from, columns: to). */
export function timesMatrix(x: Tensor, matrix: readonly (readonly number[])[]): Tensor {
  return x.matmul(x.graph.table(matrix.flat()).reshape([3, 3]));
}
