// Gradients of the activation functions on four lanes: a is the gradient of the output, b the output y or the input x.

import { ONE, broadcast } from '../../lib/constants';
import { geluSlope } from '../../lib/gaussian';
import { gateSlope } from '../../lib/sigmoid';
import {
  GELU_TANH_VANISHING,
  SILU_VANISHING,
  boundedSize,
  geluTanhExponent,
  geluTanhExponentSlope,
} from './activation';

@inline
function isPositive(y: v128): v128 {
  return f32x4.gt(y, f32x4.splat(0));
}

@unmanaged
export class ReluGradient {
  @inline
  apply(a: v128, y: v128, _p: v128): v128 {
    return v128.and(a, isPositive(y));
  }
}

@unmanaged
export class LeakyReluGradient {
  @inline
  apply(a: v128, y: v128, p: v128): v128 {
    return v128.bitselect(a, f32x4.mul(p, a), isPositive(y));
  }
}

@unmanaged
export class EluGradient {
  @inline
  apply(a: v128, y: v128, p: v128): v128 {
    return v128.bitselect(a, f32x4.mul(a, f32x4.add(y, p)), isPositive(y));
  }
}

@unmanaged
export class SigmoidGradient {
  @inline
  apply(a: v128, y: v128, _p: v128): v128 {
    return f32x4.mul(f32x4.mul(a, y), f32x4.sub(f32x4.splat(1), y));
  }
}

@unmanaged
export class TanhGradient {
  // (1 - y) (1 + y) instead of 1 - y^2, because it stays precise near 1.
  @inline
  apply(a: v128, y: v128, _p: v128): v128 {
    const one = f32x4.splat(1);
    return f32x4.mul(a, f32x4.mul(f32x4.sub(one, y), f32x4.add(one, y)));
  }
}

@unmanaged
export class GeluGradient {
  @inline
  apply(a: v128, x: v128): v128 {
    return f32x4.mul(a, geluSlope(x));
  }
}

@unmanaged
export class GeluTanhGradient {
  @inline
  apply(a: v128, x: v128): v128 {
    const size = boundedSize(x, GELU_TANH_VANISHING);
    return f32x4.mul(a, gateSlope(x, size, geluTanhExponent(size), geluTanhExponentSlope(size)));
  }
}

@unmanaged
export class SiluGradient {
  @inline
  apply(a: v128, x: v128): v128 {
    const size = boundedSize(x, SILU_VANISHING);
    return f32x4.mul(a, gateSlope(x, size, size, broadcast(ONE)));
  }
}
