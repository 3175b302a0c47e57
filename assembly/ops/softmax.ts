// softmax and log-softmax of rows, and their gradients. Every pass runs within one row, so the target may be an operand.

import { SoftmaxField, SoftmaxGradientField } from '../opcodes';
import { exp } from '../lib/exponential';
import { largestNumber } from '../lib/extremes';
import { count, pointer } from '../lib/fields';
import { laneMask, storeLanes } from '../lib/lanes';
import { exponentials, logarithmOfSum, scaleRow, sumOfExponentials } from '../lib/logits';
import { partStart } from '../lib/split';
import { foldProducts, sumLanes, sumRow } from '../lib/sum';

export function softmax(instruction: usize, part: u32, parts: u32): void {
  const source = pointer(instruction, SoftmaxField.sourcePointer);
  const target = pointer(instruction, SoftmaxField.targetPointer);
  const rows = count(instruction, SoftmaxField.rows);
  const columns = count(instruction, SoftmaxField.columns);
  const isLog = count(instruction, SoftmaxField.isLog);
  assert(columns > 0);
  const end = partStart(rows, part + 1, parts, 1);
  for (let r = partStart(rows, part, parts, 1); r < end; ++r) {
    const offset = (<usize>r * columns) << 2;
    if (isLog) logSoftmaxRow(target + offset, source + offset, columns);
    else softmaxRow(target + offset, source + offset, columns);
  }
}

@inline
function softmaxRow(target: usize, row: usize, columns: u32): void {
  const sum = exponentials(target, row, columns, largestNumber(row, columns));
  scaleRow(target, target, columns, <f32>(1.0 / sum));
}

@inline
function logSoftmaxRow(target: usize, row: usize, columns: u32): void {
  const maximum = largestNumber(row, columns);
  const logarithm = f32x4.splat(<f32>logarithmOfSum(sumOfExponentials(row, columns, maximum)));
  const shift = f32x4.splat(maximum);
  for (; columns >= 4; columns -= 4) {
    v128.store(target, f32x4.sub(f32x4.sub(v128.load(row), shift), logarithm));
    row += 16;
    target += 16;
  }
  if (columns) storeLanes(target, f32x4.sub(f32x4.sub(v128.load(row), shift), logarithm), columns);
}

export function softmaxGradient(instruction: usize, part: u32, parts: u32): void {
  const output = pointer(instruction, SoftmaxGradientField.outputPointer);
  const outputGradient = pointer(instruction, SoftmaxGradientField.outputGradientPointer);
  const target = pointer(instruction, SoftmaxGradientField.targetPointer);
  const rows = count(instruction, SoftmaxGradientField.rows);
  const columns = count(instruction, SoftmaxGradientField.columns);
  const isLog = count(instruction, SoftmaxGradientField.isLog);
  const end = partStart(rows, part + 1, parts, 1);
  for (let r = partStart(rows, part, parts, 1); r < end; ++r) {
    const offset = (<usize>r * columns) << 2;
    if (isLog) logSoftmaxGradientRow(target + offset, output + offset, outputGradient + offset, columns);
    else softmaxGradientRow(target + offset, output + offset, outputGradient + offset, columns);
  }
}

/** y (dy - sum(dy y)) */
@inline
function softmaxGradientRow(target: usize, output: usize, outputGradient: usize, columns: u32): void {
  const mean = f32x4.splat(<f32>dotRow(output, outputGradient, columns));
  for (; columns >= 4; columns -= 4) {
    v128.store(target, f32x4.mul(v128.load(output), f32x4.sub(v128.load(outputGradient), mean)));
    output += 16;
    outputGradient += 16;
    target += 16;
  }
  if (columns) {
    storeLanes(target, f32x4.mul(v128.load(output), f32x4.sub(v128.load(outputGradient), mean)), columns);
  }
}

/** dy - e^y sum(dy) */
@inline
function logSoftmaxGradientRow(target: usize, output: usize, outputGradient: usize, columns: u32): void {
  const sum = f32x4.splat(<f32>sumRow(outputGradient, columns, false));
  for (; columns >= 4; columns -= 4) {
    v128.store(target, f32x4.sub(v128.load(outputGradient), f32x4.mul(exp(v128.load(output)), sum)));
    output += 16;
    outputGradient += 16;
    target += 16;
  }
  if (columns) {
    storeLanes(target, f32x4.sub(v128.load(outputGradient), f32x4.mul(exp(v128.load(output)), sum)), columns);
  }
}

/** Sum of products of two rows. */
@inline
function dotRow(a: usize, b: usize, columns: u32): f64 {
  let sum = f64x2.splat(0);
  for (; columns >= 4; columns -= 4) {
    sum = f64x2.add(sum, foldProducts(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  if (columns) {
    const mask = laneMask(columns);
    sum = f64x2.add(sum, foldProducts(v128.and(v128.load(a), mask), v128.and(v128.load(b), mask)));
  }
  return sumLanes(sum);
}
