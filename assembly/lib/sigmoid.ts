// The logistic function on four lanes, and the gates x sigmoid(v) made of it (silu; gelu by tanh).
//
// All of them use z = e^-|v| <= 1, so that nothing overflows, and the smaller of sigmoid(v) and 1 - sigmoid(v) = z / (1
// + z) keeps its relative precision.

import { ONE, broadcast } from './constants';
import { expOfNegative, expRemainder, remainder, scaleByPower, shiftedPower } from './exponential';

/** Where e^x has become 0. */
const VANISHING = memory.data<f32>([-104]);

@inline
function isNegative(x: v128): v128 {
  return f32x4.lt(x, f32x4.splat(0));
}

/** 1 / (1 + e^-x). Maximum error 2.5 ULP, subnormal results included. */
@inline
export function sigmoid(x: v128): v128 {
  const one = broadcast(ONE);
  const z = expOfNegative(f32x4.pmax(f32x4.neg(f32x4.abs(x)), broadcast(VANISHING)));
  return f32x4.div(v128.bitselect(z, one, isNegative(x)), f32x4.add(one, z));
}

/**
 * x sigmoid(v), where v has the sign of x. Given are `size` = |x| bounded so that x e^-|v| vanishes there, and
 * `exponent` = |v| at that size, at most 170. The product size * z is rounded only once, as it may be far above a
 * subnormal z. Maximum error 3.3 ULP for v = x (silu). The rounding of v costs geluTanh some 3 |v| ULP in its left
 * tail (220 at most), but no more than 1.4e-7 max(1, |y|) anywhere.
 */
@inline
export function gate(x: v128, size: v128, exponent: v128): v128 {
  const argument = f32x4.neg(exponent);
  const shifted = shiftedPower(argument);
  const mantissa = expRemainder(remainder(argument, shifted));
  const z = scaleByPower(mantissa, shifted);
  const product = scaleByPower(f32x4.mul(f32x4.neg(size), mantissa), shifted);
  return f32x4.div(v128.bitselect(product, x, isNegative(x)), f32x4.add(broadcast(ONE), z));
}

/**
 * d/dx of x sigmoid(v), from |x|, |v| and `slope` = dv/dx, bounded as for `gate`. With w = z / (1 + z) it is
 * w (1 - |x| slope / (1 + z)) for x < 0, and one minus that for x >= 0. Maximum absolute error 1.2e-7 for silu and
 * geluTanh; the relative error grows only round the root.
 */
@inline
export function gateSlope(x: v128, size: v128, exponent: v128, slope: v128): v128 {
  const one = broadcast(ONE);
  const z = expOfNegative(f32x4.neg(exponent));
  const inverse = f32x4.div(one, f32x4.add(one, z));
  const bend = f32x4.sub(one, f32x4.mul(f32x4.mul(size, slope), inverse));
  const below = f32x4.mul(f32x4.mul(z, inverse), bend);
  return v128.bitselect(below, f32x4.sub(one, below), isNegative(x));
}
