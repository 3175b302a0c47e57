// e^x on four lanes, and the pieces from which the functions built on e^x are made.
//
// x = n ln 2 + r with a whole n and |r| <= ln 2 / 2, so that e^x = 2^n e^r. Adding 1.5 * 2^23 rounds x / ln 2 to n and leaves
// n in the low bits of the sum (`shifted`), which spares a conversion to integers.

import { multiplyAdd, quartic } from './polynomial';

const SHIFT: f32 = 12582912; // 1.5 * 2^23
const SHIFT_BITS: i32 = 0x4b400000;
const INVERSE_LN2: f32 = 1.44269504;
/** ln 2 cut after 15 bits, so that its product with n is exact; and what is left. */
const LN2_HIGH: f32 = 0.693145752;
const LN2_LOW: f32 = 1.42860677e-6;
const EXPONENT_BIAS: i32 = 127;

/** Below this e^x rounds to 0; above `LARGEST` it overflows. */
const SMALLEST: f32 = -104;
const LARGEST: f32 = 89;

/** n in the low bits of a float; `powerOfTwo` and `scaleByPower` read it there. */
@inline
export function shiftedPower(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(INVERSE_LN2)), f32x4.splat(SHIFT));
}

/** x - n ln 2, for |n| <= 512. */
@inline
export function remainder(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, f32x4.splat(SHIFT));
  const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  return f32x4.sub(high, f32x4.mul(n, f32x4.splat(LN2_LOW)));
}

/** e^r - 1 for |r| <= 0.35, within 2^-26 of its value before rounding. */
@inline
export function expm1Remainder(r: v128): v128 {
  const tail = quartic(r, 0.5, 0.166665375, 0.041666612, 0.008367301, 0.0013917537);
  return multiplyAdd(f32x4.mul(r, r), tail, r);
}

/** e^r for |r| <= 0.35 */
@inline
export function expRemainder(r: v128): v128 {
  return f32x4.add(f32x4.splat(1), expm1Remainder(r));
}

/** 2^n for -126 <= n <= 127 */
@inline
export function powerOfTwo(shifted: v128): v128 {
  return i32x4.shl(i32x4.add(shifted, i32x4.splat(EXPONENT_BIAS - SHIFT_BITS)), 23);
}

/** y 2^n for -252 <= n <= 254, in two steps of which only the second can round, overflow or become subnormal. */
@inline
export function scaleByPower(y: v128, shifted: v128): v128 {
  const n = i32x4.sub(shifted, i32x4.splat(SHIFT_BITS));
  const half = i32x4.shr_s(n, 1);
  const bias = i32x4.splat(EXPONENT_BIAS);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), bias), 23);
  return f32x4.mul(f32x4.mul(y, first), second);
}

/** e^x for -174 <= x <= 0 (or NaN), subnormal results included. */
@inline
export function expOfNegative(x: v128): v128 {
  const shifted = shiftedPower(x);
  return scaleByPower(expRemainder(remainder(x, shifted)), shifted);
}

/** e^x. */
@inline
export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(SMALLEST)), f32x4.splat(LARGEST));
  const shifted = shiftedPower(bounded);
  return scaleByPower(expRemainder(remainder(bounded, shifted)), shifted);
}

/** e^x - 1 for x <= 88. */
@inline
export function expm1(x: v128): v128 {
  const bounded = f32x4.pmax(x, f32x4.splat(SMALLEST / 2));
  const shifted = shiftedPower(bounded);
  const power = powerOfTwo(shifted);
  const grown = multiplyAdd(expm1Remainder(remainder(bounded, shifted)), power, f32x4.sub(power, f32x4.splat(1)));
  return v128.or(grown, v128.and(x, f32x4.splat(-0.0)));
}
