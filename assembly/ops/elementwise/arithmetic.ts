// Arithmetic on four lanes: what the loops in loops.ts are specialised to. p and q are the step's two parameters.

import { erf } from '../../lib/erf';
import { exp } from '../../lib/exponential';
import { log } from '../../lib/logarithm';
import { power } from '../../lib/power';

@unmanaged
export class Add {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
export class Subtract {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return f32x4.sub(a, b);
  }
}

@unmanaged
export class Multiply {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
export class Divide {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return f32x4.div(a, b);
  }
}

@unmanaged
export class Maximum {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return f32x4.max(a, b);
  }
}

@unmanaged
export class Minimum {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
export class Affine {
  @inline
  apply(a: v128, p: v128, q: v128): v128 {
    return f32x4.add(f32x4.mul(p, a), q);
  }
}

@unmanaged
export class Negate {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.neg(a);
  }
}

@unmanaged
export class Absolute {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.abs(a);
  }
}

@unmanaged
export class Square {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.mul(a, a);
  }
}

@unmanaged
export class SquareRoot {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.sqrt(a);
  }
}

@unmanaged
export class Reciprocal {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.div(f32x4.splat(1), a);
  }
}

@unmanaged
export class Sign {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    const zero = f32x4.splat(0);
    const one = f32x4.splat(1);
    const isAbove = v128.and(f32x4.gt(a, zero), one);
    const isBelow = v128.and(f32x4.lt(a, zero), one);
    return v128.bitselect(f32x4.sub(isAbove, isBelow), a, f32x4.eq(a, a));
  }
}

@unmanaged
export class Floor {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.floor(a);
  }
}

@unmanaged
export class Round {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.nearest(a);
  }
}

@unmanaged
export class Clip {
  // pmin and pmax give their first operand where a comparison with NaN fails.
  @inline
  apply(a: v128, p: v128, q: v128): v128 {
    return f32x4.pmin(f32x4.pmax(a, p), q);
  }
}

@unmanaged
export class FromInteger {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return f32x4.convert_i32x4_s(a);
  }
}

@unmanaged
export class Exponential {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return exp(a);
  }
}

@unmanaged
export class Logarithm {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return log(a);
  }
}

@unmanaged
export class Power {
  @inline
  apply(a: v128, p: v128, _q: v128): v128 {
    return power(a, p);
  }
}

@unmanaged
export class ErrorFunction {
  @inline
  apply(a: v128, _p: v128, _q: v128): v128 {
    return erf(a);
  }
}

/** (a - b) c */
@unmanaged
export class Normalize {
  @inline
  apply(a: v128, b: v128, c: v128): v128 {
    return f32x4.mul(f32x4.sub(a, b), c);
  }
}
