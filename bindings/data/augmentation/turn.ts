// Sine and cosine of vectors, made of products and sums alone: a few per sample are not worth a kernel of their own.

import type { Tensor } from '../../graph/tensor.js';

/**
 * Of angles in degrees. The series of a quarter of the angle, which is at most pi/4, and two doublings; error below 1e-6 for
 * angles up to ten turns, exact at 0.
 */
export function sineCosine(degrees: Tensor): { sine: Tensor; cosine: Tensor } {
  const turns = degrees.mul(1 / 360);
  const quarter = turns.sub(turns.round()).mul(Math.PI / 2);
  const square = quarter.square();
  const series = (factors: readonly number[]): Tensor =>
    factors.reduceRight<Tensor | undefined>(
      (inner, factor) => (inner ? inner.mul(square).affine(-factor, 1) : square.affine(-factor, 1)),
      undefined,
    )!;
  let sine = quarter.mul(series([1 / 6, 1 / 20, 1 / 42, 1 / 72]));
  let cosine = series([1 / 2, 1 / 12, 1 / 30, 1 / 56]);
  for (let doubling = 0; doubling < 2; doubling++) {
    [sine, cosine] = [sine.mul(cosine).mul(2), sine.square().affine(-2, 1)];
  }
  return { sine, cosine };
}
