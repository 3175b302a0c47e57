// Cross-entropy of logits and its gradient, row by row. Everything is said of x - max(x), so logits may be of any size:
//   loss = ln(sum e^(x - max)) - (x[label] - max), or sum(labels) ln(sum e^(x - max)) - sum(labels (x - max))

import { SoftmaxCrossEntropyField, SoftmaxCrossEntropyGradientField } from '../opcodes';
import { largestNumber } from '../lib/extremes';
import { count, pointer } from '../lib/fields';
import { laneMask, storeLanes } from '../lib/lanes';
import { exponentials, logarithmOfSum, scaleRow, sumOfExponentials } from '../lib/logits';
import { partStart } from '../lib/split';
import { foldProducts, sumLanes, sumRow } from '../lib/sum';

export function softmaxCrossEntropy(instruction: usize, part: u32, parts: u32): void {
  const logits = pointer(instruction, SoftmaxCrossEntropyField.logitsPointer);
  const labels = pointer(instruction, SoftmaxCrossEntropyField.labelsPointer);
  const target = pointer(instruction, SoftmaxCrossEntropyField.targetPointer);
  const rows = count(instruction, SoftmaxCrossEntropyField.rows);
  const columns = count(instruction, SoftmaxCrossEntropyField.columns);
  const isDense = count(instruction, SoftmaxCrossEntropyField.isDense);
  const ignored = count(instruction, SoftmaxCrossEntropyField.ignoredLabel);
  assert(columns > 0);
  const end = partStart(rows, part + 1, parts, 1);
  for (let r = partStart(rows, part, parts, 1); r < end; ++r) {
    const row = logits + ((<usize>r * columns) << 2);
    if (!isDense && load<u32>(labels + ((<usize>r) << 2)) == ignored) {
      store<f32>(target + ((<usize>r) << 2), 0);
      continue;
    }
    const maximum = largestNumber(row, columns);
    const logarithm = logarithmOfSum(sumOfExponentials(row, columns, maximum));
    const loss = isDense
      ? denseLoss(row, labels + ((<usize>r * columns) << 2), columns, maximum, logarithm)
      : classLoss(row, load<u32>(labels + ((<usize>r) << 2)), columns, maximum, logarithm);
    store<f32>(target + ((<usize>r) << 2), <f32>loss);
  }
}

/** A label that is no class gives NaN, which stops a training that watches its loss. */
@inline
function classLoss(row: usize, label: u32, columns: u32, maximum: f32, logarithm: f64): f64 {
  assert(label < columns);
  if (label >= columns) return NaN;
  return logarithm - (<f64>load<f32>(row + ((<usize>label) << 2)) - <f64>maximum);
}

@inline
function denseLoss(row: usize, labels: usize, columns: u32, maximum: f32, logarithm: f64): f64 {
  const weight = sumRow(labels, columns, false);
  const shift = f32x4.splat(maximum);
  let sum = f64x2.splat(0);
  for (; columns >= 4; columns -= 4) {
    sum = f64x2.add(sum, weightedLogits(v128.load(labels), v128.load(row), shift));
    row += 16;
    labels += 16;
  }
  if (columns) {
    sum = f64x2.add(sum, weightedLogits(v128.and(v128.load(labels), laneMask(columns)), v128.load(row), shift));
  }
  return weight * logarithm - sumLanes(sum);
}

/** label (x - shift), and 0 where the label is 0, even if the logit is -Infinity. */
@inline
function weightedLogits(labels: v128, logits: v128, shift: v128): v128 {
  const counted = f32x4.ne(labels, f32x4.splat(0));
  return foldProducts(labels, v128.and(f32x4.sub(logits, shift), counted));
}

export function softmaxCrossEntropyGradient(instruction: usize, part: u32, parts: u32): void {
  const logits = pointer(instruction, SoftmaxCrossEntropyGradientField.logitsPointer);
  const labels = pointer(instruction, SoftmaxCrossEntropyGradientField.labelsPointer);
  const rowGradients = pointer(instruction, SoftmaxCrossEntropyGradientField.rowGradientPointer);
  const rowGradientStride = count(instruction, SoftmaxCrossEntropyGradientField.rowGradientStride);
  const target = pointer(instruction, SoftmaxCrossEntropyGradientField.targetPointer);
  const rows = count(instruction, SoftmaxCrossEntropyGradientField.rows);
  const columns = count(instruction, SoftmaxCrossEntropyGradientField.columns);
  const isDense = count(instruction, SoftmaxCrossEntropyGradientField.isDense);
  const ignored = count(instruction, SoftmaxCrossEntropyGradientField.ignoredLabel);
  assert(columns > 0);
  const end = partStart(rows, part + 1, parts, 1);
  for (let r = partStart(rows, part, parts, 1); r < end; ++r) {
    const offset = (<usize>r * columns) << 2;
    const row = target + offset;
    if (!isDense && load<u32>(labels + ((<usize>r) << 2)) == ignored) {
      memory.fill(row, 0, (<usize>columns) << 2);
      continue;
    }
    const sum = exponentials(row, logits + offset, columns, largestNumber(logits + offset, columns));
    const rowGradient = load<f32>(rowGradients + ((<usize>r * rowGradientStride) << 2));
    if (isDense) denseGradient(row, labels + offset, columns, sum, rowGradient);
    else classGradient(row, load<u32>(labels + ((<usize>r) << 2)), columns, sum, rowGradient);
  }
}

/** g softmax, and at the label g (softmax - 1) as the small difference of two sums. A label that is no class gives NaN. */
@inline
function classGradient(row: usize, label: u32, columns: u32, sum: f64, rowGradient: f32): void {
  assert(label < columns);
  if (label >= columns) {
    scaleRow(row, row, columns, NaN);
    return;
  }
  const labelled = row + ((<usize>label) << 2);
  const scale = <f64>rowGradient / sum;
  const atLabel = (<f64>load<f32>(labelled) - sum) * scale;
  scaleRow(row, row, columns, <f32>scale);
  store<f32>(labelled, <f32>atLabel);
}

/** g (sum(labels) softmax - labels) */
@inline
function denseGradient(row: usize, labels: usize, columns: u32, sum: f64, rowGradient: f32): void {
  const scale = f32x4.splat(<f32>(sumRow(labels, columns, false) / sum));
  const factor = f32x4.splat(rowGradient);
  for (; columns >= 4; columns -= 4) {
    v128.store(row, denseGradientVector(v128.load(row), v128.load(labels), scale, factor));
    row += 16;
    labels += 16;
  }
  if (columns) storeLanes(row, denseGradientVector(v128.load(row), v128.load(labels), scale, factor), columns);
}

@inline
function denseGradientVector(exponential: v128, labels: v128, scale: v128, factor: v128): v128 {
  return f32x4.mul(factor, f32x4.sub(f32x4.mul(exponential, scale), labels));
}
