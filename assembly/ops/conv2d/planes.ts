// Convolutions of images with few channels, where packing a patch would cost as much as multiplying it. Each channel of an image
// is laid out as a plane with its border of zeros; the register kernel then reads five neighbouring pixels under a tap where
// they lie. Sums are those of packed patches, in the same order.
//
// Scratch: | zeros ... panels of B, as in gemm/blocked.ts | offsets of taps | planes |

import { Conv2dField, GEMM_LAST_BLOCK } from '../../opcodes';
import { count, pointer, real } from '../../lib/fields';
import { TILE_COLUMNS, TILE_ROWS, TILE_ROW_BYTES, f32GemmIndexed5x8 } from '../../lib/microkernel';
import { SCRATCH_BYTES, scratch } from '../../lib/scratch';
import { partStart } from '../../lib/split';
import { B_PANELS, PANELS_END, blockColumns, clearZeros, edgeSums, finishEdge } from '../gemm/blocked';
import { applyActivation, bytes, lowestOf, span } from '../gemm/fields';
import { packKernel, targetRow } from './operands';
import { patchDepth } from './patches';
import { MOST_CHANNELS, firstTapOffset, layPlanes, planeFloats, planeWidth } from './planeLayout';

export const OFFSETS: usize = PANELS_END;
export const PLANES: usize = OFFSETS + ((<usize>GEMM_LAST_BLOCK) << 2);

/** Whether `convolvePlanes` does this convolution: a matter of shapes alone. */
export function isPlanar(instruction: usize): bool {
  const channels = count(instruction, Conv2dField.channels);
  const k = patchDepth(instruction);
  if (channels > MOST_CHANNELS || !k || k > <u32>GEMM_LAST_BLOCK) return false;
  if (count(instruction, Conv2dField.groups) != 1 || count(instruction, Conv2dField.rowStepX) != 1) return false;
  const floats = <u64>planeFloats(instruction) * channels;
  return <u64>PLANES + (floats << 2) <= <u64>SCRATCH_BYTES;
}

/** Shared by lines of output pixels. */
export function convolvePlanes(instruction: usize, part: u32, parts: u32): void {
  const rowsY = count(instruction, Conv2dField.rowsY);
  const lines = count(instruction, Conv2dField.batch) * rowsY;
  const line = partStart(lines, part, parts, 1);
  const end = partStart(lines, part + 1, parts, 1);
  if (line >= end) return;
  const columns = count(instruction, Conv2dField.columns);
  const k = patchDepth(instruction);
  const widest = blockColumns(k);
  clearZeros();
  layOffsets(instruction);
  const floats = count(instruction, Conv2dField.channels) * planeFloats(instruction);
  memory.fill(scratch() + PLANES, 0, span(floats, 4));
  for (let column: u32 = 0; column < columns; column += widest) {
    const width = min(columns - column, widest);
    packKernel(instruction, 0, column, width, 0, k);
    for (let at = line; at < end; ++at) {
      if (at == line || at % rowsY == 0) layPlanes(instruction, at / rowsY, scratch() + PLANES);
      convolveLine(instruction, at, column, width, k);
    }
  }
}

/** How far behind the first pixel of a tile the pixel under each step of the depth lies. */
function layOffsets(instruction: usize): void {
  const width = planeWidth(instruction);
  const first = firstTapOffset(instruction);
  const floats = planeFloats(instruction);
  let offset = scratch() + OFFSETS;
  for (let y: u32 = 0; y < count(instruction, Conv2dField.tapsY); ++y) {
    const line = first + y * count(instruction, Conv2dField.tapStepY) * width;
    for (let x: u32 = 0; x < count(instruction, Conv2dField.tapsX); ++x) {
      const pixel = line + x * count(instruction, Conv2dField.tapStepX);
      for (let channel: u32 = 0; channel < count(instruction, Conv2dField.channels); ++channel) {
        store<u32>(offset, (channel * floats + pixel) << 2);
        offset += 4;
      }
    }
  }
}

/** All tiles of a line of output pixels, for `columns` columns from `column` on. */
function convolveLine(instruction: usize, line: u32, column: u32, columns: u32, k: u32): void {
  const rowsX = count(instruction, Conv2dField.rowsX);
  const y = line % count(instruction, Conv2dField.rowsY);
  const pixelBytes = bytes(instruction, Conv2dField.targetStrideX);
  const bias = pointer(instruction, Conv2dField.biasPointer);
  const activation = count(instruction, Conv2dField.activation);
  const lowest = lowestOf(activation);
  const zeros = scratch();
  const offsets = scratch() + OFFSETS;
  const lineBytes = span(planeWidth(instruction), 4);
  let a = scratch() + PLANES + <usize>(y * count(instruction, Conv2dField.rowStepY)) * lineBytes;
  let target = targetRow(instruction, line * rowsX) + span(column, 4);
  for (let x: u32 = 0; x < rowsX; x += TILE_ROWS) {
    const rows = min(rowsX - x, TILE_ROWS);
    let panel = scratch() + B_PANELS;
    for (let c: u32 = 0; c < columns; c += TILE_COLUMNS) {
      const width = min(columns - c, TILE_COLUMNS);
      const tile = target + span(c, 4);
      const tileBias = bias ? bias + span(column + c, 4) : 0;
      if (rows == TILE_ROWS && width == TILE_COLUMNS) {
        f32GemmIndexed5x8(a, offsets, panel, k, tile, pixelBytes, zeros, 0, bias ? tileBias : zeros, lowest);
      } else {
        f32GemmIndexed5x8(a, offsets, panel, k, edgeSums(), TILE_ROW_BYTES, zeros, 0, zeros, -Infinity);
        finishEdge(rows, width, tile, pixelBytes, true, tileBias, lowest);
      }
      panel += span(k, TILE_ROW_BYTES);
    }
    if (activation && lowest != 0) {
      const parameter = real(instruction, Conv2dField.activationParameter);
      applyActivation(activation, parameter, target, pixelBytes, rows, columns);
    }
    a += span(TILE_ROWS, 4);
    target += <usize>TILE_ROWS * pixelBytes;
  }
}
