// tanh(x) on four lanes.

import { expm1 } from './exponential';

/** From here on tanh rounds to 1. */
const SATURATION: f32 = 9.02;

/** tanh(x) = (e^2|x| - 1) / (e^2|x| + 1) with the sign of x. */
@inline
export function tanh(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), f32x4.splat(SATURATION));
  const grown = expm1(f32x4.add(size, size));
  const ratio = f32x4.div(grown, f32x4.add(grown, f32x4.splat(2)));
  return v128.or(ratio, v128.and(x, f32x4.splat(-0.0)));
}
