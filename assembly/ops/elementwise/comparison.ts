// Comparisons on four lanes; true is 1, false is 0, and none holds for NaN.

@inline
function truth(mask: v128): v128 {
  return v128.and(mask, f32x4.splat(1));
}

@unmanaged
export class Equal {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return truth(f32x4.eq(a, b));
  }
}

@unmanaged
export class Greater {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return truth(f32x4.gt(a, b));
  }
}

@unmanaged
export class GreaterEqual {
  @inline
  apply(a: v128, b: v128, _p: v128): v128 {
    return truth(f32x4.ge(a, b));
  }
}

/** a != 0 ? b : c */
@unmanaged
export class Select {
  @inline
  apply(a: v128, b: v128, c: v128): v128 {
    return v128.bitselect(b, c, f32x4.ne(a, f32x4.splat(0)));
  }
}
