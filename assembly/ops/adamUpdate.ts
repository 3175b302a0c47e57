// Adam, AdamW (decoupled decay) and AMSGrad, in one pass over the flat vectors.

import { AdamHyper, AdamUpdateField, UpdateField } from '../opcodes';
import { pointer } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { gradientScale, hyperParameter } from '../lib/update';

/** Elements `start` to `end`. */
export function adamUpdate(instruction: usize, start: u32, end: u32): void {
  if (pointer(instruction, AdamUpdateField.maximumPointer)) update(instruction, start, end, true);
  else update(instruction, start, end, false);
}

/** `hasMaximum` is a constant in each copy of this. */
@inline
function update(instruction: usize, start: u32, end: u32, hasMaximum: bool): void {
  const hyper = pointer(instruction, UpdateField.hyperPointer);
  const stepSize = hyperParameter(hyper, AdamHyper.stepSize);
  const beta1 = hyperParameter(hyper, AdamHyper.beta1);
  const oneMinusBeta1 = hyperParameter(hyper, AdamHyper.oneMinusBeta1);
  const beta2 = hyperParameter(hyper, AdamHyper.beta2);
  const oneMinusBeta2 = hyperParameter(hyper, AdamHyper.oneMinusBeta2);
  const secondMomentScale = hyperParameter(hyper, AdamHyper.secondMomentScale);
  const epsilon = hyperParameter(hyper, AdamHyper.epsilon);
  const weightDecay = hyperParameter(hyper, AdamHyper.weightDecay);
  const shrink = hyperParameter(hyper, AdamHyper.shrink);
  const scale = gradientScale(pointer(instruction, UpdateField.gradientScalePointer));
  const weights = pointer(instruction, UpdateField.weightsPointer);
  const gradients = pointer(instruction, UpdateField.gradientsPointer);
  const firstMoments = pointer(instruction, AdamUpdateField.firstMomentPointer);
  const secondMoments = pointer(instruction, AdamUpdateField.secondMomentPointer);
  const maxima = pointer(instruction, AdamUpdateField.maximumPointer);
  for (let i = start; i < end; i += 4) {
    const offset = (<usize>i) << 2;
    const weight = f32x4.mul(shrink, v128.load(weights + offset));
    const gradient = f32x4.add(f32x4.mul(scale, v128.load(gradients + offset)), f32x4.mul(weightDecay, weight));
    const first = f32x4.add(f32x4.mul(beta1, v128.load(firstMoments + offset)), f32x4.mul(oneMinusBeta1, gradient));
    const second = f32x4.add(
      f32x4.mul(beta2, v128.load(secondMoments + offset)),
      f32x4.mul(oneMinusBeta2, f32x4.mul(gradient, gradient)),
    );
    const spread = hasMaximum ? f32x4.max(second, v128.load(maxima + offset)) : second;
    const divisor = f32x4.add(f32x4.mul(f32x4.sqrt(spread), secondMomentScale), epsilon);
    const moved = f32x4.sub(weight, f32x4.div(f32x4.mul(stepSize, first), divisor));
    storeLanes(weights + offset, moved, end - i);
    storeLanes(firstMoments + offset, first, end - i);
    storeLanes(secondMoments + offset, second, end - i);
    if (hasMaximum) storeLanes(maxima + offset, spread, end - i);
  }
}
