// What softmax and cross-entropy share: exponentials of a row less its maximum, their sum, and its logarithm.

import { exp } from './exponential';
import { laneMask, storeLanes } from './lanes';
import { log } from './logarithm';
import { foldPairs, sumLanes } from './sum';

/** Writes e^(x - maximum) of a row and returns their sum. `target` may be the row itself. */
export function exponentials(target: usize, row: usize, columns: u32, maximum: f32): f64 {
  const shift = f32x4.splat(maximum);
  let sum = f64x2.splat(0);
  for (; columns >= 8; columns -= 8) {
    const first = exp(f32x4.sub(v128.load(row), shift));
    const second = exp(f32x4.sub(v128.load(row, 16), shift));
    sum = f64x2.add(sum, f64x2.add(foldPairs(first), foldPairs(second)));
    v128.store(target, first);
    v128.store(target, second, 16);
    row += 32;
    target += 32;
  }
  for (; columns; columns -= min<u32>(columns, 4)) {
    const term = exp(f32x4.sub(v128.load(row), shift));
    sum = f64x2.add(sum, foldPairs(v128.and(term, laneMask(columns))));
    storeLanes(target, term, columns);
    row += 16;
    target += 16;
  }
  return sumLanes(sum);
}

/** The sum of e^(x - maximum) over a row. */
export function sumOfExponentials(row: usize, columns: u32, maximum: f32): f64 {
  const shift = f32x4.splat(maximum);
  let sum = f64x2.splat(0);
  for (; columns >= 8; columns -= 8) {
    const first = exp(f32x4.sub(v128.load(row), shift));
    const second = exp(f32x4.sub(v128.load(row, 16), shift));
    sum = f64x2.add(sum, f64x2.add(foldPairs(first), foldPairs(second)));
    row += 32;
  }
  for (; columns; columns -= min<u32>(columns, 4)) {
    const term = exp(f32x4.sub(v128.load(row), shift));
    sum = f64x2.add(sum, foldPairs(v128.and(term, laneMask(columns))));
    row += 16;
  }
  return sumLanes(sum);
}

/**
 * ln of a float64 sum, for which a float32 logarithm and one Newton term are enough. The term keeps the loss of a row that
 * is nearly certain: ln(1 + 1e-9) is 1e-9, not 0.
 */
@inline
export function logarithmOfSum(sum: f64): f64 {
  const rounded = <f32>sum;
  return <f64>f32x4.extract_lane(log(f32x4.splat(rounded)), 0) + (sum - <f64>rounded) / sum;
}

/** target = row * factor */
@inline
export function scaleRow(target: usize, row: usize, columns: u32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (; columns >= 4; columns -= 4) {
    v128.store(target, f32x4.mul(v128.load(row), factors));
    row += 16;
    target += 16;
  }
  if (columns) storeLanes(target, f32x4.mul(v128.load(row), factors), columns);
}
