// h = tanh(p + h' U), one row of one step; its value is a `tanhGate`.

import { ONE, broadcast } from '../../lib/constants';
import { storeLanes } from '../../lib/lanes';

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
