// Element-wise functions of the position alone.

import { storeLanes } from '../../lib/lanes';

/** Indices of a tile's elements, exact below 2^24. */
export function iota(target: usize, index: u32, elements: u32): void {
  let positions = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  for (; elements; target += 16) {
    const result = f32x4.convert_i32x4_u(positions);
    if (elements < 4) {
      storeLanes(target, result, elements);
      return;
    }
    v128.store(target, result);
    positions = i32x4.add(positions, i32x4.splat(4));
    elements -= 4;
  }
}
