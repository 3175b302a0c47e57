// Convolutions as products of matrices that are never made: patches of the image are packed, a block at a time, for the
// register kernels of GEMM. Blocks and scratch are those of gemm/blocked.ts; behind them in scratch:
//
//   | a block of C whose rows do not lie evenly | patches, before they are packed |

import { Conv2dField, GEMM_DEPTH_BLOCK } from '../opcodes';
import { blockDepth } from '../lib/blocks';
import { count, pointer, real } from '../lib/fields';
import { TILE_COLUMNS, TILE_ROWS, TILE_ROW_BYTES, finishRow } from '../lib/microkernel';
import { packColumns, packRows } from '../lib/pack';
import { SCRATCH_BYTES, scratch } from '../lib/scratch';
import { partStart } from '../lib/split';
import { packKernel, targetRow } from './conv2d/operands';
import { packPatches, patchDepth, patchRows, stagePatches } from './conv2d/patches';
import { correlatePlanes, isPlanarGradient } from './conv2d/planeGradient';
import { convolvePlanes, isPlanar } from './conv2d/planes';
import {
  A_PANELS,
  BLOCK_COLUMNS,
  BLOCK_ROWS,
  B_PANELS,
  PANELS_END,
  UNPACKED_ROWS,
  blockColumns,
  blockRows,
  clearZeros,
  multiplyBlock,
} from './gemm/blocked';
import { applyActivation, bytes, lowestOf, span } from './gemm/fields';

const UNEVEN_ROWS: usize = PANELS_END;
const PATCHES: usize = UNEVEN_ROWS + ((<usize>(BLOCK_ROWS * BLOCK_COLUMNS)) << 2);
/** Blocks of rows of the kernel gradient whose patches are laid out at a time: 240 KiB. */
const STAGED_BLOCKS: u32 = 16;
const PATCHES_END: usize = PATCHES + ((<usize>(STAGED_BLOCKS * BLOCK_ROWS * GEMM_DEPTH_BLOCK)) << 2) + 16;

/** Shared by rows of the product: output pixels. */
export function conv2d(instruction: usize, part: u32, parts: u32): void {
  assert(PATCHES_END <= <usize>SCRATCH_BYTES);
  if (isPlanar(instruction)) {
    convolvePlanes(instruction, part, parts);
    return;
  }
  const rows = patchRows(instruction);
  const row = partStart(rows, part, parts, TILE_ROWS);
  const rowEnd = partStart(rows, part + 1, parts, TILE_ROWS);
  const columns = count(instruction, Conv2dField.columns);
  if (row >= rowEnd) return;
  const widest = blockColumns(patchDepth(instruction));
  clearZeros();
  for (let group: u32 = 0; group < count(instruction, Conv2dField.groups); ++group) {
    for (let column: u32 = 0; column < columns; column += widest) {
      convolve(instruction, group, row, rowEnd, column, min(columns - column, widest));
    }
  }
}

/** Rows `row` to `rowEnd` of a block of columns of one group. */
function convolve(instruction: usize, group: u32, row: u32, rowEnd: u32, column: u32, columns: u32): void {
  const k = patchDepth(instruction);
  const bias = pointer(instruction, Conv2dField.biasPointer);
  const first = group * count(instruction, Conv2dField.columns) + column;
  const activation = count(instruction, Conv2dField.activation);
  const lowest = lowestOf(activation);
  for (let step: u32 = 0; step < k || !step;) {
    const depth = blockDepth(k - step);
    const isLast = step + depth == k;
    packKernel(instruction, group, column, columns, step, depth);
    const highest = blockRows(depth);
    for (let block = row; block < rowEnd; block += highest) {
      const height = min(rowEnd - block, highest);
      if (depth) {
        packPatches(instruction, group, block, height, step, depth, scratch() + PATCHES, scratch() + A_PANELS);
      }
      const blockBias = isLast && bias ? bias + span(first, 4) : 0;
      finishBlock(instruction, block, height, first, columns, depth, !step, blockBias, isLast ? lowest : -Infinity);
      if (!isLast || !activation || lowest == 0) continue;
      const parameter = real(instruction, Conv2dField.activationParameter);
      for (let r: u32 = 0; r < height; ++r) {
        applyActivation(activation, parameter, targetRow(instruction, block + r) + span(first, 4), 0, 1, columns);
      }
    }
    step += max(depth, 1);
  }
}

/** Multiplies the packed block and adds it to the target. */
function finishBlock(
  instruction: usize,
  row: u32,
  rows: u32,
  column: u32,
  columns: u32,
  depth: u32,
  isFirst: bool,
  bias: usize,
  lowest: f32,
): void {
  const a = scratch() + A_PANELS;
  const b = scratch() + B_PANELS;
  const bPanelBytes = span(depth, TILE_ROW_BYTES);
  if (hasEvenRows(instruction)) {
    const c = targetRow(instruction, row) + span(column, 4);
    const cRowBytes = bytes(instruction, Conv2dField.targetStrideX);
    multiplyBlock(a, b, TILE_ROW_BYTES, bPanelBytes, depth, rows, columns, c, cRowBytes, isFirst, bias, lowest);
    return;
  }
  let sums = scratch() + UNEVEN_ROWS;
  const sumRowBytes = span(BLOCK_COLUMNS, 4);
  if (depth) {
    multiplyBlock(a, b, TILE_ROW_BYTES, bPanelBytes, depth, rows, columns, sums, sumRowBytes, true, 0, -Infinity);
  } else {
    memory.fill(sums, 0, <usize>rows * sumRowBytes);
  }
  for (let r: u32 = 0; r < rows; ++r) {
    finishRow(sums, columns, targetRow(instruction, row + r) + span(column, 4), isFirst, bias, 16, lowest);
    sums += sumRowBytes;
  }
}

/** Whether rows of the product are equally far apart in the target. Patches without taps are taken as uneven. */
@inline
function hasEvenRows(instruction: usize): bool {
  const strideY = count(instruction, Conv2dField.targetStrideY);
  return (
    patchDepth(instruction) != 0 &&
    strideY == count(instruction, Conv2dField.rowsX) * count(instruction, Conv2dField.targetStrideX) &&
    count(instruction, Conv2dField.targetBatchStride) == count(instruction, Conv2dField.rowsY) * strideY
  );
}

/** Shared by groups if there are enough, else by rows or columns of a group's kernel, whichever has more tiles. */
export function conv2dKernelGradient(instruction: usize, part: u32, parts: u32): void {
  if (isPlanarGradient(instruction)) {
    correlatePlanes(instruction, part, parts);
    return;
  }
  const groups = count(instruction, Conv2dField.groups);
  const rows = patchDepth(instruction);
  const columns = count(instruction, Conv2dField.columns);
  const isByGroups = groups >= parts;
  const isByRows = !isByGroups && rows / TILE_ROWS >= columns / TILE_COLUMNS;
  const isByColumns = !isByGroups && !isByRows;
  const group = isByGroups ? partStart(groups, part, parts, 1) : 0;
  const groupEnd = isByGroups ? partStart(groups, part + 1, parts, 1) : groups;
  const row = isByRows ? partStart(rows, part, parts, TILE_ROWS) : 0;
  const rowEnd = isByRows ? partStart(rows, part + 1, parts, TILE_ROWS) : rows;
  const column = isByColumns ? partStart(columns, part, parts, TILE_COLUMNS) : 0;
  const columnEnd = isByColumns ? partStart(columns, part + 1, parts, TILE_COLUMNS) : columns;
  if (row >= rowEnd) return;
  const widest = blockColumns(patchRows(instruction));
  clearZeros();
  for (let g = group; g < groupEnd; ++g) {
    for (let c = column; c < columnEnd; c += widest) {
      correlate(instruction, g, row, rowEnd, c, min(columnEnd - c, widest));
    }
  }
}

/** Rows `row` to `rowEnd` of a block of columns of one group's kernel gradient: a sum over output pixels. */
function correlate(instruction: usize, group: u32, row: u32, rowEnd: u32, column: u32, columns: u32): void {
  const k = patchRows(instruction);
  const pixelBytes = bytes(instruction, Conv2dField.targetStrideX);
  const gradient =
    pointer(instruction, Conv2dField.targetPointer) + span(group * count(instruction, Conv2dField.columns) + column, 4);
  const rowBytes = bytes(instruction, Conv2dField.kernelChannelStride);
  const kernel =
    pointer(instruction, Conv2dField.kernelPointer) +
    span(group, bytes(instruction, Conv2dField.kernelGroupStride)) +
    span(column, 4);
  const isPacked = rowEnd - row > UNPACKED_ROWS;
  const patches = scratch() + PATCHES;
  for (let step: u32 = 0; step < k;) {
    const depth = blockDepth(k - step);
    const source = gradient + span(step, pixelBytes);
    const packed = scratch() + B_PANELS;
    const packedBytes = span(depth, TILE_ROW_BYTES);
    if (isPacked) packColumns(source, 4, pixelBytes, columns, depth, packed, packedBytes);
    const highest = blockRows(depth);
    const stagedRows = highest * STAGED_BLOCKS;
    for (let staged = row; staged < rowEnd; staged += stagedRows) {
      const height = min(rowEnd - staged, stagedRows);
      stagePatches(instruction, group, step, depth, staged, height, patches);
      for (let block: u32 = 0; block < height; block += highest) {
        const rows = min(height - block, highest);
        packRows(patches + span(block, 4), 4, span(height, 4), rows, depth, scratch() + A_PANELS);
        multiplyBlock(
          scratch() + A_PANELS,
          isPacked ? packed : source,
          isPacked ? TILE_ROW_BYTES : pixelBytes,
          isPacked ? packedBytes : TILE_ROW_BYTES,
          depth,
          rows,
          columns,
          kernel + span(staged + block, rowBytes),
          rowBytes,
          !step,
          0,
          -Infinity,
        );
      }
    }
    step += depth;
  }
}
