// Stochastic gradient descent: plain, with momentum, or with Nesterov's momentum, in one pass over the flat vectors.

import { SgdHyper, SgdUpdateField, UpdateField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { gradientScale, hyperParameter } from '../lib/update';

/** Elements `start` to `end`. */
export function sgdUpdate(instruction: usize, start: u32, end: u32): void {
  if (!pointer(instruction, SgdUpdateField.velocityPointer)) update(instruction, start, end, false, false);
  else if (!count(instruction, SgdUpdateField.isNesterov)) update(instruction, start, end, true, false);
  else update(instruction, start, end, true, true);
}

/** The last two are constants in each copy of this. */
@inline
function update(instruction: usize, start: u32, end: u32, hasMomentum: bool, isNesterov: bool): void {
  const hyper = pointer(instruction, UpdateField.hyperPointer);
  const learningRate = hyperParameter(hyper, SgdHyper.learningRate);
  const momentum = hyperParameter(hyper, SgdHyper.momentum);
  const gradientWeight = hyperParameter(hyper, SgdHyper.gradientWeight);
  const weightDecay = hyperParameter(hyper, SgdHyper.weightDecay);
  const scale = gradientScale(pointer(instruction, UpdateField.gradientScalePointer));
  const weights = pointer(instruction, UpdateField.weightsPointer);
  const gradients = pointer(instruction, UpdateField.gradientsPointer);
  const velocities = pointer(instruction, SgdUpdateField.velocityPointer);
  for (let i = start; i < end; i += 4) {
    const offset = (<usize>i) << 2;
    const weight = v128.load(weights + offset);
    const gradient = f32x4.add(f32x4.mul(scale, v128.load(gradients + offset)), f32x4.mul(weightDecay, weight));
    let direction = gradient;
    let velocity = gradient;
    if (hasMomentum) {
      velocity = f32x4.mul(momentum, v128.load(velocities + offset));
      velocity = f32x4.add(velocity, f32x4.mul(gradientWeight, gradient));
      direction = isNesterov ? f32x4.add(gradient, f32x4.mul(momentum, velocity)) : velocity;
    }
    const moved = f32x4.sub(weight, f32x4.mul(learningRate, direction));
    storeLanes(weights + offset, moved, end - i);
    if (hasMomentum) storeLanes(velocities + offset, velocity, end - i);
  }
}
