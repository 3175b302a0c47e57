// C = activation(A B + bias), the instruction of nearly all training time: shares C among parts and chooses a path by shape.
// The paths are in gemm/; all of them add in the order that GemmField fixes, so that the choice does not show in the bits.

import { ElementwiseOp, GEMM_LAST_BLOCK, GemmField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { TILE_COLUMNS, TILE_ROWS } from '../lib/microkernel';
import { partStart } from '../lib/split';
import { multiplyBlocks } from './gemm/blocked';
import { bytes, span } from './gemm/fields';
import { multiplySmall } from './gemm/small';
import { multiplyVector } from './gemm/vector';

/** Products of so many multiplications or fewer are computed without packing anything. */
const SMALL_PRODUCT: u64 = 3000;
/** Multiplications that cost as much as packing one element, for weighing splits: measured. */
const PACK_COST: u64 = 3;

export function gemm(instruction: usize, part: u32, parts: u32): void {
  const m = count(instruction, GemmField.m);
  const n = count(instruction, GemmField.n);
  const batch = count(instruction, GemmField.batch);
  assert(count(instruction, GemmField.activation) <= <u32>ElementwiseOp.softplus + 1);
  if (!m || !n) return;
  if (parts == 1) {
    for (let item: u32 = 0; item < batch; ++item) multiply(instruction, item, 0, m, 0, n);
  } else if (isSplitByColumns(m, n, batch, parts)) {
    const start = partStart(n, part, parts, TILE_COLUMNS);
    const end = partStart(n, part + 1, parts, TILE_COLUMNS);
    for (let item: u32 = 0; item < batch; ++item) multiply(instruction, item, 0, m, start, end);
  } else {
    multiplyRows(instruction, m, n, batch, part, parts);
  }
}

/** A part's share of the row tiles of all items of the batch, counted in one go. */
function multiplyRows(instruction: usize, m: u32, n: u32, batch: u32, part: u32, parts: u32): void {
  const itemTiles = tiles(m, TILE_ROWS);
  const end = partStart(batch * itemTiles, part + 1, parts, 1);
  for (let tile = partStart(batch * itemTiles, part, parts, 1); tile < end;) {
    const item = tile / itemTiles;
    const first = tile - item * itemTiles;
    const last = min(itemTiles, first + end - tile);
    multiply(instruction, item, first * TILE_ROWS, min(last * TILE_ROWS, m), 0, n);
    tile += last - first;
  }
}

/**
 * Whether columns are the better thing to share. What counts is the largest share, in multiplications for each step of k:
 * parts that share rows pack the same B, and those that share columns the same A.
 */
function isSplitByColumns(m: u32, n: u32, batch: u32, parts: u32): bool {
  const rowTiles = tiles(batch * tiles(m, TILE_ROWS), parts);
  const columnTiles = tiles(tiles(n, TILE_COLUMNS), parts);
  const byRows = <u64>n * (rowTiles * TILE_ROWS + PACK_COST);
  const byColumns = <u64>m * batch * (columnTiles * TILE_COLUMNS + PACK_COST);
  return byColumns < byRows;
}

@inline
function tiles(total: u32, size: u32): u32 {
  return (total + size - 1) / size;
}

/** The rectangle of C from (row, column) to (rowEnd, columnEnd) of one item of the batch. */
function multiply(instruction: usize, item: u32, row: u32, rowEnd: u32, column: u32, columnEnd: u32): void {
  if (row >= rowEnd || column >= columnEnd) return;
  const rows = rowEnd - row;
  const columns = columnEnd - column;
  const aRowBytes = bytes(instruction, GemmField.aRowStride);
  const bColumnBytes = bytes(instruction, GemmField.bColumnStride);
  const cRowBytes = bytes(instruction, GemmField.cRowStride);
  const a = itemPointer(instruction, item, GemmField.aPointer, GemmField.aBatchStride) + span(row, aRowBytes);
  const b = itemPointer(instruction, item, GemmField.bPointer, GemmField.bBatchStride) + span(column, bColumnBytes);
  const c =
    itemPointer(instruction, item, GemmField.cPointer, GemmField.cBatchStride) + span(row, cRowBytes) + span(column, 4);
  const biasStart = pointer(instruction, GemmField.biasPointer);
  const bias = biasStart ? biasStart + span(column, 4) : 0;

  const aStep = bytes(instruction, GemmField.aColumnStride);
  const bStep = bytes(instruction, GemmField.bRowStride);
  const k = count(instruction, GemmField.k);
  if (!k) {
    for (let r: u32 = 0; r < rows; ++r) {
      multiplyVector(instruction, a, 0, b, 4, 0, columns, c + span(r, cRowBytes), bias, 16);
    }
  } else if (rows == 1 && (bColumnBytes == 4 || bStep == 4)) {
    multiplyVector(instruction, a, aStep, b, bColumnBytes, bStep, columns, c, bias, 16);
  } else if (columns == 1 && cRowBytes == 4 && (aRowBytes == 4 || aStep == 4)) {
    multiplyVector(instruction, b, bStep, a, aRowBytes, aStep, rows, c, bias, 0);
  } else if (<u64>rows * columns * k <= SMALL_PRODUCT && k <= <u32>GEMM_LAST_BLOCK) {
    multiplySmall(instruction, a, b, c, rows, columns, bias);
  } else {
    multiplyBlocks(instruction, a, b, c, rows, columns, bias);
  }
}

@inline
function itemPointer(instruction: usize, item: u32, pointerField: i32, strideField: i32): usize {
  return pointer(instruction, pointerField) + span(item, bytes(instruction, strideField));
}
