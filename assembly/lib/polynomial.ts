// Polynomials on four lanes. Coefficients lie in memory (see constants.ts), lowest power first. The files that use them
// give coefficients fitted for the largest relative error of the whole function to be least.

import { broadcast } from './constants';

/** a * b + c: two roundings, or one in the `fast` build. */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** x * upper + the coefficient at `address` */
@inline
export function extend(upper: v128, x: v128, address: usize): v128 {
  return multiplyAdd(upper, x, broadcast(address));
}

/** Four coefficients. */
@inline
export function cubic(x: v128, coefficients: usize): v128 {
  const linear = extend(broadcast(coefficients + 12), x, coefficients + 8);
  return extend(extend(linear, x, coefficients + 4), x, coefficients);
}

/** Five coefficients. */
@inline
export function quartic(x: v128, coefficients: usize): v128 {
  return extend(cubic(x, coefficients + 4), x, coefficients);
}

/** Six coefficients. */
@inline
export function quintic(x: v128, coefficients: usize): v128 {
  return extend(quartic(x, coefficients + 4), x, coefficients);
}

/** Eight coefficients. */
@inline
export function septic(x: v128, coefficients: usize): v128 {
  return extend(extend(quintic(x, coefficients + 8), x, coefficients + 4), x, coefficients);
}
