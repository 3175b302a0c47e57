// softplus(x) = ln(1 + e^x) on four lanes.

import { expOfNegative } from './exponential';
import { log1pOfFraction } from './logarithm';

/** From here on e^-|x| is 0. */
const VANISHING: f32 = 104;

/** max(x, 0) + ln(1 + e^-|x|) */
@inline
export function softplus(x: v128): v128 {
  const z = expOfNegative(f32x4.pmax(f32x4.neg(f32x4.abs(x)), f32x4.splat(-VANISHING)));
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), log1pOfFraction(z));
}
