// A turn, a shift and a zoom of images in float64, with zeros outside.

import type { AugmentationCase } from '../subject.js';

/** Right answers were seen to differ by 3e-6. */
const TOLERANCE = 5e-5;
/** Largest root mean square of what elastic bending and noise change, for images of values in [-1, 1). */
const LARGEST_CHANGE = 0.8;

export function checkAugmentation(given: AugmentationCase, output: Float32Array): string | undefined {
  if (output.length !== given.images.length)
    return `there are ${output.length} values, expected ${given.images.length}`;
  const isExact = given.elasticAlpha === undefined && given.noise === undefined;
  let squares = 0;
  for (let i = 0; i < output.length; i++) {
    const difference = output[i]! - valueAt(given, i);
    if (isExact && !(Math.abs(difference) <= TOLERANCE)) return `value ${i} is ${output[i]}, off by ${difference}`;
    squares += difference * difference;
  }
  const change = Math.sqrt(squares / output.length);
  if (isExact || (change > (given.noise ?? 0) / 2 && change < LARGEST_CHANGE)) return undefined;
  return `bending and noise change values by ${change}`;
}

/** Where the content of a pixel was: the shift, the zoom and the turn undone, in the order opposite to that of the list. */
function valueAt({ images, side, degrees, shift, zoom }: AugmentationCase, index: number): number {
  const centre = (side - 1) / 2;
  const place = index % (side * side);
  const y = (Math.floor(place / side) - centre) / zoom - shift * side;
  const x = ((place % side) - centre) / zoom - shift * side;
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const [sourceY, sourceX] = [cosine * y + sine * x + centre, cosine * x - sine * y + centre];
  const [top, left] = [Math.floor(sourceY), Math.floor(sourceX)];
  const pixel = (row: number, column: number) =>
    row < 0 || column < 0 || row >= side || column >= side ? 0 : images[index - place + row * side + column]!;
  const [shareY, shareX] = [sourceY - top, sourceX - left];
  const across = (row: number) => pixel(row, left) * (1 - shareX) + pixel(row, left + 1) * shareX;
  return across(top) * (1 - shareY) + across(top + 1) * shareY;
}
