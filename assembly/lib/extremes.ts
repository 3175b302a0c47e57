// Largest and smallest value of a row. NaN wins over every number, as in IEEE 754-2019 `maximum` and `minimum`, but for
// `largestNumber`, which is several times as fast.

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
  let best0 = start, best1 = start, best2 = start, best3 = start;
  for (; count >= 16; count -= 16) {
    best0 = moreExtreme(best0, v128.load(source), isMaximum);
    best1 = moreExtreme(best1, v128.load(source, 16), isMaximum);
    best2 = moreExtreme(best2, v128.load(source, 32), isMaximum);
    best3 = moreExtreme(best3, v128.load(source, 48), isMaximum);
    source += 64;
  }
  best0 = moreExtreme(moreExtreme(best0, best1, isMaximum), moreExtreme(best2, best3, isMaximum), isMaximum);
  for (; count; count -= min<u32>(count, 4)) {
    best0 = moreExtreme(best0, v128.bitselect(v128.load(source), start, laneMask(count)), isMaximum);
    source += 16;
  }
  best0 = moreExtreme(best0, v128.shuffle<u32>(best0, best0, 2, 3, 0, 1), isMaximum);
  return f32x4.extract_lane(moreExtreme(best0, v128.shuffle<u32>(best0, best0, 1, 0, 3, 2), isMaximum), 0);
}

/** The largest of `count` adjacent floats, NaN passed over. */
export function largestNumber(source: usize, count: u32): f32 {
  const start = f32x4.splat(-Infinity);
  let best = start;
  let second = start;
  for (; count >= 8; count -= 8) {
    best = f32x4.pmax(best, v128.load(source));
    second = f32x4.pmax(second, v128.load(source, 16));
    source += 32;
  }
  for (; count; count -= min<u32>(count, 4)) {
    best = f32x4.pmax(best, v128.bitselect(v128.load(source), start, laneMask(count)));
    source += 16;
  }
  best = f32x4.pmax(best, second);
  best = f32x4.pmax(best, v128.shuffle<u32>(best, best, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(best, v128.shuffle<u32>(best, best, 1, 0, 3, 2)), 0);
}
