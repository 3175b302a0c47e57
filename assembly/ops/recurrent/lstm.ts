// i, f, o = sigmoid and g = tanh of p + h' U; c = f c' + i g; h = o tanh(c): one row of one step.

import { ONE, broadcast } from '../../lib/constants';
import { storeLanes } from '../../lib/lanes';
import { tanh } from '../../lib/tanh';
import { sigmoidGate, tanhGate, tanhRow } from './gates';

/** `sumBytes` lie between the sums of two gates, `4 units` between those of projection and gates. */
export function lstmForward(
  units: u32,
  sums: usize,
  sumBytes: usize,
  projection: usize,
  cBefore: usize,
  h: usize,
  c: usize,
  gates: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  const i = gates;
  const f = i + gateBytes;
  const g = f + gateBytes;
  const o = g + gateBytes;
  sigmoidGate(units, sums, projection, i);
  sigmoidGate(units, sums + sumBytes, projection + gateBytes, f);
  tanhGate(units, sums + 2 * sumBytes, projection + 2 * gateBytes, g);
  sigmoidGate(units, sums + 3 * sumBytes, projection + 3 * gateBytes, o);
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const left = units - unit;
    const at = (<usize>unit) << 2;
    const kept = f32x4.mul(v128.load(f + at), v128.load(cBefore + at));
    const cell = f32x4.add(kept, f32x4.mul(v128.load(i + at), v128.load(g + at)));
    storeLanes(c + at, cell, left);
    storeLanes(h + at, f32x4.mul(v128.load(o + at), tanh(cell)), left);
  }
}

/** d s(x) = d y (1 - y) for y = s(x), times `factor`. */
@inline
function throughSigmoid(factor: v128, y: v128): v128 {
  return f32x4.mul(factor, f32x4.mul(y, f32x4.sub(broadcast(ONE), y)));
}

/** 1 - y^2 */
@inline
function tanhSlope(y: v128): v128 {
  return f32x4.sub(broadcast(ONE), f32x4.mul(y, y));
}

/** `dCellOutput` 0: c is no output. dh and dc are carried: what passes by U, and by c. */
export function lstmBackward(
  units: u32,
  gates: usize,
  c: usize,
  cBefore: usize,
  dOutput: usize,
  dCellOutput: usize,
  dh: usize,
  dc: usize,
  dProjection: usize,
): void {
  const gateBytes = (<usize>units) << 2;
  // tanh(c) waits where the gradient of o will be.
  tanhRow(units, c, dProjection + 3 * gateBytes);
  for (let unit: u32 = 0; unit < units; unit += 4) {
    const left = units - unit;
    const at = (<usize>unit) << 2;
    const gate = gates + at;
    const target = dProjection + at;
    const i = v128.load(gate);
    const f = v128.load(gate + gateBytes);
    const g = v128.load(gate + 2 * gateBytes);
    const o = v128.load(gate + 3 * gateBytes);
    const grown = v128.load(target + 3 * gateBytes);
    const dState = f32x4.add(v128.load(dh + at), v128.load(dOutput + at));
    let dCell = v128.load(dc + at);
    if (dCellOutput) dCell = f32x4.add(dCell, v128.load(dCellOutput + at));
    dCell = f32x4.add(dCell, f32x4.mul(f32x4.mul(dState, o), tanhSlope(grown)));
    storeLanes(target, throughSigmoid(f32x4.mul(dCell, g), i), left);
    storeLanes(target + gateBytes, throughSigmoid(f32x4.mul(dCell, v128.load(cBefore + at)), f), left);
    storeLanes(target + 2 * gateBytes, f32x4.mul(f32x4.mul(dCell, i), tanhSlope(g)), left);
    storeLanes(target + 3 * gateBytes, throughSigmoid(f32x4.mul(dState, grown), o), left);
    storeLanes(dc + at, f32x4.mul(dCell, f), left);
    storeLanes(dh + at, f32x4.splat(0), left);
  }
}
