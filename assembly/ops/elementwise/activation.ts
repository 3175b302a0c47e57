// Activation functions on four lanes, as one-operand functions of the loops.

import { broadcast } from '../../lib/constants';
import { expm1 } from '../../lib/exponential';
import { gelu } from '../../lib/gaussian';
import { multiplyAdd } from '../../lib/polynomial';
import { gate, sigmoid } from '../../lib/sigmoid';
import { softplus } from '../../lib/softplus';
import { tanh } from '../../lib/tanh';

/** From here on |x| e^-|x| is 0. */
export const SILU_VANISHING = memory.data<f32>([150]);
/** From here on |x| e^-v(|x|) is 0, with v as `geluTanhExponent` gives it. */
export const GELU_TANH_VANISHING = memory.data<f32>([11]);
/** 2 sqrt(2 / pi), that times 0.044715, and that times 3. */
const GELU_TANH_LINEAR = memory.data<f32>([1.59576912]);
const GELU_TANH_CUBIC = memory.data<f32>([0.0713548163]);
const GELU_TANH_SQUARE = memory.data<f32>([0.214064449]);

/** |a|, but at most the float at `bound`; NaN stays. */
@inline
export function boundedSize(a: v128, bound: usize): v128 {
  return f32x4.pmin(f32x4.abs(a), broadcast(bound));
}

/** v = 2 sqrt(2 / pi) (t + 0.044715 t^3): half of 1 + tanh(v / 2) is sigmoid(v). */
@inline
export function geluTanhExponent(t: v128): v128 {
  return f32x4.mul(t, multiplyAdd(f32x4.mul(t, t), broadcast(GELU_TANH_CUBIC), broadcast(GELU_TANH_LINEAR)));
}

/** dv/dt */
@inline
export function geluTanhExponentSlope(t: v128): v128 {
  return multiplyAdd(f32x4.mul(t, t), broadcast(GELU_TANH_SQUARE), broadcast(GELU_TANH_LINEAR));
}

@inline
function isPositive(a: v128): v128 {
  return f32x4.gt(a, f32x4.splat(0));
}

@unmanaged
export class Relu {
  // Adding 0 makes 0 of -0; pmax leaves NaN.
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.add(f32x4.pmax(a, f32x4.splat(0)), f32x4.splat(0));
  }
}

@unmanaged
export class LeakyRelu {
  @inline
  apply(a: v128, p: v128, _q: v128): v128 {
    return v128.bitselect(a, f32x4.mul(p, a), isPositive(a));
  }
}

@unmanaged
export class Elu {
  @inline
  apply(a: v128, p: v128, _q: v128): v128 {
    return v128.bitselect(a, f32x4.mul(p, expm1(f32x4.pmin(a, f32x4.splat(0)))), isPositive(a));
  }
}

@unmanaged
export class Sigmoid {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return sigmoid(a);
  }
}

@unmanaged
export class Tanh {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return tanh(a);
  }
}

@unmanaged
export class Gelu {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return gelu(a);
  }
}

@unmanaged
export class GeluTanh {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    const size = boundedSize(a, GELU_TANH_VANISHING);
    return gate(a, size, geluTanhExponent(size));
  }
}

@unmanaged
export class Silu {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    const size = boundedSize(a, SILU_VANISHING);
    return gate(a, size, size);
  }
}

@unmanaged
export class Softplus {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return softplus(a);
  }
}
