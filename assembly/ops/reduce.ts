// Sums and extremes over one axis of [outer, count, inner]. With inner 1 a row's floats are adjacent and are folded into
// lanes; else columns stand in lanes and rows are taken in order. Each output is made the same way in any part.

import { ReduceField, ReduceKind } from '../opcodes';
import { extremeStart, joinFaults, joinSigns, moreExtreme, rowExtreme, settleExtreme } from '../lib/extremes';
import { count, pointer, real } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { loadTerms, roundSums, sumRow } from '../lib/sum';

/** Columns that one pass over the rows takes: four vectors. */
const BLOCK_COLUMNS: u32 = 16;

export function reduce(instruction: usize, part: u32, parts: u32): void {
  switch (count(instruction, ReduceField.kind)) {
    case ReduceKind.sum: reduceBy(Fold.sum, instruction, part, parts, false); break;
    case ReduceKind.maximum: reduceExtremes(instruction, part, parts, true); break;
    case ReduceKind.minimum: reduceExtremes(instruction, part, parts, false); break;
    case ReduceKind.sumOfSquares: reduceBy(Fold.sumOfSquares, instruction, part, parts, false); break;
    default: unreachable();
  }
}

/** What has loops of its own. Maxima and minima share theirs: they are rare, and code is loaded by all. */
const enum Fold {
  sum,
  sumOfSquares,
  extreme,
}

function reduceExtremes(instruction: usize, part: u32, parts: u32, isMaximum: bool): void {
  reduceBy(Fold.extreme, instruction, part, parts, isMaximum);
}

/** `fold` is a constant in each copy of this and of what it calls. */
@inline
function reduceBy(fold: Fold, instruction: usize, part: u32, parts: u32, isMaximum: bool): void {
  if (count(instruction, ReduceField.inner) == 1) reduceRows(fold, instruction, part, parts, isMaximum);
  else reduceColumns(fold, instruction, part, parts, isMaximum);
}

@inline
function reduceRows(fold: Fold, instruction: usize, part: u32, parts: u32, isMaximum: bool): void {
  const source = pointer(instruction, ReduceField.sourcePointer);
  const target = pointer(instruction, ReduceField.targetPointer);
  const outer = count(instruction, ReduceField.outer);
  const rowElements = count(instruction, ReduceField.count);
  const total = count(instruction, ReduceField.total);
  const scale = <f64>real(instruction, ReduceField.scale);
  const end = partStart(outer, part + 1, parts, 1);
  for (let r = partStart(outer, part, parts, 1); r < end; ++r) {
    const first = r * rowElements;
    assert(first <= total);
    const elements = min(rowElements, total - first);
    const row = source + ((<usize>first) << 2);
    const result = target + ((<usize>r) << 2);
    if (fold == Fold.extreme) {
      store<f32>(result, rowExtreme(row, elements, isMaximum));
    } else {
      store<f32>(result, <f32>(sumRow(row, elements, fold == Fold.sumOfSquares) * scale));
    }
  }
}

/** Shares vectors of four columns among the parts: a column's sum does not depend on its neighbours. */
@inline
function reduceColumns(fold: Fold, instruction: usize, part: u32, parts: u32, isMaximum: bool): void {
  const source = pointer(instruction, ReduceField.sourcePointer);
  const target = pointer(instruction, ReduceField.targetPointer);
  const rows = count(instruction, ReduceField.count);
  const inner = count(instruction, ReduceField.inner);
  const scale = real(instruction, ReduceField.scale);
  const vectorsAcross = (inner + 3) >> 2;
  const vectors = count(instruction, ReduceField.outer) * vectorsAcross;
  const end = partStart(vectors, part + 1, parts, 1);
  for (let vector = partStart(vectors, part, parts, 1); vector < end;) {
    const slab = vector / vectorsAcross;
    const column = (vector - slab * vectorsAcross) << 2;
    const columns = min(min((end - vector) << 2, inner - column), BLOCK_COLUMNS);
    const block = source + ((<usize>slab * rows * inner + column) << 2);
    const result = target + ((<usize>slab * inner + column) << 2);
    if (fold == Fold.extreme) {
      columnExtremes(result, block, rows, inner, columns, isMaximum);
    } else if (columns > 4) {
      columnSums(result, block, rows, inner, columns, scale, fold == Fold.sumOfSquares);
    } else {
      narrowColumnSums(result, block, rows, inner, columns, scale, fold == Fold.sumOfSquares);
    }
    vector += (columns + 3) >> 2;
  }
}

/** Byte offset of a block's vector, or of its first one if the block is too narrow to have it. */
@inline
function vectorOffset(index: u32, columns: u32): usize {
  return columns > index << 2 ? (<usize>index) << 4 : 0;
}

@inline
function storeVector(target: usize, x: v128, index: u32, columns: u32): void {
  if (columns > index << 2) storeLanes(target + ((<usize>index) << 4), x, columns - (index << 2));
}

@inline
function columnSums(
  target: usize,
  source: usize,
  rows: u32,
  inner: u32,
  columns: u32,
  scale: f32,
  isSquared: bool,
): void {
  const offset1 = vectorOffset(1, columns);
  const offset2 = vectorOffset(2, columns);
  const offset3 = vectorOffset(3, columns);
  let low0 = f64x2.splat(0),
    high0 = low0,
    low1 = low0,
    high1 = low0;
  let low2 = low0,
    high2 = low0,
    low3 = low0,
    high3 = low0;
  for (; rows; --rows) {
    low0 = f64x2.add(low0, loadTerms(source, isSquared));
    high0 = f64x2.add(high0, loadTerms(source + 8, isSquared));
    low1 = f64x2.add(low1, loadTerms(source + offset1, isSquared));
    high1 = f64x2.add(high1, loadTerms(source + offset1 + 8, isSquared));
    low2 = f64x2.add(low2, loadTerms(source + offset2, isSquared));
    high2 = f64x2.add(high2, loadTerms(source + offset2 + 8, isSquared));
    low3 = f64x2.add(low3, loadTerms(source + offset3, isSquared));
    high3 = f64x2.add(high3, loadTerms(source + offset3 + 8, isSquared));
    source += (<usize>inner) << 2;
  }
  const factor = f64x2.splat(<f64>scale);
  storeVector(target, roundSums(low0, high0, factor), 0, columns);
  storeVector(target, roundSums(low1, high1, factor), 1, columns);
  storeVector(target, roundSums(low2, high2, factor), 2, columns);
  storeVector(target, roundSums(low3, high3, factor), 3, columns);
}

@inline
function narrowColumnSums(
  target: usize,
  source: usize,
  rows: u32,
  inner: u32,
  columns: u32,
  scale: f32,
  isSquared: bool,
): void {
  let low = f64x2.splat(0),
    high = low;
  for (; rows; --rows) {
    low = f64x2.add(low, loadTerms(source, isSquared));
    high = f64x2.add(high, loadTerms(source + 8, isSquared));
    source += (<usize>inner) << 2;
  }
  storeLanes(target, roundSums(low, high, f64x2.splat(<f64>scale)), columns);
}

@inline
function columnExtremes(target: usize, source: usize, rows: u32, inner: u32, columns: u32, isMaximum: bool): void {
  const offset1 = vectorOffset(1, columns);
  const offset2 = vectorOffset(2, columns);
  const offset3 = vectorOffset(3, columns);
  let best0 = extremeStart(isMaximum),
    best1 = best0,
    best2 = best0,
    best3 = best0;
  let signs0 = best0,
    signs1 = best0,
    signs2 = best0,
    signs3 = best0;
  let faults0 = i32x4.splat(0),
    faults1 = faults0,
    faults2 = faults0,
    faults3 = faults0;
  for (; rows; --rows) {
    const x0 = v128.load(source);
    const x1 = v128.load(source + offset1);
    const x2 = v128.load(source + offset2);
    const x3 = v128.load(source + offset3);
    best0 = moreExtreme(best0, x0, isMaximum);
    best1 = moreExtreme(best1, x1, isMaximum);
    best2 = moreExtreme(best2, x2, isMaximum);
    best3 = moreExtreme(best3, x3, isMaximum);
    faults0 = joinFaults(faults0, x0);
    faults1 = joinFaults(faults1, x1);
    faults2 = joinFaults(faults2, x2);
    faults3 = joinFaults(faults3, x3);
    signs0 = joinSigns(signs0, x0, isMaximum);
    signs1 = joinSigns(signs1, x1, isMaximum);
    signs2 = joinSigns(signs2, x2, isMaximum);
    signs3 = joinSigns(signs3, x3, isMaximum);
    source += (<usize>inner) << 2;
  }
  storeVector(target, settleExtreme(best0, faults0, signs0), 0, columns);
  storeVector(target, settleExtreme(best1, faults1, signs1), 1, columns);
  storeVector(target, settleExtreme(best2, faults2, signs2), 2, columns);
  storeVector(target, settleExtreme(best3, faults3, signs3), 3, columns);
}
