// x^p on four lanes, as e^(p ln |x|). The exponent goes through float64, because its rounding error becomes relative error of
// the result: in float32 it would cost up to 88 ULP.

import { expRemainder, scaleByPower } from './exponential';
import { exponentBits, exponentOf, fraction } from './logarithm';
import { promoteHigh } from './sum';

const LN2: f64 = 0.6931471805599453;
const INVERSE_LN2: f64 = 1.4426950408889634;
/** Beyond it e^t has vanished or overflowed. */
const BOUND: f64 = 150;
const SHIFT: f32 = 12582912; // 1.5 * 2^23, see exponential.ts
const SMALLEST_NORMAL: f32 = 1.17549435e-38;
const SUBNORMAL_SCALE: f32 = 8388608; // 2^23
const SUBNORMAL_EXPONENT: f32 = 23;
/** Stands for the infinite exponent of 0 and Infinity, so that p = 0 still gives 1. */
const HUGE: f32 = 3e38;

/** p (n ln 2 + ln(1 + f)) of two lanes, by ln(1 + f) = 2 artanh(s) with s = f / (2 + f). */
@inline
function scaledLogarithm(n: v128, f: v128, p: v128): v128 {
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  let tail = f64x2.add(f64x2.mul(z, f64x2.splat(0.20121824291544668)), f64x2.splat(0.22135171426056957));
  tail = f64x2.add(f64x2.mul(tail, z), f64x2.splat(0.28573182897613497));
  tail = f64x2.add(f64x2.mul(tail, z), f64x2.splat(0.3999998463267424));
  tail = f64x2.add(f64x2.mul(tail, z), f64x2.splat(0.6666666671030698));
  const small = f64x2.add(f64x2.add(s, s), f64x2.mul(f64x2.mul(s, z), tail));
  const logarithm = f64x2.add(f64x2.mul(n, f64x2.splat(LN2)), small);
  const product = f64x2.mul(p, logarithm);
  return f64x2.pmin(f64x2.pmax(product, f64x2.splat(-BOUND)), f64x2.splat(BOUND));
}

@inline
function nearestPower(t: v128): v128 {
  return f64x2.nearest(f64x2.mul(t, f64x2.splat(INVERSE_LN2)));
}

/** t - n ln 2 */
@inline
function residue(t: v128, n: v128): v128 {
  return f64x2.sub(t, f64x2.mul(n, f64x2.splat(LN2)));
}

/** Two pairs of float64 as four float32. */
@inline
function demotePairs(low: v128, high: v128): v128 {
  return v128.shuffle<u64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** All bits where x is a whole number. */
@inline
function isWhole(x: v128): v128 {
  return f32x4.eq(f32x4.floor(x), x);
}

/** x^p, where p is equal in all lanes. For x < 0 it is NaN unless p is whole. */
@inline
export function power(x: v128, p: v128): v128 {
  const size = f32x4.abs(x);
  const isSubnormal = f32x4.lt(size, f32x4.splat(SMALLEST_NORMAL));
  const normal = v128.bitselect(f32x4.mul(size, f32x4.splat(SUBNORMAL_SCALE)), size, isSubnormal);
  const bits = exponentBits(normal);
  let n = f32x4.sub(exponentOf(bits), v128.and(isSubnormal, f32x4.splat(SUBNORMAL_EXPONENT)));
  n = v128.bitselect(f32x4.splat(-HUGE), n, f32x4.eq(size, f32x4.splat(0)));
  n = v128.bitselect(f32x4.splat(HUGE), n, f32x4.eq(size, f32x4.splat(Infinity)));
  const f = fraction(normal, bits);
  const p64 = f64x2.promote_low_f32x4(p);
  const low = scaledLogarithm(f64x2.promote_low_f32x4(n), f64x2.promote_low_f32x4(f), p64);
  const high = scaledLogarithm(promoteHigh(n), promoteHigh(f), p64);
  const powerLow = nearestPower(low);
  const powerHigh = nearestPower(high);
  const r = demotePairs(residue(low, powerLow), residue(high, powerHigh));
  const shifted = f32x4.add(demotePairs(powerLow, powerHigh), f32x4.splat(SHIFT));
  return withSign(scaleByPower(expRemainder(r), shifted), x, p);
}

/** The value of x^p from that of |x|^p. */
@inline
function withSign(magnitude: v128, x: v128, p: v128): v128 {
  const isOdd = v128.andnot(isWhole(p), isWhole(f32x4.mul(p, f32x4.splat(0.5))));
  const signed = v128.or(magnitude, v128.and(v128.and(x, f32x4.splat(-0.0)), isOdd));
  const isReal = v128.or(f32x4.ge(x, f32x4.splat(0)), v128.and(f32x4.eq(x, x), isWhole(p)));
  return v128.bitselect(signed, f32x4.splat(NaN), isReal);
}
