// tanh(x) on four lanes.

import { SIGN_BIT, broadcast } from './constants';
import { expm1 } from './exponential';

/** From here on tanh rounds to 1. */
const SATURATION = memory.data<f32>([9.02]);
const TWO = memory.data<f32>([2]);

/** tanh(x) = (e^2|x| - 1) / (e^2|x| + 1) with the sign of x. Maximum error 2.6 ULP. */
@inline
export function tanh(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), broadcast(SATURATION));
  const grown = expm1(f32x4.add(size, size));
  const ratio = f32x4.div(grown, f32x4.add(grown, broadcast(TWO)));
  return v128.or(ratio, v128.and(x, broadcast(SIGN_BIT)));
}
