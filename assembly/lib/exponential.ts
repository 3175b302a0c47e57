// e^x on four lanes, and the pieces from which the functions built on e^x are made.
//
// x = n ln 2 + r with a whole n and |r| <= ln 2 / 2, so that e^x = 2^n e^r. Adding 1.5 * 2^23 rounds x / ln 2 to n and
// leaves n in the low bits of the sum (`shifted`), which spares a conversion to integers.

import { ONE, SIGN_BIT, broadcast } from './constants';
import { multiplyAdd, quartic } from './polynomial';

const INVERSE_LN2 = memory.data<f32>([1.44269504]);
/** 1.5 * 2^23; its bits less 2 * 127; its bits less 127. */
const SHIFT = memory.data<f32>([12582912]);
const TWICE_BIASED = memory.data<i32>([0x4b400000 - 254]);
const BIASED = memory.data<i32>([0x4b400000 - 127]);
/** ln 2 cut after 15 bits, so that its product with n is exact; and what is left. */
const LN2_HIGH = memory.data<f32>([0.693145752]);
const LN2_LOW = memory.data<f32>([1.42860677e-6]);
/** (e^r - 1 - r) / r^2, which leaves e^r - 1 within 2^-26 before rounding. */
const EXPM1 = memory.data<f32>([0.5, 0.166665375, 0.041666612, 0.008367301, 0.0013917537]);

/** Below this e^x rounds to 0; above `LARGEST` it overflows. */
const SMALLEST = memory.data<f32>([-104]);
const LARGEST = memory.data<f32>([89]);
/** Below this e^x - 1 rounds to -1. */
const SATURATION = memory.data<f32>([-30]);

/** The shifted n of x. */
@inline
export function shiftedPower(x: v128): v128 {
  return multiplyAdd(x, broadcast(INVERSE_LN2), broadcast(SHIFT));
}

/** The same for an x that is n already. */
@inline
export function shiftedWhole(n: v128): v128 {
  return f32x4.add(n, broadcast(SHIFT));
}

/** r = x - n ln 2, for |n| <= 512. */
@inline
export function remainder(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, broadcast(SHIFT));
  const high = f32x4.sub(x, f32x4.mul(n, broadcast(LN2_HIGH)));
  return f32x4.sub(high, f32x4.mul(n, broadcast(LN2_LOW)));
}

/** e^r - 1 for |r| <= 0.35 */
@inline
function expm1Remainder(r: v128): v128 {
  return multiplyAdd(f32x4.mul(r, r), quartic(r, EXPM1), r);
}

/** e^r for |r| <= 0.35 */
@inline
export function expRemainder(r: v128): v128 {
  return f32x4.add(expm1Remainder(r), broadcast(ONE));
}

/** y 2^n for -252 <= n <= 254, in two steps of which only the second can round, overflow or become subnormal. */
@inline
export function scaleByPower(y: v128, shifted: v128): v128 {
  const exponents = i32x4.sub(shifted, broadcast(TWICE_BIASED));
  const half = i32x4.shr_u(exponents, 1);
  const first = i32x4.shl(half, 23);
  const second = i32x4.shl(i32x4.sub(exponents, half), 23);
  return f32x4.mul(f32x4.mul(y, first), second);
}

/** e^x for -174 <= x <= 0 (or NaN). Maximum error as for `exp`. */
@inline
export function expOfNegative(x: v128): v128 {
  const shifted = shiftedPower(x);
  return scaleByPower(expRemainder(remainder(x, shifted)), shifted);
}

/** e^x. Maximum error 1.02 ULP over all 2^32 inputs, subnormal results included. */
@inline
export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, broadcast(SMALLEST)), broadcast(LARGEST));
  const shifted = shiftedPower(bounded);
  return scaleByPower(expRemainder(remainder(bounded, shifted)), shifted);
}

/** e^x - 1 for x <= 88. Maximum error 1.1 ULP for x <= 0. */
@inline
export function expm1(x: v128): v128 {
  const bounded = f32x4.pmax(x, broadcast(SATURATION));
  const shifted = shiftedPower(bounded);
  const power = i32x4.shl(i32x4.sub(shifted, broadcast(BIASED)), 23);
  const grown = multiplyAdd(expm1Remainder(remainder(bounded, shifted)), power, f32x4.sub(power, broadcast(ONE)));
  return v128.or(grown, v128.and(x, broadcast(SIGN_BIT)));
}
