// The Gaussian distribution function Phi on four lanes, for gelu(x) = x Phi(x).
//
// In the left tail Phi(-t) = e^(-t^2 / 2) / D(t) with D(t) = 2 + t (sqrt(2 pi) + R(t)), where R is a ratio of
// polynomials. Nothing cancels there, and the relative precision holds until the result is subnormal. Phi(x) = 1 -
// Phi(-x) gives the right.

import { HALF, ONE, broadcast } from './constants';
import { expRemainder, remainder, scaleByPower, shiftedPower } from './exponential';
import { extend, multiplyAdd, quartic } from './polynomial';

/** From here on t Phi(-t) is 0. */
const VANISHING = memory.data<f32>([15]);
const TWO = memory.data<f32>([2]);
const SQRT_2PI = memory.data<f32>([2.50662827]);
const INVERSE_SQRT_2PI = memory.data<f32>([0.398942292]);
/** R, which leaves D within 2^-27 before rounding. The denominator begins with 1. */
const NUMERATOR = memory.data<f32>([-0.9108592, -0.7123585, -0.26467627, -0.05279135, -0.004900894]);
const DENOMINATOR = memory.data<f32>([1.0820545, 0.56252635, 0.16925275, 0.029467208, 0.002450447]);
/** Keeps 12 bits of a float, whose square is then exact. */
const UPPER_BITS = memory.data<u32>([0xfffff000]);

/** |x|, bounded. */
@inline
function boundedSize(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), broadcast(VANISHING));
}

/**
 * factor * e^(-t^2 / 2), rounded to a subnormal only at the end. Rounding t^2 alone would cost 40 ULP, so it is split.
 */
@inline
function timesBell(factor: v128, t: v128): v128 {
  const upper = v128.and(t, broadcast(UPPER_BITS));
  const exact = f32x4.neg(f32x4.mul(f32x4.mul(upper, upper), broadcast(HALF)));
  const rest = f32x4.mul(f32x4.mul(f32x4.sub(t, upper), f32x4.add(t, upper)), broadcast(HALF));
  const shifted = shiftedPower(exact);
  const r = f32x4.sub(remainder(exact, shifted), rest);
  return scaleByPower(f32x4.mul(factor, expRemainder(r)), shifted);
}

/** D(t) for 0 <= t <= 15 */
@inline
function tailDivisor(t: v128): v128 {
  const ratio = f32x4.div(quartic(t, NUMERATOR), extend(quartic(t, DENOMINATOR), t, ONE));
  return multiplyAdd(t, f32x4.add(broadcast(SQRT_2PI), ratio), broadcast(TWO));
}

/** x Phi(x) = max(x, 0) - |x| Phi(-|x|). Maximum error 4.4 ULP, in the left tail too. */
@inline
export function gelu(x: v128): v128 {
  const t = boundedSize(x);
  return f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), timesBell(f32x4.div(t, tailDivisor(t)), t));
}

/**
 * d/dx of x Phi(x) = Phi(x) + x phi(x): below 0 it is e^(-t^2 / 2) (1 / D(t) - t / sqrt(2 pi)), above 0 one minus that.
 * Maximum absolute error 1.2e-7; the relative error grows only round the root at -0.7518.
 */
@inline
export function geluSlope(x: v128): v128 {
  const t = boundedSize(x);
  const one = broadcast(ONE);
  const density = f32x4.mul(t, broadcast(INVERSE_SQRT_2PI));
  const below = timesBell(f32x4.sub(f32x4.div(one, tailDivisor(t)), density), t);
  return v128.bitselect(below, f32x4.sub(one, below), f32x4.lt(x, f32x4.splat(0)));
}
