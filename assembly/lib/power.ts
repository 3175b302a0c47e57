// x^p on four lanes, as e^(p ln |x|). The exponent goes through float64, because its rounding error becomes relative
// error of the result: in float32 it would cost up to 88 ULP.

import { HALF, INFINITE, NOT_A_NUMBER, SIGN_BIT, broadcast } from './constants';
import { expRemainder, scaleByPower, shiftedWhole } from './exponential';
import { belowNormal, exponentBits, exponentOf, fraction, normalized } from './logarithm';
import { promoteHigh } from './sum';

const LN2 = memory.data<f64>([0.6931471805599453]);
const INVERSE_LN2 = memory.data<f64>([1.4426950408889634]);
const TWO = memory.data<f64>([2]);
/** Beyond it e^t has vanished or overflowed. */
const BOUND = memory.data<f64>([150]);
/** (2 artanh(s) - 2 s) / s^3 by powers of s^2, for |s| <= 1/5: within 2^-41 of the logarithm. */
const ARTANH = memory.data<f64>([
  0.6666666671030698, 0.3999998463267424, 0.28573182897613497, 0.22135171426056957, 0.20121824291544668,
]);
/** Stands for the infinite exponent of 0 and Infinity, so that p = 0 still gives 1. */
const HUGE = memory.data<f32>([3e38]);

/** The float64 at `address` in both lanes. */
@inline
function broadcast64(address: usize): v128 {
  return v128.load_splat<u64>(address);
}

@inline
function extend64(upper: v128, z: v128, address: usize): v128 {
  return f64x2.add(f64x2.mul(upper, z), broadcast64(address));
}

/** p (n ln 2 + ln(1 + f)) of two lanes, by ln(1 + f) = 2 artanh(s) with s = f / (2 + f). */
@inline
function scaledLogarithm(n: v128, f: v128, p: v128): v128 {
  const s = f64x2.div(f, f64x2.add(f, broadcast64(TWO)));
  const z = f64x2.mul(s, s);
  const upper = extend64(broadcast64(ARTANH + 32), z, ARTANH + 24);
  const tail = extend64(extend64(extend64(upper, z, ARTANH + 16), z, ARTANH + 8), z, ARTANH);
  const small = f64x2.add(f64x2.add(s, s), f64x2.mul(f64x2.mul(s, z), tail));
  const product = f64x2.mul(p, f64x2.add(f64x2.mul(n, broadcast64(LN2)), small));
  const bound = broadcast64(BOUND);
  return f64x2.pmin(f64x2.pmax(product, f64x2.neg(bound)), bound);
}

@inline
function nearestPower(t: v128): v128 {
  return f64x2.nearest(f64x2.mul(t, broadcast64(INVERSE_LN2)));
}

/** t - n ln 2 */
@inline
function residue(t: v128, n: v128): v128 {
  return f64x2.sub(t, f64x2.mul(n, broadcast64(LN2)));
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

/** x^p, where p is equal in all lanes. For x < 0 it is NaN unless p is whole. Maximum error 1.1 ULP. */
@inline
export function power(x: v128, p: v128): v128 {
  const size = f32x4.abs(x);
  const isSubnormal = belowNormal(size);
  const normal = normalized(size, isSubnormal);
  const bits = exponentBits(normal);
  const f = fraction(normal, bits);
  const huge = broadcast(HUGE);
  let n = exponentOf(bits, isSubnormal);
  n = v128.bitselect(f32x4.neg(huge), n, f32x4.eq(size, f32x4.splat(0)));
  n = v128.bitselect(huge, n, f32x4.eq(size, broadcast(INFINITE)));
  const p64 = f64x2.promote_low_f32x4(p);
  const low = scaledLogarithm(f64x2.promote_low_f32x4(n), f64x2.promote_low_f32x4(f), p64);
  const high = scaledLogarithm(promoteHigh(n), promoteHigh(f), p64);
  const powerLow = nearestPower(low);
  const powerHigh = nearestPower(high);
  const r = demotePairs(residue(low, powerLow), residue(high, powerHigh));
  const shifted = shiftedWhole(demotePairs(powerLow, powerHigh));
  return withSign(scaleByPower(expRemainder(r), shifted), x, p);
}

/** The value of x^p from that of |x|^p. */
@inline
function withSign(magnitude: v128, x: v128, p: v128): v128 {
  const isOdd = v128.andnot(isWhole(p), isWhole(f32x4.mul(p, broadcast(HALF))));
  const signed = v128.or(magnitude, v128.and(v128.and(x, broadcast(SIGN_BIT)), isOdd));
  const isReal = v128.or(f32x4.ge(x, f32x4.splat(0)), v128.and(f32x4.eq(x, x), isWhole(p)));
  return v128.bitselect(signed, broadcast(NOT_A_NUMBER), isReal);
}
