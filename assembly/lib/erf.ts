// The error function on four lanes.

import { expOfNegative } from './exponential';
import { multiplyAdd, quartic, quintic } from './polynomial';

/** Below it a polynomial in x^2 serves, above it 1 - e^-q(x). */
const SWITCH: f32 = 0.85;
/** From here on erf rounds to 1. */
const SATURATION: f32 = 3.95;

/** erf(x) */
@inline
export function erf(x: v128): v128 {
  const size = f32x4.pmin(f32x4.abs(x), f32x4.splat(SATURATION));
  const square = f32x4.mul(size, size);
  const excess = quintic(square, 0.12837917, -0.3761259, 0.11282865, -0.026807288, 0.0050577037, -0.00063485187);
  const inner = multiplyAdd(size, excess, size);
  // q(x) = -ln(1 - erf(x)), a polynomial of degree 7
  const upper = quartic(size, 0.10804992, -0.024967859, 0.004112546, -0.0004222052, 2.0020738e-5);
  const middle = multiplyAdd(multiplyAdd(upper, size, f32x4.splat(0.63355196)), size, f32x4.splat(1.1294156));
  const q = multiplyAdd(middle, size, f32x4.splat(-0.00015450177));
  const outer = f32x4.sub(f32x4.splat(1), expOfNegative(f32x4.neg(q)));
  const result = v128.bitselect(outer, inner, f32x4.gt(size, f32x4.splat(SWITCH)));
  return v128.or(result, v128.and(x, f32x4.splat(-0.0)));
}
