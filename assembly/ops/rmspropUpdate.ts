// RMSprop, centred or not, with or without momentum, in one pass over the flat vectors.

import { RmspropHyper, RmspropUpdateField, UpdateField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { gradientScale, hyperParameter } from '../lib/update';

/** Elements `start` to `end`. */
export function rmspropUpdate(instruction: usize, start: u32, end: u32): void {
  const hasMomentum = pointer(instruction, RmspropUpdateField.momentumPointer) != 0;
  if (pointer(instruction, RmspropUpdateField.meanPointer)) {
    if (hasMomentum) update(instruction, start, end, true, true);
    else update(instruction, start, end, true, false);
  } else if (hasMomentum) {
    update(instruction, start, end, false, true);
  } else {
    update(instruction, start, end, false, false);
  }
}

/** The last two are constants in each copy of this. */
@inline
function update(instruction: usize, start: u32, end: u32, isCentred: bool, hasMomentum: bool): void {
  const hyper = pointer(instruction, UpdateField.hyperPointer);
  const learningRate = hyperParameter(hyper, RmspropHyper.learningRate);
  const rho = hyperParameter(hyper, RmspropHyper.rho);
  const oneMinusRho = hyperParameter(hyper, RmspropHyper.oneMinusRho);
  const epsilon = hyperParameter(hyper, RmspropHyper.epsilon);
  const momentum = hyperParameter(hyper, RmspropHyper.momentum);
  const weightDecay = hyperParameter(hyper, RmspropHyper.weightDecay);
  // Adding 0 changes no bit of a square or a root, so one loop serves both places of epsilon.
  const isInside = count(instruction, RmspropUpdateField.isEpsilonInside) != 0;
  const epsilonInside = isInside ? epsilon : f32x4.splat(0);
  const epsilonOutside = isInside ? f32x4.splat(0) : epsilon;
  const scale = gradientScale(pointer(instruction, UpdateField.gradientScalePointer));
  const weights = pointer(instruction, UpdateField.weightsPointer);
  const gradients = pointer(instruction, UpdateField.gradientsPointer);
  const meanSquares = pointer(instruction, RmspropUpdateField.meanSquarePointer);
  const means = pointer(instruction, RmspropUpdateField.meanPointer);
  const momenta = pointer(instruction, RmspropUpdateField.momentumPointer);
  for (let i = start; i < end; i += 4) {
    const offset = (<usize>i) << 2;
    const weight = v128.load(weights + offset);
    const gradient = f32x4.add(f32x4.mul(scale, v128.load(gradients + offset)), f32x4.mul(weightDecay, weight));
    const meanSquare = f32x4.add(
      f32x4.mul(rho, v128.load(meanSquares + offset)),
      f32x4.mul(oneMinusRho, f32x4.mul(gradient, gradient)),
    );
    storeLanes(meanSquares + offset, meanSquare, end - i);
    let variance = meanSquare;
    if (isCentred) {
      const mean = f32x4.add(f32x4.mul(rho, v128.load(means + offset)), f32x4.mul(oneMinusRho, gradient));
      storeLanes(means + offset, mean, end - i);
      // Rounding may take a variance of 0 below 0, whose root would be NaN; a NaN itself stays.
      variance = f32x4.pmax(f32x4.sub(meanSquare, f32x4.mul(mean, mean)), f32x4.splat(0));
    }
    const divisor = f32x4.add(f32x4.sqrt(f32x4.add(variance, epsilonInside)), epsilonOutside);
    let direction = f32x4.div(gradient, divisor);
    if (hasMomentum) {
      direction = f32x4.add(f32x4.mul(momentum, v128.load(momenta + offset)), direction);
      storeLanes(momenta + offset, direction, end - i);
    }
    storeLanes(weights + offset, f32x4.sub(weight, f32x4.mul(learningRate, direction)), end - i);
  }
}
