// The error function on four lanes.

import { ONE, SIGN_BIT, broadcast } from './constants';
import { expOfNegative } from './exponential';
import { multiplyAdd, quintic, septic } from './polynomial';

/** Below it erf(x) = x + x p(x^2), above it erf(x) = 1 - e^-q(x). */
const SWITCH = memory.data<f32>([0.85]);
/** From here on erf rounds to 1. */
const SATURATION = memory.data<f32>([3.95]);
/** p and q */
const INNER = memory.data<f32>([0.12837917, -0.3761259, 0.11282865, -0.026807288, 0.0050577037, -0.00063485187]);
const OUTER = memory.data<f32>([
  -0.00015450177, 1.1294156, 0.63355196, 0.10804992, -0.024967859, 0.004112546, -0.0004222052, 2.0020738e-5,
]);

/** erf(x). Maximum error 1.3 ULP. */
@inline
export function erf(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), broadcast(SATURATION));
  const inner = multiplyAdd(size, quintic(f32x4.mul(size, size), INNER), size);
  const outer = f32x4.sub(broadcast(ONE), expOfNegative(f32x4.neg(septic(size, OUTER))));
  const result = v128.bitselect(outer, inner, f32x4.gt(size, broadcast(SWITCH)));
  return v128.or(result, v128.and(x, broadcast(SIGN_BIT)));
}
