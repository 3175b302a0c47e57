// One gate of one row of a step: a function of the sum of projection and recurrent product. Each in a loop of its own, because
// several of these functions in one loop need more vector registers than there are.

import { storeLanes } from '../../lib/lanes';
import { sigmoid } from '../../lib/sigmoid';
import { tanh } from '../../lib/tanh';

export function sigmoidGate(units: u32, sums: usize, projection: usize, gate: usize): void {
  for (let left = units; left > 0; left -= min(left, 4)) {
    storeLanes(gate, sigmoid(f32x4.add(v128.load(projection), v128.load(sums))), left);
    sums += 16;
    projection += 16;
    gate += 16;
  }
}

export function tanhGate(units: u32, sums: usize, projection: usize, gate: usize): void {
  for (let left = units; left > 0; left -= min(left, 4)) {
    storeLanes(gate, tanh(f32x4.add(v128.load(projection), v128.load(sums))), left);
    sums += 16;
    projection += 16;
    gate += 16;
  }
}

export function tanhRow(units: u32, source: usize, target: usize): void {
  for (let left = units; left > 0; left -= min(left, 4)) {
    storeLanes(target, tanh(v128.load(source)), left);
    source += 16;
    target += 16;
  }
}
