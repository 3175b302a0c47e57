// Largest and smallest value: NaN wins over every number and zeros are ordered by sign, as in IEEE 754-2019 `maximum` and
// `minimum`. The engine's own instruction for this takes eight machine instructions one after another; so numbers are compared
// by pmax or pmin, and what these pass over is kept beside them: where a NaN was, and the signs of all values.

import { laneMask } from './lanes';

/** What every number is at least (or at most) as extreme as; its sign is neutral in `joinSigns`. */
@inline
export function extremeStart(isMaximum: bool): v128 {
  return f32x4.splat(isMaximum ? -Infinity : Infinity);
}

/** The more extreme number; of a number `best` and a NaN, the number. */
@inline
export function moreExtreme(best: v128, x: v128, isMaximum: bool): v128 {
  return isMaximum ? f32x4.pmax(best, x) : f32x4.pmin(best, x);
}

@inline
export function joinFaults(faults: v128, x: v128): v128 {
  return v128.or(faults, f32x4.ne(x, x));
}

/** The sign that an extreme of zero must have: a largest zero is negative only if all values are. */
@inline
export function joinSigns(signs: v128, x: v128, isMaximum: bool): v128 {
  return isMaximum ? v128.and(signs, x) : v128.or(signs, x);
}

/** The extreme of each lane from what was kept of its values. */
@inline
export function settleExtreme(best: v128, faults: v128, signs: v128): v128 {
  const zero = v128.and(signs, f32x4.splat(-0.0));
  return v128.or(v128.bitselect(zero, best, f32x4.eq(best, f32x4.splat(0))), faults);
}

/** The extreme of `count` adjacent floats. */
@inline
export function rowExtreme(source: usize, count: u32, isMaximum: bool): f32 {
  const start = extremeStart(isMaximum);
  let best = start,
    second = start,
    signs = start;
  let faults = i32x4.splat(0);
  for (; count >= 8; count -= 8) {
    const x = v128.load(source);
    const y = v128.load(source, 16);
    best = moreExtreme(best, x, isMaximum);
    second = moreExtreme(second, y, isMaximum);
    faults = joinFaults(joinFaults(faults, x), y);
    signs = joinSigns(joinSigns(signs, x, isMaximum), y, isMaximum);
    source += 32;
  }
  for (; count; count -= min<u32>(count, 4)) {
    const x = v128.bitselect(v128.load(source), start, laneMask(count));
    best = moreExtreme(best, x, isMaximum);
    faults = joinFaults(faults, x);
    signs = joinSigns(signs, x, isMaximum);
    source += 16;
  }
  if (v128.any_true(faults)) return NaN;
  const extreme = foldExtreme(moreExtreme(best, second, isMaximum), isMaximum);
  if (extreme != 0) return extreme;
  const negatives = i32x4.bitmask(signs);
  return (isMaximum ? negatives == 15 : negatives != 0) ? -0.0 : 0.0;
}

@inline
function foldExtreme(x: v128, isMaximum: bool): f32 {
  const pairs = moreExtreme(x, v128.shuffle<u32>(x, x, 2, 3, 0, 1), isMaximum);
  return f32x4.extract_lane(moreExtreme(pairs, v128.shuffle<u32>(pairs, pairs, 1, 0, 3, 2), isMaximum), 0);
}

/** The largest of `count` adjacent floats, NaN passed over and zeros not told apart: enough to keep e^x in range. */
export function largestNumber(source: usize, count: u32): f32 {
  const start = extremeStart(true);
  let best = start,
    second = start;
  for (; count >= 8; count -= 8) {
    best = f32x4.pmax(best, v128.load(source));
    second = f32x4.pmax(second, v128.load(source, 16));
    source += 32;
  }
  for (; count; count -= min<u32>(count, 4)) {
    best = f32x4.pmax(best, v128.bitselect(v128.load(source), start, laneMask(count)));
    source += 16;
  }
  return foldExtreme(f32x4.pmax(best, second), true);
}
