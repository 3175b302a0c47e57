// Mean and biased variance over the middle axis of [outer, count, inner], and the sums that their gradients need, in one pass.
// Sums run in float64, in the order of the axis; each output is made the same way in any part.

import { MomentsField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { laneMask, storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { promoteHigh, roundSums, sumLanes } from '../lib/sum';

/** Columns that one pass over the rows takes: two vectors. */
const BLOCK_COLUMNS: u32 = 8;

export function moments(instruction: usize, part: u32, parts: u32): void {
  const outer = count(instruction, MomentsField.outer);
  const inner = count(instruction, MomentsField.inner);
  const isGradient = pointer(instruction, MomentsField.gradientPointer) != 0;
  if (inner == 1) {
    const end = partStart(outer, part + 1, parts, 1);
    for (let row = partStart(outer, part, parts, 1); row < end; ++row) {
      if (isGradient) momentsOfRow(true, instruction, row);
      else momentsOfRow(false, instruction, row);
    }
    return;
  }
  const blocksAcross = (inner + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  const end = partStart(outer * blocksAcross, part + 1, parts, 1);
  for (let block = partStart(outer * blocksAcross, part, parts, 1); block < end; ++block) {
    const slab = block / blocksAcross;
    const column = (block - slab * blocksAcross) * BLOCK_COLUMNS;
    if (isGradient) momentsOfColumns(true, instruction, slab, column, min(inner - column, BLOCK_COLUMNS));
    else momentsOfColumns(false, instruction, slab, column, min(inner - column, BLOCK_COLUMNS));
  }
}

/** Bytes of one of the two results. */
@inline
function resultBytes(instruction: usize): usize {
  return (<usize>(count(instruction, MomentsField.outer) * count(instruction, MomentsField.inner))) << 2;
}

/** Lanes 2 and 3 of a vector as float64, or 0 and 1. */
@inline
function half(isHigh: bool, x: v128): v128 {
  return isHigh ? promoteHigh(x) : f64x2.promote_low_f32x4(x);
}

/**
 * What a value adds to the first sum: the gradient (`isGradient`, a constant in each copy), or how far the value is from
 * the first one, so that what hardly varies keeps its variance, and what does not has none.
 */
@inline
function term(isGradient: bool, isHigh: bool, x: v128, gradient: v128, origin: v128): v128 {
  return isGradient ? half(isHigh, gradient) : f64x2.sub(half(isHigh, x), half(isHigh, origin));
}

/** What that is multiplied by for the second sum: how far the value is from the mean, or the term itself. */
@inline
function factor(isGradient: bool, isHigh: bool, x: v128, origin: v128, own: v128): v128 {
  return isGradient ? half(isHigh, f32x4.sub(x, origin)) : own;
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
function momentsOfRow(isGradient: bool, instruction: usize, row: u32): void {
  const elements = count(instruction, MomentsField.count);
  const offset = (<usize>row * elements) << 2;
  let source = pointer(instruction, MomentsField.sourcePointer) + offset;
  let gradients = pointer(instruction, MomentsField.gradientPointer) + offset;
  const means = pointer(instruction, MomentsField.meanPointer) + ((<usize>row) << 2);
  const origin = v128.load32_splat(isGradient ? means : source);
  let sumLow = f64x2.splat(0);
  let sumHigh = sumLow;
  let productsLow = sumLow;
  let productsHigh = sumLow;
  for (let left = elements; left; left -= min(left, 4)) {
    const mask = laneMask(min(left, 4));
    const x = v128.load(source);
    const gradient = isGradient ? v128.load(gradients) : x;
    const termLow = v128.and(term(isGradient, false, x, gradient, origin), widenLow(mask));
    const termHigh = v128.and(term(isGradient, true, x, gradient, origin), widenHigh(mask));
    const factorLow = v128.and(factor(isGradient, false, x, origin, termLow), widenLow(mask));
    const factorHigh = v128.and(factor(isGradient, true, x, origin, termHigh), widenHigh(mask));
    sumLow = f64x2.add(sumLow, termLow);
    sumHigh = f64x2.add(sumHigh, termHigh);
    productsLow = f64x2.add(productsLow, f64x2.mul(termLow, factorLow));
    productsHigh = f64x2.add(productsHigh, f64x2.mul(termHigh, factorHigh));
    source += 16;
    gradients += 16;
  }
  const sum = sumLanes(f64x2.add(sumLow, sumHigh));
  const products = sumLanes(f64x2.add(productsLow, productsHigh));
  const target = pointer(instruction, MomentsField.targetPointer) + ((<usize>row) << 2);
  if (isGradient) {
    store<f32>(target, <f32>sum);
    store<f32>(target + resultBytes(instruction), <f32>products);
    return;
  }
  const share = 1.0 / <f64>elements;
  const mean = sum * share;
  store<f32>(target, <f32>(<f64>f32x4.extract_lane(origin, 0) + mean));
  store<f32>(target + resultBytes(instruction), <f32>max(products * share - mean * mean, 0));
}

@inline
function momentsOfColumns(isGradient: bool, instruction: usize, slab: u32, column: u32, columns: u32): void {
  const rows = count(instruction, MomentsField.count);
  const inner = count(instruction, MomentsField.inner);
  const rowBytes = (<usize>inner) << 2;
  const offset = (<usize>(slab * rows * inner + column)) << 2;
  const result = (<usize>(slab * inner + column)) << 2;
  // A block of one vector takes it twice.
  const second: usize = columns > 4 ? 16 : 0;
  let source = pointer(instruction, MomentsField.sourcePointer) + offset;
  let gradients = pointer(instruction, MomentsField.gradientPointer) + offset;
  const origins = isGradient ? pointer(instruction, MomentsField.meanPointer) + result : source;
  const origin0 = v128.load(origins);
  const origin1 = v128.load(origins + second);
  let sumLow0 = f64x2.splat(0);
  let sumHigh0 = sumLow0;
  let sumLow1 = sumLow0;
  let sumHigh1 = sumLow0;
  let productsLow0 = sumLow0;
  let productsHigh0 = sumLow0;
  let productsLow1 = sumLow0;
  let productsHigh1 = sumLow0;
  for (let row: u32 = 0; row < rows; ++row) {
    const x0 = v128.load(source);
    const x1 = v128.load(source + second);
    const gradient0 = isGradient ? v128.load(gradients) : x0;
    const gradient1 = isGradient ? v128.load(gradients + second) : x1;
    const low0 = term(isGradient, false, x0, gradient0, origin0);
    const high0 = term(isGradient, true, x0, gradient0, origin0);
    const low1 = term(isGradient, false, x1, gradient1, origin1);
    const high1 = term(isGradient, true, x1, gradient1, origin1);
    sumLow0 = f64x2.add(sumLow0, low0);
    sumHigh0 = f64x2.add(sumHigh0, high0);
    sumLow1 = f64x2.add(sumLow1, low1);
    sumHigh1 = f64x2.add(sumHigh1, high1);
    productsLow0 = f64x2.add(productsLow0, f64x2.mul(low0, factor(isGradient, false, x0, origin0, low0)));
    productsHigh0 = f64x2.add(productsHigh0, f64x2.mul(high0, factor(isGradient, true, x0, origin0, high0)));
    productsLow1 = f64x2.add(productsLow1, f64x2.mul(low1, factor(isGradient, false, x1, origin1, low1)));
    productsHigh1 = f64x2.add(productsHigh1, f64x2.mul(high1, factor(isGradient, true, x1, origin1, high1)));
    source += rowBytes;
    gradients += rowBytes;
  }
  const target = pointer(instruction, MomentsField.targetPointer) + result;
  storeColumns(isGradient, instruction, target, origin0, sumLow0, sumHigh0, productsLow0, productsHigh0, columns);
  if (columns <= 4) return;
  storeColumns(
    isGradient,
    instruction,
    target + 16,
    origin1,
    sumLow1,
    sumHigh1,
    productsLow1,
    productsHigh1,
    columns - 4,
  );
}

/** Both sums of four columns, or the mean and variance that they make. */
@inline
function storeColumns(
  isGradient: bool,
  instruction: usize,
  target: usize,
  origin: v128,
  sumLow: v128,
  sumHigh: v128,
  productsLow: v128,
  productsHigh: v128,
  columns: u32,
): void {
  const one = f64x2.splat(1);
  if (!isGradient) {
    const share = f64x2.splat(1.0 / <f64>count(instruction, MomentsField.count));
    const zero = f64x2.splat(0);
    const meanLow = f64x2.mul(sumLow, share);
    const meanHigh = f64x2.mul(sumHigh, share);
    sumLow = f64x2.add(half(false, origin), meanLow);
    sumHigh = f64x2.add(half(true, origin), meanHigh);
    productsLow = f64x2.max(f64x2.sub(f64x2.mul(productsLow, share), f64x2.mul(meanLow, meanLow)), zero);
    productsHigh = f64x2.max(f64x2.sub(f64x2.mul(productsHigh, share), f64x2.mul(meanHigh, meanHigh)), zero);
  }
  storeLanes(target, roundSums(sumLow, sumHigh, one), columns);
  storeLanes(target + resultBytes(instruction), roundSums(productsLow, productsHigh, one), columns);
}
