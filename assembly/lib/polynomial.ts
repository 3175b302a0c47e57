// Polynomials on four lanes. The function files give the coefficients, fitted for the largest relative error to be least.

/** a * b + c: two roundings, or one in the `fast` build. */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c0 + c1 x + c2 x^2 + c3 x^3 */
@inline
export function cubic(x: v128, c0: f32, c1: f32, c2: f32, c3: f32): v128 {
  const upper = multiplyAdd(x, f32x4.splat(c3), f32x4.splat(c2));
  return multiplyAdd(multiplyAdd(upper, x, f32x4.splat(c1)), x, f32x4.splat(c0));
}

/** c0 + c1 x + ... + c4 x^4 */
@inline
export function quartic(x: v128, c0: f32, c1: f32, c2: f32, c3: f32, c4: f32): v128 {
  return multiplyAdd(cubic(x, c1, c2, c3, c4), x, f32x4.splat(c0));
}

/** c0 + c1 x + ... + c5 x^5 */
@inline
export function quintic(x: v128, c0: f32, c1: f32, c2: f32, c3: f32, c4: f32, c5: f32): v128 {
  return multiplyAdd(quartic(x, c1, c2, c3, c4, c5), x, f32x4.splat(c0));
}
