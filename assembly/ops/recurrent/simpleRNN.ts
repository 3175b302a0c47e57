// h = tanh(p + h' U), one row of one step.

import { ONE, broadcast } from '../../lib/constants';
import { storeLanes } from '../../lib/lanes';
import { tanh } from '../../lib/tanh';

/** h of a row, from its sums and its projection. */
export function simpleRNNForward(units: u32, sums: usize, projection: usize, h: usize): void {
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const at = (<usize>unit) << 2;
    storeLanes(h + at, tanh(f32x4.add(v128.load(projection + at), v128.load(sums + at))), units - unit);
  }
}

/** dp = dh (1 - h^2), where dh is the carried gradient and that of the output; nothing of dh passes by U. */
export function simpleRNNBackward(units: u32, h: usize, dOutput: usize, dh: usize, dProjection: usize): void {
  const one = broadcast(ONE);
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const at = (<usize>unit) << 2;
    const left = units - unit;
    const y = v128.load(h + at);
    const d = f32x4.add(v128.load(dh + at), v128.load(dOutput + at));
    storeLanes(dProjection + at, f32x4.mul(d, f32x4.sub(one, f32x4.mul(y, y))), left);
    storeLanes(dh + at, f32x4.splat(0), left);
  }
}
