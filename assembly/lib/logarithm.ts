// ln(x) on four lanes: x = 2^n (1 + f) with |f| <= 1/3, so that ln(x) = n ln 2 + ln(1 + f).

import { cubic, multiplyAdd } from './polynomial';

/** ln 2 cut after 15 bits, so that its product with n is exact; and what is left. */
const LN2_HIGH: f32 = 0.693145752;
const LN2_LOW: f32 = 1.42860677e-6;
const TWO_THIRDS_BITS: i32 = 0x3f2aaaab;
const EXPONENT_MASK: i32 = 0xff800000;
const ONE_THIRD: f32 = 0.333333343;
const SMALLEST_NORMAL: f32 = 1.17549435e-38;
/** What makes a subnormal normal: 2^23. */
const SUBNORMAL_SCALE: f32 = 8388608;
const SUBNORMAL_EXPONENT: f32 = 23;

/** n, in the place of the exponent, of a normal x > 0. */
@inline
export function exponentBits(x: v128): v128 {
  return v128.and(i32x4.sub(x, i32x4.splat(TWO_THIRDS_BITS)), i32x4.splat(EXPONENT_MASK));
}

/** f of a normal x > 0. */
@inline
export function fraction(x: v128, bits: v128): v128 {
  return f32x4.sub(i32x4.sub(x, bits), f32x4.splat(1));
}

/** n as a float. */
@inline
export function exponentOf(bits: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
}

/** n ln 2 + ln(1 + f) */
@inline
function assemble(n: v128, f: v128): v128 {
  const square = f32x4.mul(f, f);
  const lower = cubic(f, 0.33333215, -0.24999805, 0.20010436, -0.16680223);
  const upper = cubic(f, 0.14005537, -0.121874325, 0.1398565, -0.12879355);
  const tail = multiplyAdd(f32x4.mul(square, square), upper, lower);
  const rest = multiplyAdd(f32x4.mul(square, f), tail, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  const correction = f32x4.sub(rest, f32x4.mul(square, f32x4.splat(0.5)));
  return multiplyAdd(n, f32x4.splat(LN2_HIGH), f32x4.add(f, correction));
}

/** ln(x) for a normal, finite x > 0. */
@inline
export function logOfNormal(x: v128): v128 {
  const bits = exponentBits(x);
  return assemble(exponentOf(bits), fraction(x, bits));
}

/** ln(x): -Infinity for both zeros, NaN below them. */
@inline
export function log(x: v128): v128 {
  const isSubnormal = f32x4.lt(x, f32x4.splat(SMALLEST_NORMAL));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(SUBNORMAL_SCALE)), x, isSubnormal);
  const bits = exponentBits(normal);
  const n = f32x4.sub(exponentOf(bits), v128.and(isSubnormal, f32x4.splat(SUBNORMAL_EXPONENT)));
  const finite = assemble(n, fraction(normal, bits));
  const isPositive = f32x4.gt(x, f32x4.splat(0));
  const isOrdinary = v128.and(isPositive, f32x4.lt(x, f32x4.splat(Infinity)));
  const outside = v128.bitselect(f32x4.splat(-Infinity), f32x4.splat(NaN), f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(finite, v128.bitselect(x, outside, isPositive), isOrdinary);
}

/** ln(1 + y) for 0 <= y <= 1 (or NaN); exact where y is tiny. */
@inline
export function log1pOfFraction(y: v128): v128 {
  const isHalved = f32x4.gt(y, f32x4.splat(ONE_THIRD));
  const halved = f32x4.mul(f32x4.sub(y, f32x4.splat(1)), f32x4.splat(0.5));
  return assemble(v128.and(isHalved, f32x4.splat(1)), v128.bitselect(halved, y, isHalved));
}
