// C = activation(A B + bias), the instruction of nearly all training time: shares C among parts, chooses a path by shape
// and walks the blocks. The kernels are in lib/microkernel.ts and lib/matvec.ts, packing is in lib/pack.ts.
//
//   for each BLOCK_COLUMNS columns of C        packed B: GEMM_DEPTH_BLOCK x BLOCK_COLUMNS, for the second-level cache
//     for each GEMM_DEPTH_BLOCK steps of k
//       for each TILE_ROWS rows                packed A: TILE_ROWS x GEMM_DEPTH_BLOCK, for the first-level cache
//         for each TILE_COLUMNS columns        one tile, its sums in registers

import { ElementwiseOp, GEMM_DEPTH_BLOCK, GemmField } from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { f32MatvecByDots, f32MatvecByRows } from '../lib/matvec';
import { A_STEP, TILE_COLUMNS, TILE_ROWS, f32GemmPacked5x4, f32GemmPacked5x8, finishRow } from '../lib/microkernel';
import { packColumns, packRows } from '../lib/pack';
import { SCRATCH_BYTES, scratch } from '../lib/scratch';
import { partStart } from '../lib/split';
import { unaryActivation } from './elementwise';

/** Rows of A packed at a time: with one panel of B, about as much as a first-level cache of 32 KiB holds. */
const BLOCK_ROWS: u32 = 15;
/** Columns of B packed at a time. */
const BLOCK_COLUMNS: u32 = 512;
/** With so many rows of C or fewer, the rows of B are read where they are: packing them would cost more than it saves. */
const UNPACKED_ROWS: u32 = 20;
/** Outputs of a matrix-vector product whose sums stay in the first-level cache. */
const VECTOR_COLUMNS: u32 = 2048;
/** Multiplications that cost as much as packing one element, for weighing splits: measured. */
const PACK_COST: u64 = 3;

// Scratch: | zeros, a tile row | sums of an edge tile or a vector | panels of A | panels of B |
const TILE_ROW_BYTES: usize = (<usize>TILE_COLUMNS) << 2;
const SUMS: usize = 64;
const A_PANELS: usize = SUMS + ((<usize>VECTOR_COLUMNS) << 2);
const B_PANELS: usize = A_PANELS + <usize>((GEMM_DEPTH_BLOCK * BLOCK_ROWS) << 2);

export function gemm(instruction: usize, part: u32, parts: u32): void {
  const m = count(instruction, GemmField.m);
  const n = count(instruction, GemmField.n);
  const batch = count(instruction, GemmField.batch);
  assert(B_PANELS + ((<usize>(GEMM_DEPTH_BLOCK * BLOCK_COLUMNS)) << 2) <= <usize>SCRATCH_BYTES);
  assert(count(instruction, GemmField.activation) <= <u32>ElementwiseOp.randomNormal);
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
  if (!count(instruction, GemmField.k)) {
    for (let r: u32 = 0; r < rows; ++r) {
      multiplyVector(instruction, a, 0, b, 4, 0, columns, c + span(r, cRowBytes), bias, 16);
    }
  } else if (rows == 1 && (bColumnBytes == 4 || bStep == 4)) {
    multiplyVector(instruction, a, aStep, b, bColumnBytes, bStep, columns, c, bias, 16);
  } else if (columns == 1 && cRowBytes == 4 && (aRowBytes == 4 || aStep == 4)) {
    multiplyVector(instruction, b, bStep, a, aRowBytes, aStep, rows, c, bias, 0);
  } else {
    multiplyBlocks(instruction, a, b, c, rows, columns, bias);
  }
}

/**
 * One row of C, or one column whose elements are adjacent (`biasStep` 0: one bias serves all): the vector x times a matrix
 * whose elements are `outputBytes` apart along C and `stepBytes` apart along the depth.
 */
function multiplyVector(
  instruction: usize,
  x: usize,
  xStep: usize,
  matrix: usize,
  outputBytes: usize,
  stepBytes: usize,
  outputs: u32,
  c: usize,
  bias: usize,
  biasStep: usize,
): void {
  const k = count(instruction, GemmField.k);
  const lowest = lowestOf(instruction);
  const sums = scratch() + SUMS;
  if (bias && !biasStep) {
    v128.store(scratch() + A_PANELS, v128.load_splat<f32>(bias));
    bias = scratch() + A_PANELS;
  }
  for (let first: u32 = 0; first < outputs; first += VECTOR_COLUMNS) {
    const width = min(outputs - first, VECTOR_COLUMNS);
    const start = matrix + span(first, outputBytes);
    for (let step: u32 = 0; step < k || !step; step += GEMM_DEPTH_BLOCK) {
      const depth = min(k - step, GEMM_DEPTH_BLOCK);
      if (outputBytes == 4) {
        f32MatvecByRows(x + span(step, xStep), xStep, start + span(step, stepBytes), stepBytes, depth, width, sums);
      } else {
        f32MatvecByDots(x + span(step, xStep), xStep, start + span(step, 4), outputBytes, depth, width, sums);
      }
      const isLast = step + depth == k;
      finishRow(sums, width, c, !step, isLast ? bias : 0, biasStep, isLast ? lowest : -Infinity);
    }
    applyActivation(instruction, c, 0, 1, width);
    c += VECTOR_COLUMNS << 2;
    if (bias && biasStep) bias += VECTOR_COLUMNS << 2;
  }
}

function multiplyBlocks(instruction: usize, a: usize, b: usize, c: usize, rows: u32, columns: u32, bias: usize): void {
  const aRowBytes = bytes(instruction, GemmField.aRowStride);
  const aStep = bytes(instruction, GemmField.aColumnStride);
  const bStep = bytes(instruction, GemmField.bRowStride);
  const bColumnBytes = bytes(instruction, GemmField.bColumnStride);
  const cRowBytes = bytes(instruction, GemmField.cRowStride);
  const k = count(instruction, GemmField.k);
  const lowest = lowestOf(instruction);
  const isPacked = rows > UNPACKED_ROWS || bColumnBytes != 4;
  const aBlock = scratch() + A_PANELS;
  v128.store(scratch(), f32x4.splat(0));
  v128.store(scratch(), f32x4.splat(0), 16);
  for (let column: u32 = 0; column < columns; column += BLOCK_COLUMNS) {
    const width = min(columns - column, BLOCK_COLUMNS);
    for (let step: u32 = 0; step < k; step += GEMM_DEPTH_BLOCK) {
      const depth = min(k - step, GEMM_DEPTH_BLOCK);
      const isLast = step + depth == k;
      const blockBias = isLast && bias ? bias + span(column, 4) : 0;
      const blockLowest = isLast ? lowest : -Infinity;
      const bSource = b + span(column, bColumnBytes) + span(step, bStep);
      if (isPacked) packColumns(bSource, bColumnBytes, bStep, width, depth, scratch() + B_PANELS);
      const bBlock = isPacked ? scratch() + B_PANELS : bSource;
      const bBlockStep = isPacked ? TILE_ROW_BYTES : bStep;
      const bPanelBytes = isPacked ? span(depth, TILE_ROW_BYTES) : TILE_ROW_BYTES;
      for (let row: u32 = 0; row < rows; row += BLOCK_ROWS) {
        const height = min(rows - row, BLOCK_ROWS);
        const cBlock = c + span(row, cRowBytes) + span(column, 4);
        packRows(a + span(row, aRowBytes) + span(step, aStep), aRowBytes, aStep, height, depth, aBlock);
        multiplyBlock(
          aBlock,
          bBlock,
          bBlockStep,
          bPanelBytes,
          depth,
          height,
          width,
          cBlock,
          cRowBytes,
          !step,
          blockBias,
          blockLowest,
        );
        if (isLast) applyActivation(instruction, cBlock, cRowBytes, height, width);
      }
    }
  }
}

/** A packed block of A times a block of B, whose panels of TILE_COLUMNS are `bPanelBytes` apart. */
function multiplyBlock(
  a: usize,
  b: usize,
  bStep: usize,
  bPanelBytes: usize,
  depth: u32,
  rows: u32,
  columns: u32,
  c: usize,
  cRowBytes: usize,
  isFirst: bool,
  bias: usize,
  lowest: f32,
): void {
  const zeros = scratch();
  const baseRowBytes: usize = isFirst ? 0 : cRowBytes;
  const panelBytes = span(depth, A_STEP);
  for (let column: u32 = 0; column < columns; column += TILE_COLUMNS) {
    const width = min(columns - column, TILE_COLUMNS);
    const tileBias = bias ? bias + span(column, 4) : 0;
    let panel = a;
    let tile = c + span(column, 4);
    for (let row: u32 = 0; row < rows; row += TILE_ROWS) {
      const height = min(rows - row, TILE_ROWS);
      if (height == TILE_ROWS && width == TILE_COLUMNS) {
        f32GemmPacked5x8(
          panel,
          b,
          bStep,
          depth,
          tile,
          cRowBytes,
          isFirst ? zeros : tile,
          baseRowBytes,
          bias ? tileBias : zeros,
          lowest,
        );
      } else {
        edgeTile(panel, b, bStep, depth, height, width, tile, cRowBytes, isFirst, tileBias, lowest);
      }
      panel += panelBytes;
      tile += <usize>TILE_ROWS * cRowBytes;
    }
    b += bPanelBytes;
  }
}

/** A tile that reaches over an edge of C: summed aside by the same kernels, then only what belongs to C is stored. */
function edgeTile(
  a: usize,
  b: usize,
  bStep: usize,
  depth: u32,
  rows: u32,
  columns: u32,
  c: usize,
  cRowBytes: usize,
  isFirst: bool,
  bias: usize,
  lowest: f32,
): void {
  const zeros = scratch();
  let sums = scratch() + SUMS;
  if (columns > 4) {
    f32GemmPacked5x8(a, b, bStep, depth, sums, TILE_ROW_BYTES, zeros, 0, zeros, -Infinity);
  } else {
    f32GemmPacked5x4(a, b, bStep, depth, sums, TILE_ROW_BYTES);
  }
  for (; rows; --rows) {
    finishRow(sums, columns, c, isFirst, bias, 16, lowest);
    sums += TILE_ROW_BYTES;
    c += cRowBytes;
  }
}

/** What the epilogue of a kernel cuts off below: 0 makes it relu. */
@inline
function lowestOf(instruction: usize): f32 {
  return count(instruction, GemmField.activation) == <u32>ElementwiseOp.relu + 1 ? 0 : -Infinity;
}

/** Activations that the epilogue of a kernel lacks: over finished rows, which are still in the cache. */
function applyActivation(instruction: usize, c: usize, cRowBytes: usize, rows: u32, columns: u32): void {
  const activation = count(instruction, GemmField.activation);
  if (!activation || activation == <u32>ElementwiseOp.relu + 1) return;
  const parameter = real(instruction, GemmField.activationParameter);
  for (; rows; --rows) {
    unaryActivation(activation - 1, parameter, c, c, columns);
    c += cRowBytes;
  }
}

@inline
function itemPointer(instruction: usize, item: u32, pointerField: i32, strideField: i32): usize {
  return pointer(instruction, pointerField) + span(item, bytes(instruction, strideField));
}

/** A stride in bytes. */
@inline
function bytes(instruction: usize, strideField: i32): usize {
  return (<usize>count(instruction, strideField)) << 2;
}

/** Bytes that `elements` take when they are `elementBytes` apart. */
@inline
function span(elements: u32, elementBytes: usize): usize {
  return <usize>elements * elementBytes;
}
