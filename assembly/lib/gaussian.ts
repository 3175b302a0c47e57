// The Gaussian distribution function Phi on four lanes, for gelu(x) = x Phi(x).
//
// In the left tail Phi(-t) = e^(-t^2 / 2) M(t), with M a ratio of two polynomials whose coefficients are all positive; so
// nothing cancels, and the relative precision holds until the result is subnormal. Phi(x) = 1 - Phi(-x) gives the right.

import { expRemainder, remainder, scaleByPower, shiftedPower } from './exponential';
import { multiplyAdd, quartic } from './polynomial';

/** From here on t Phi(-t) is 0. */
const VANISHING: f32 = 15;
const INVERSE_SQRT_2PI: f32 = 0.398942292;
/** Keeps 12 bits of a float, whose square is then exact. */
const HIGH_HALF: i32 = 0xfffff000;

/** |x|, bounded. */
@inline
function boundedSize(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), f32x4.splat(VANISHING));
}

/** The exact part of -t^2 / 2. */
@inline
function exactExponent(t: v128): v128 {
  const high = v128.and(t, i32x4.splat(HIGH_HALF));
  return f32x4.mul(f32x4.mul(high, high), f32x4.splat(-0.5));
}

/** factor * e^(-t^2 / 2), rounded to a subnormal only at the end. Without the exact part, t^2 would lose 40 ULP of it. */
@inline
function timesBell(factor: v128, t: v128): v128 {
  const exponent = exactExponent(t);
  const shifted = shiftedPower(exponent);
  const high = v128.and(t, i32x4.splat(HIGH_HALF));
  const low = f32x4.mul(f32x4.mul(f32x4.sub(t, high), f32x4.add(t, high)), f32x4.splat(0.5));
  const r = f32x4.sub(remainder(exponent, shifted), low);
  return scaleByPower(f32x4.mul(factor, expRemainder(r)), shifted);
}

/** M(t) = e^(t^2 / 2) Phi(-t) for 0 <= t <= 15, within 2^-25.9 of its value before rounding. */
@inline
function tailRatio(t: v128): v128 {
  const numerator = quartic(t, 0.5, 0.4382945, 0.18323481, 0.04063311, 0.004116291);
  const denominator = multiplyAdd(
    quartic(t, 1.674474, 1.2025018, 0.46946976, 0.10185855, 0.010317892),
    t,
    f32x4.splat(1),
  );
  return f32x4.div(numerator, denominator);
}

/** x Phi(x) = max(x, 0) - |x| Phi(-|x|) */
@inline
export function gelu(x: v128): v128 {
  const t = boundedSize(x);
  return f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), timesBell(f32x4.mul(t, tailRatio(t)), t));
}

/** d/dx of x Phi(x) = Phi(x) + x phi(x): below 0 it is e^(-t^2 / 2) (M(t) - t / sqrt(2 pi)), and above one minus that. */
@inline
export function geluSlope(x: v128): v128 {
  const t = boundedSize(x);
  const density = f32x4.mul(t, f32x4.splat(INVERSE_SQRT_2PI));
  const below = timesBell(f32x4.sub(tailRatio(t), density), t);
  return v128.bitselect(below, f32x4.sub(f32x4.splat(1), below), f32x4.lt(x, f32x4.splat(0)));
}
