// Largest and smallest value of a row. NaN wins over every number, as in IEEE 754-2019 `maximum` and `minimum`.

import { laneMask } from './lanes';

/** The identity of `maximum` or `minimum`. */
@inline
export function extremeStart(isMaximum: bool): v128 {
  return f32x4.splat(isMaximum ? -Infinity : Infinity);
}

@inline
export function moreExtreme(a: v128, b: v128, isMaximum: bool): v128 {
  return isMaximum ? f32x4.max(a, b) : f32x4.min(a, b);
}

/** The extreme of `count` adjacent floats. */
@inline
export function rowExtreme(source: usize, count: u32, isMaximum: bool): f32 {
  const start = extremeStart(isMaximum);
  let first = start;
  let second = start;
  for (; count >= 8; count -= 8) {
    first = moreExtreme(first, v128.load(source), isMaximum);
    second = moreExtreme(second, v128.load(source, 16), isMaximum);
    source += 32;
  }
  if (count >= 4) {
    first = moreExtreme(first, v128.load(source), isMaximum);
    source += 16;
    count -= 4;
  }
  if (count) second = moreExtreme(second, v128.bitselect(v128.load(source), start, laneMask(count)), isMaximum);
  first = moreExtreme(first, second, isMaximum);
  first = moreExtreme(first, v128.shuffle<u32>(first, first, 2, 3, 0, 1), isMaximum);
  return f32x4.extract_lane(moreExtreme(first, v128.shuffle<u32>(first, first, 1, 0, 3, 2), isMaximum), 0);
}

/** The largest of `count` adjacent floats. */
export function rowMaximum(source: usize, count: u32): f32 {
  return rowExtreme(source, count, true);
}
