// Mean and biased variance over the middle axis of [outer, count, inner], and the sums that their gradients need, in one pass.
// Sums run in float64, in the order of the axis; each output is made the same way in any part.

import { MomentsField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { laneMask, storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { promoteHigh, roundSums, sumLanes } from '../lib/sum';

/** Columns that one pass over the rows takes: two vectors. */
const BLOCK_COLUMNS: u32 = 8;

@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

export function moments(instruction: usize, part: u32, parts: u32): void {
  const outer = count(instruction, MomentsField.outer);
  const inner = count(instruction, MomentsField.inner);
  const hasGradient = pointer(instruction, MomentsField.gradientPointer) != 0;
  if (inner == 1) {
    const end = partStart(outer, part + 1, parts, 1);
    for (let row = partStart(outer, part, parts, 1); row < end; ++row) {
      if (hasGradient) productsOfRow(instruction, row);
      else momentsOfRow(instruction, row);
    }
    return;
  }
  const blocksAcross = (inner + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  const end = partStart(outer * blocksAcross, part + 1, parts, 1);
  for (let block = partStart(outer * blocksAcross, part, parts, 1); block < end; ++block) {
    const slab = block / blocksAcross;
    const column = (block - slab * blocksAcross) * BLOCK_COLUMNS;
    if (hasGradient) productsOfColumns(instruction, slab, column, min(inner - column, BLOCK_COLUMNS));
    else momentsOfColumns(instruction, slab, column, min(inner - column, BLOCK_COLUMNS));
  }
}

/** Bytes of one of the two results. */
@inline
function resultBytes(instruction: usize): usize {
  return (<usize>(count(instruction, MomentsField.outer) * count(instruction, MomentsField.inner))) << 2;
}

/** Terms are taken from the first value on, so that what hardly varies keeps its variance, and what does not has none. */
@inline
function momentsOfRow(instruction: usize, row: u32): void {
  const elements = count(instruction, MomentsField.count);
  let source = pointer(instruction, MomentsField.sourcePointer) + ((<usize>row * elements) << 2);
  const first = <f64>load<f32>(source);
  const shift = f64x2.splat(first);
  let sumLow = f64x2.splat(0);
  let sumHigh = sumLow;
  let squaresLow = sumLow;
  let squaresHigh = sumLow;
  for (let left = elements; left; left -= min(left, 4)) {
    const x = v128.load(source);
    const mask = laneMask(min(left, 4));
    const termLow = v128.and(f64x2.sub(low(x), shift), widenLow(mask));
    const termHigh = v128.and(f64x2.sub(promoteHigh(x), shift), widenHigh(mask));
    sumLow = f64x2.add(sumLow, termLow);
    sumHigh = f64x2.add(sumHigh, termHigh);
    squaresLow = f64x2.add(squaresLow, f64x2.mul(termLow, termLow));
    squaresHigh = f64x2.add(squaresHigh, f64x2.mul(termHigh, termHigh));
    source += 16;
  }
  const share = 1.0 / <f64>elements;
  const mean = sumLanes(f64x2.add(sumLow, sumHigh)) * share;
  const squares = sumLanes(f64x2.add(squaresLow, squaresHigh)) * share;
  const target = pointer(instruction, MomentsField.targetPointer) + ((<usize>row) << 2);
  store<f32>(target, <f32>(first + mean));
  store<f32>(target + resultBytes(instruction), <f32>max(squares - mean * mean, 0));
}

/** Masks of 32-bit lanes as masks of 64-bit lanes. */
@inline
function widenLow(mask: v128): v128 {
  return v128.shuffle<u32>(mask, mask, 0, 0, 1, 1);
}

@inline
function widenHigh(mask: v128): v128 {
  return v128.shuffle<u32>(mask, mask, 2, 2, 3, 3);
}

@inline
function productsOfRow(instruction: usize, row: u32): void {
  const elements = count(instruction, MomentsField.count);
  const offset = (<usize>row * elements) << 2;
  const mean = v128.load_splat<f32>(pointer(instruction, MomentsField.meanPointer) + ((<usize>row) << 2));
  let source = pointer(instruction, MomentsField.sourcePointer) + offset;
  let gradient = pointer(instruction, MomentsField.gradientPointer) + offset;
  let sumLow = f64x2.splat(0);
  let sumHigh = sumLow;
  let productsLow = sumLow;
  let productsHigh = sumLow;
  for (let left = elements; left; left -= min(left, 4)) {
    const mask = laneMask(min(left, 4));
    const dy = v128.and(v128.load(gradient), mask);
    const centered = v128.and(f32x4.sub(v128.load(source), mean), mask);
    sumLow = f64x2.add(sumLow, low(dy));
    sumHigh = f64x2.add(sumHigh, promoteHigh(dy));
    productsLow = f64x2.add(productsLow, f64x2.mul(low(dy), low(centered)));
    productsHigh = f64x2.add(productsHigh, f64x2.mul(promoteHigh(dy), promoteHigh(centered)));
    source += 16;
    gradient += 16;
  }
  const target = pointer(instruction, MomentsField.targetPointer) + ((<usize>row) << 2);
  store<f32>(target, <f32>sumLanes(f64x2.add(sumLow, sumHigh)));
  store<f32>(target + resultBytes(instruction), <f32>sumLanes(f64x2.add(productsLow, productsHigh)));
}

/** Sum and sum of squares of four columns, from their first values on, to mean and variance. */
@inline
function storeMoments(
  target: usize,
  varianceOffset: usize,
  first: v128,
  sumLow: v128,
  sumHigh: v128,
  squaresLow: v128,
  squaresHigh: v128,
  share: v128,
  columns: u32,
): void {
  const one = f64x2.splat(1);
  const meanLow = f64x2.mul(sumLow, share);
  const meanHigh = f64x2.mul(sumHigh, share);
  const mean = roundSums(f64x2.add(low(first), meanLow), f64x2.add(promoteHigh(first), meanHigh), one);
  const zero = f64x2.splat(0);
  const varianceLow = f64x2.sub(f64x2.mul(squaresLow, share), f64x2.mul(meanLow, meanLow));
  const varianceHigh = f64x2.sub(f64x2.mul(squaresHigh, share), f64x2.mul(meanHigh, meanHigh));
  storeLanes(target, mean, columns);
  const variance = roundSums(f64x2.max(varianceLow, zero), f64x2.max(varianceHigh, zero), one);
  storeLanes(target + varianceOffset, variance, columns);
}

function momentsOfColumns(instruction: usize, slab: u32, column: u32, columns: u32): void {
  const rows = count(instruction, MomentsField.count);
  const inner = count(instruction, MomentsField.inner);
  const rowBytes = (<usize>inner) << 2;
  // A block of one vector takes it twice.
  const second: usize = columns > 4 ? 16 : 0;
  let source = pointer(instruction, MomentsField.sourcePointer) + ((<usize>(slab * rows * inner + column)) << 2);
  const first0 = v128.load(source);
  const first1 = v128.load(source + second);
  let sumLow0 = f64x2.splat(0);
  let sumHigh0 = sumLow0;
  let sumLow1 = sumLow0;
  let sumHigh1 = sumLow0;
  let squaresLow0 = sumLow0;
  let squaresHigh0 = sumLow0;
  let squaresLow1 = sumLow0;
  let squaresHigh1 = sumLow0;
  for (let row: u32 = 0; row < rows; ++row) {
    const x0 = v128.load(source);
    const x1 = v128.load(source + second);
    const low0 = f64x2.sub(low(x0), low(first0));
    const high0 = f64x2.sub(promoteHigh(x0), promoteHigh(first0));
    const low1 = f64x2.sub(low(x1), low(first1));
    const high1 = f64x2.sub(promoteHigh(x1), promoteHigh(first1));
    sumLow0 = f64x2.add(sumLow0, low0);
    sumHigh0 = f64x2.add(sumHigh0, high0);
    sumLow1 = f64x2.add(sumLow1, low1);
    sumHigh1 = f64x2.add(sumHigh1, high1);
    squaresLow0 = f64x2.add(squaresLow0, f64x2.mul(low0, low0));
    squaresHigh0 = f64x2.add(squaresHigh0, f64x2.mul(high0, high0));
    squaresLow1 = f64x2.add(squaresLow1, f64x2.mul(low1, low1));
    squaresHigh1 = f64x2.add(squaresHigh1, f64x2.mul(high1, high1));
    source += rowBytes;
  }
  const share = f64x2.splat(1.0 / <f64>rows);
  const bytes = resultBytes(instruction);
  const target = pointer(instruction, MomentsField.targetPointer) + ((<usize>(slab * inner + column)) << 2);
  storeMoments(target, bytes, first0, sumLow0, sumHigh0, squaresLow0, squaresHigh0, share, columns);
  if (columns <= 4) return;
  storeMoments(target + 16, bytes, first1, sumLow1, sumHigh1, squaresLow1, squaresHigh1, share, columns - 4);
}

function productsOfColumns(instruction: usize, slab: u32, column: u32, columns: u32): void {
  const rows = count(instruction, MomentsField.count);
  const inner = count(instruction, MomentsField.inner);
  const rowBytes = (<usize>inner) << 2;
  const second: usize = columns > 4 ? 16 : 0;
  const offset = (<usize>(slab * rows * inner + column)) << 2;
  const result = (<usize>(slab * inner + column)) << 2;
  const means = pointer(instruction, MomentsField.meanPointer) + result;
  const mean0 = v128.load(means);
  const mean1 = v128.load(means + second);
  let source = pointer(instruction, MomentsField.sourcePointer) + offset;
  let gradient = pointer(instruction, MomentsField.gradientPointer) + offset;
  let sumLow0 = f64x2.splat(0);
  let sumHigh0 = sumLow0;
  let sumLow1 = sumLow0;
  let sumHigh1 = sumLow0;
  let productsLow0 = sumLow0;
  let productsHigh0 = sumLow0;
  let productsLow1 = sumLow0;
  let productsHigh1 = sumLow0;
  for (let row: u32 = 0; row < rows; ++row) {
    const dy0 = v128.load(gradient);
    const dy1 = v128.load(gradient + second);
    const centered0 = f32x4.sub(v128.load(source), mean0);
    const centered1 = f32x4.sub(v128.load(source + second), mean1);
    sumLow0 = f64x2.add(sumLow0, low(dy0));
    sumHigh0 = f64x2.add(sumHigh0, promoteHigh(dy0));
    sumLow1 = f64x2.add(sumLow1, low(dy1));
    sumHigh1 = f64x2.add(sumHigh1, promoteHigh(dy1));
    productsLow0 = f64x2.add(productsLow0, f64x2.mul(low(dy0), low(centered0)));
    productsHigh0 = f64x2.add(productsHigh0, f64x2.mul(promoteHigh(dy0), promoteHigh(centered0)));
    productsLow1 = f64x2.add(productsLow1, f64x2.mul(low(dy1), low(centered1)));
    productsHigh1 = f64x2.add(productsHigh1, f64x2.mul(promoteHigh(dy1), promoteHigh(centered1)));
    source += rowBytes;
    gradient += rowBytes;
  }
  const one = f64x2.splat(1);
  const bytes = resultBytes(instruction);
  const target = pointer(instruction, MomentsField.targetPointer) + result;
  storeLanes(target, roundSums(sumLow0, sumHigh0, one), columns);
  storeLanes(target + bytes, roundSums(productsLow0, productsHigh0, one), columns);
  if (columns <= 4) return;
  storeLanes(target + 16, roundSums(sumLow1, sumHigh1, one), columns - 4);
  storeLanes(target + 16 + bytes, roundSums(productsLow1, productsHigh1, one), columns - 4);
}
