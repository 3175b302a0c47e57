// Activation functions on four lanes, as one-operand functions of the loops.

import { expm1 } from '../../lib/exponential';
import { gelu } from '../../lib/gaussian';
import { gate, sigmoid } from '../../lib/sigmoid';
import { softplus } from '../../lib/softplus';
import { tanh } from '../../lib/tanh';

/** From here on |x| e^-|x| is 0. */
export const SILU_VANISHING: f32 = 150;
/** From here on |x| e^-v(|x|) is 0, with v as `geluTanhExponent` gives it. */
export const GELU_TANH_VANISHING: f32 = 11;
/** 2 sqrt(2 / pi), and that times 0.044715 */
const GELU_TANH_LINEAR: f32 = 1.59576912;
const GELU_TANH_CUBIC: f32 = 0.0713548163;

/** |a|, but at most `bound`; NaN stays. */
@inline
export function boundedSize(a: v128, bound: f32): v128 {
  return f32x4.pmin(f32x4.abs(a), f32x4.splat(bound));
}

/** v = 2 sqrt(2 / pi) (t + 0.044715 t^3): half of 1 + tanh(v / 2) is sigmoid(v). */
@inline
export function geluTanhExponent(t: v128): v128 {
  const cubic = f32x4.mul(f32x4.mul(t, t), f32x4.splat(GELU_TANH_CUBIC));
  return f32x4.mul(t, f32x4.add(f32x4.splat(GELU_TANH_LINEAR), cubic));
}

/** dv/dt */
@inline
export function geluTanhExponentSlope(t: v128): v128 {
  const square = f32x4.mul(f32x4.mul(t, t), f32x4.splat(3 * GELU_TANH_CUBIC));
  return f32x4.add(f32x4.splat(GELU_TANH_LINEAR), square);
}

@inline
function isPositive(a: v128): v128 {
  return f32x4.gt(a, f32x4.splat(0));
}

@unmanaged export class Relu {
  // Adding 0 makes 0 of -0; pmax leaves NaN.
  @inline apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.add(f32x4.pmax(a, f32x4.splat(0)), f32x4.splat(0));
  }
}

@unmanaged export class LeakyRelu {
  @inline apply(a: v128, p: v128, _q: v128): v128 {
    return v128.bitselect(a, f32x4.mul(p, a), isPositive(a));
  }
}

@unmanaged export class Elu {
  @inline apply(a: v128, p: v128, _q: v128): v128 {
    return v128.bitselect(a, f32x4.mul(p, expm1(f32x4.pmin(a, f32x4.splat(0)))), isPositive(a));
  }
}

@unmanaged export class Sigmoid {
  @inline apply(a: v128, _p: v128, _q: v128): v128 { return sigmoid(a); }
}

@unmanaged export class Tanh {
  @inline apply(a: v128, _p: v128, _q: v128): v128 { return tanh(a); }
}

@unmanaged export class Gelu {
  @inline apply(a: v128, _p: v128, _q: v128): v128 { return gelu(a); }
}

@unmanaged export class GeluTanh {
  @inline apply(a: v128, _p: v128, _q: v128): v128 {
    const size = boundedSize(a, GELU_TANH_VANISHING);
    return gate(a, size, geluTanhExponent(size));
  }
}

@unmanaged export class Silu {
  @inline apply(a: v128, _p: v128, _q: v128): v128 {
    const size = boundedSize(a, SILU_VANISHING);
    return gate(a, size, size);
  }
}

@unmanaged export class Softplus {
  @inline apply(a: v128, _p: v128, _q: v128): v128 { return softplus(a); }
}
