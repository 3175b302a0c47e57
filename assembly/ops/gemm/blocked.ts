// GEMM over packed blocks, for all that is not small: register kernels from lib/microkernel.ts, packing from lib/pack.ts.
//
//   for each block of columns of C
//     for each block of k (lib/blocks.ts)         pack B: what the second-level cache holds
//       for each block of rows of C               pack A: what the first-level cache holds beside one panel of B
//         for each TILE_COLUMNS columns
//           for each TILE_ROWS rows               one tile, its sums in registers
//
// Scratch: | zeros, a tile row | sums of an edge tile | panels of A | panels of B |

import { GEMM_DEPTH_BLOCK, GEMM_LAST_BLOCK, GemmField } from '../../opcodes';
import { blockDepth } from '../../lib/blocks';
import { count, real } from '../../lib/fields';
import {
  A_STEP,
  TILE_COLUMNS,
  TILE_ROWS,
  TILE_ROW_BYTES,
  f32GemmPacked5x4,
  f32GemmPacked5x8,
  finishRow,
} from '../../lib/microkernel';
import { packColumns, packRows } from '../../lib/pack';
import { SCRATCH_BYTES, scratch } from '../../lib/scratch';
import { applyActivation, bytes, lowestOf, span } from './fields';

/** Floats of A packed at a time: 15 KiB, beside 8 to 12 KiB of one panel of B. */
const A_FLOATS: u32 = 15 * GEMM_DEPTH_BLOCK;
/** Floats of B packed at a time: 512 KiB. */
const B_FLOATS: u32 = 512 * GEMM_DEPTH_BLOCK;
/** The most rows, and columns, that a block has. */
export const BLOCK_ROWS: u32 = 15;
export const BLOCK_COLUMNS: u32 = 512;
/** With so many rows of C or fewer, the rows of B are read where they are: packing them would cost more than it saves. */
export const UNPACKED_ROWS: u32 = 32;

const SUMS: usize = 64;
export const A_PANELS: usize = SUMS + <usize>TILE_ROWS * TILE_ROW_BYTES + 32;
export const B_PANELS: usize = A_PANELS + ((<usize>A_FLOATS) << 2);
/** What lies behind the panels in scratch is free for others. */
export const PANELS_END: usize = B_PANELS + ((<usize>B_FLOATS) << 2);

/** Rows of A packed at a time: whole tiles. */
@inline
export function blockRows(depth: u32): u32 {
  return depth > <u32>GEMM_DEPTH_BLOCK ? (A_FLOATS / GEMM_LAST_BLOCK / TILE_ROWS) * TILE_ROWS : BLOCK_ROWS;
}

/** Columns of B packed at a time for sums over `k`: whole tiles. */
@inline
export function blockColumns(k: u32): u32 {
  return k > <u32>GEMM_DEPTH_BLOCK ? (B_FLOATS / GEMM_LAST_BLOCK / TILE_COLUMNS) * TILE_COLUMNS : BLOCK_COLUMNS;
}

/** Makes the zeros that tiles without a base or bias read. */
export function clearZeros(): void {
  v128.store(scratch(), f32x4.splat(0));
  v128.store(scratch(), f32x4.splat(0), 16);
}

/** One rectangle of C. */
export function multiplyBlocks(
  instruction: usize,
  a: usize,
  b: usize,
  c: usize,
  rows: u32,
  columns: u32,
  bias: usize,
): void {
  const aRowBytes = bytes(instruction, GemmField.aRowStride);
  const aStep = bytes(instruction, GemmField.aColumnStride);
  const bStep = bytes(instruction, GemmField.bRowStride);
  const bColumnBytes = bytes(instruction, GemmField.bColumnStride);
  const cRowBytes = bytes(instruction, GemmField.cRowStride);
  const k = count(instruction, GemmField.k);
  const activation = count(instruction, GemmField.activation);
  const activationParameter = real(instruction, GemmField.activationParameter);
  const lowest = lowestOf(activation);
  const isPacked = rows > UNPACKED_ROWS || bColumnBytes != 4;
  const aBlock = scratch() + A_PANELS;
  assert(PANELS_END <= <usize>SCRATCH_BYTES);
  clearZeros();
  const widest = blockColumns(k);
  for (let column: u32 = 0; column < columns; column += widest) {
    const width = min(columns - column, widest);
    for (let step: u32 = 0; step < k;) {
      const depth = blockDepth(k - step);
      const isLast = step + depth == k;
      const blockBias = isLast && bias ? bias + span(column, 4) : 0;
      const blockLowest = isLast ? lowest : -Infinity;
      const bSource = b + span(column, bColumnBytes) + span(step, bStep);
      const packedBytes = span(depth, TILE_ROW_BYTES);
      if (isPacked) packColumns(bSource, bColumnBytes, bStep, width, depth, scratch() + B_PANELS, packedBytes);
      const bBlock = isPacked ? scratch() + B_PANELS : bSource;
      const bBlockStep = isPacked ? TILE_ROW_BYTES : bStep;
      const bPanelBytes = isPacked ? packedBytes : TILE_ROW_BYTES;
      const highest = blockRows(depth);
      for (let row: u32 = 0; row < rows; row += highest) {
        const height = min(rows - row, highest);
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
        if (isLast) applyActivation(activation, activationParameter, cBlock, cRowBytes, height, width);
      }
      step += depth;
    }
  }
}

/** A packed block of A times a block of B, whose panels of TILE_COLUMNS are `bPanelBytes` apart. */
export function multiplyBlock(
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
  const sums = edgeSums();
  if (columns > 4) {
    f32GemmPacked5x8(a, b, bStep, depth, sums, TILE_ROW_BYTES, zeros, 0, zeros, -Infinity);
  } else {
    f32GemmPacked5x4(a, b, bStep, depth, sums, TILE_ROW_BYTES);
  }
  finishEdge(rows, columns, c, cRowBytes, isFirst, bias, lowest);
}

/** Where the sums of a tile are put that reaches over an edge. */
@inline
export function edgeSums(): usize {
  return scratch() + SUMS;
}

/** Finishes what of `edgeSums` belongs to C. */
export function finishEdge(
  rows: u32,
  columns: u32,
  c: usize,
  cRowBytes: usize,
  isFirst: bool,
  bias: usize,
  lowest: f32,
): void {
  let sums = edgeSums();
  for (; rows; --rows) {
    finishRow(sums, columns, c, isFirst, bias, 16, lowest);
    sums += TILE_ROW_BYTES;
    c += cRowBytes;
  }
}
