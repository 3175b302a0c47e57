// Long sums in float64. The order of additions depends on the length alone, so a sum has the same bits wherever its data
// lies and however many parts share the work.

import { laneMask } from './lanes';

/** Lanes 2 and 3 as float64. */
@inline
export function promoteHigh(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<u64>(x, x, 1, 1));
}

/** Lanes (0 + 2, 1 + 3) as float64: what four floats add to a float64 accumulator. */
@inline
export function foldPairs(x: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(x), promoteHigh(x));
}

/** The same of the products of two vectors, which are exact in float64. */
@inline
export function foldProducts(a: v128, b: v128): v128 {
  return f64x2.add(
    f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)),
    f64x2.mul(promoteHigh(a), promoteHigh(b)),
  );
}

/** Sum of both float64 lanes. */
@inline
export function sumLanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** Two float32 at `source` as float64, squared if `isSquared` (exact in float64). */
@inline
export function loadTerms(source: usize, isSquared: bool): v128 {
  const x = f64x2.promote_low_f32x4(v128.load64_zero(source));
  return isSquared ? f64x2.mul(x, x) : x;
}

/** Sum of `count` adjacent floats, or of their squares. */
@inline
export function sumRow(source: usize, count: u32, isSquared: bool): f64 {
  let sum0 = f64x2.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (; count >= 8; count -= 8) {
    sum0 = f64x2.add(sum0, loadTerms(source, isSquared));
    sum1 = f64x2.add(sum1, loadTerms(source + 8, isSquared));
    sum2 = f64x2.add(sum2, loadTerms(source + 16, isSquared));
    sum3 = f64x2.add(sum3, loadTerms(source + 24, isSquared));
    source += 32;
  }
  if (count >= 4) {
    sum0 = f64x2.add(sum0, loadTerms(source, isSquared));
    sum1 = f64x2.add(sum1, loadTerms(source + 8, isSquared));
    source += 16;
    count -= 4;
  }
  if (count) {
    const rest = v128.and(v128.load(source), laneMask(count));
    sum2 = f64x2.add(sum2, isSquared ? foldProducts(rest, rest) : foldPairs(rest));
  }
  return sumLanes(f64x2.add(f64x2.add(sum0, sum1), f64x2.add(sum2, sum3)));
}

/** Four float64 sums, two in each vector, times `scale`, rounded once to float32. */
@inline
export function roundSums(low: v128, high: v128, scale: v128): v128 {
  return v128.shuffle<u64>(
    f32x4.demote_f64x2_zero(f64x2.mul(low, scale)),
    f32x4.demote_f64x2_zero(f64x2.mul(high, scale)),
    0,
    2,
  );
}
