// ln(x) on four lanes: x = 2^n (1 + f) with |f| <= 1/3, so that ln(x) = n ln 2 + ln(1 + f).

import { HALF, INFINITE, NOT_A_NUMBER, ONE, broadcast } from './constants';
import { cubic, multiplyAdd } from './polynomial';

/** ln 2 cut after 15 bits, so that its product with n is exact; and what is left. */
const LN2_HIGH = memory.data<f32>([0.693145752]);
const LN2_LOW = memory.data<f32>([1.42860677e-6]);
/**
 * (ln(1 + f) - f + f^2 / 2) / f^3, which leaves ln(1 + f) within 2^-27.6 before rounding; the lower half and the
 * upper.
 */
const LOWER = memory.data<f32>([0.33333215, -0.24999805, 0.20010436, -0.16680223]);
const UPPER = memory.data<f32>([0.14005537, -0.121874325, 0.1398565, -0.12879355]);
const TWO_THIRDS = memory.data<i32>([0x3f2aaaab]);
const EXPONENT_MASK = memory.data<u32>([0xff800000]);
const ONE_THIRD = memory.data<f32>([0.333333343]);
const SMALLEST_NORMAL = memory.data<f32>([1.17549435e-38]);
/** What makes a subnormal normal, 2^23, and its exponent. */
const SUBNORMAL_SCALE = memory.data<f32>([8388608]);
const SUBNORMAL_EXPONENT = memory.data<f32>([23]);

/** |x| scaled to be normal where it is subnormal. */
@inline
export function normalized(x: v128, isSubnormal: v128): v128 {
  return v128.bitselect(f32x4.mul(x, broadcast(SUBNORMAL_SCALE)), x, isSubnormal);
}

/** All bits where x, not negative, is subnormal or 0. */
@inline
export function belowNormal(x: v128): v128 {
  return f32x4.lt(x, broadcast(SMALLEST_NORMAL));
}

/** n, in the place of the exponent, of a normal x > 0. */
@inline
export function exponentBits(x: v128): v128 {
  return v128.and(i32x4.sub(x, broadcast(TWO_THIRDS)), broadcast(EXPONENT_MASK));
}

/** f of a normal x > 0. */
@inline
export function fraction(x: v128, bits: v128): v128 {
  return f32x4.sub(i32x4.sub(x, bits), broadcast(ONE));
}

/** n as a float, corrected for what `normalized` did. */
@inline
export function exponentOf(bits: v128, isSubnormal: v128): v128 {
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  return f32x4.sub(n, v128.and(isSubnormal, broadcast(SUBNORMAL_EXPONENT)));
}

/** n ln 2 + ln(1 + f) */
@inline
function assemble(n: v128, f: v128): v128 {
  const square = f32x4.mul(f, f);
  const tail = multiplyAdd(f32x4.mul(square, square), cubic(f, UPPER), cubic(f, LOWER));
  const rest = multiplyAdd(f32x4.mul(square, f), tail, f32x4.mul(n, broadcast(LN2_LOW)));
  const correction = f32x4.sub(rest, f32x4.mul(square, broadcast(HALF)));
  return multiplyAdd(n, broadcast(LN2_HIGH), f32x4.add(f, correction));
}

/** ln(x) for a normal, finite x > 0. */
@inline
export function logOfNormal(x: v128): v128 {
  const bits = exponentBits(x);
  return assemble(f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23)), fraction(x, bits));
}

/** ln(x): -Infinity for both zeros, NaN below them. Maximum error 0.85 ULP over all 2^32 inputs. */
@inline
export function log(x: v128): v128 {
  const isSubnormal = belowNormal(x);
  const normal = normalized(x, isSubnormal);
  const bits = exponentBits(normal);
  const finite = assemble(exponentOf(bits, isSubnormal), fraction(normal, bits));
  const zero = f32x4.splat(0);
  const isPositive = f32x4.gt(x, zero);
  const isOrdinary = v128.and(isPositive, f32x4.lt(x, broadcast(INFINITE)));
  const ofZero = f32x4.neg(broadcast(INFINITE));
  const outside = v128.bitselect(ofZero, broadcast(NOT_A_NUMBER), f32x4.eq(x, zero));
  return v128.bitselect(finite, v128.bitselect(x, outside, isPositive), isOrdinary);
}

/** ln(1 + y) for 0 <= y <= 1 (or NaN); exact where y is tiny. */
@inline
export function log1pOfFraction(y: v128): v128 {
  const isHalved = f32x4.gt(y, broadcast(ONE_THIRD));
  const halved = f32x4.mul(f32x4.sub(y, broadcast(ONE)), broadcast(HALF));
  return assemble(v128.and(isHalved, broadcast(ONE)), v128.bitselect(halved, y, isHalved));
}
