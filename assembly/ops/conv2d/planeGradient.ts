// Kernel gradients of images with few channels: five neighbouring taps of a plane are five rows of the product, so the register
// kernel reads them where they lie, at each output pixel. Sums are those of packed patches, in the same order.
//
// Scratch: | zeros ... panels of B, as in gemm/blocked.ts | offsets of pixels | planes of the images that a block of pixels is on |

import { Conv2dField, GEMM_LAST_BLOCK } from '../../opcodes';
import { blockDepth } from '../../lib/blocks';
import { count, pointer } from '../../lib/fields';
import { TILE_COLUMNS, TILE_ROWS, TILE_ROW_BYTES, f32GemmIndexed5x8 } from '../../lib/microkernel';
import { packColumns } from '../../lib/pack';
import { SCRATCH_BYTES, scratch } from '../../lib/scratch';
import { partStart } from '../../lib/split';
import { B_PANELS, blockColumns, clearZeros, edgeSums, finishEdge } from '../gemm/blocked';
import { bytes, span } from '../gemm/fields';
import { patchDepth, patchRows, signed } from './patches';
import { MOST_CHANNELS, firstTapOffset, layPlanes, planeFloats, planeWidth } from './planeLayout';
import { OFFSETS, PLANES } from './planes';

@inline
function pixelsOfImage(instruction: usize): u32 {
  return count(instruction, Conv2dField.rowsY) * count(instruction, Conv2dField.rowsX);
}

/** Images that a block of pixels may be on. */
@inline
function imagesOfBlock(instruction: usize): u32 {
  const most = (<u32>GEMM_LAST_BLOCK + pixelsOfImage(instruction) - 2) / pixelsOfImage(instruction) + 1;
  return min(most, count(instruction, Conv2dField.batch));
}

@inline
function imageFloats(instruction: usize): u32 {
  return count(instruction, Conv2dField.channels) * planeFloats(instruction);
}

/** Laying out and packing a value of a patch takes as long as a step of so many tiles. */
const TILES_OF_VALUE: f32 = 0.25;

/** Whether fewer values are packed than tiles are added, where the taps of a line do not fill tiles. */
function isWorthwhile(instruction: usize): bool {
  const lines = count(instruction, Conv2dField.tapsY) * count(instruction, Conv2dField.channels);
  const tilesAcross = (count(instruction, Conv2dField.columns) + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const planar = lines * ((count(instruction, Conv2dField.tapsX) + TILE_ROWS - 1) / TILE_ROWS) * tilesAcross;
  const packed = ((patchDepth(instruction) + TILE_ROWS - 1) / TILE_ROWS) * tilesAcross;
  return <f32>planar <= <f32>packed + TILES_OF_VALUE * <f32>patchDepth(instruction);
}

/** Whether `correlatePlanes` does this gradient: a matter of shapes alone. */
export function isPlanarGradient(instruction: usize): bool {
  if (count(instruction, Conv2dField.channels) > MOST_CHANNELS || !patchRows(instruction)) return false;
  if (count(instruction, Conv2dField.groups) != 1 || count(instruction, Conv2dField.tapStepX) != 1) return false;
  if (!isWorthwhile(instruction)) return false;
  const floats = <u64>imagesOfBlock(instruction) * imageFloats(instruction);
  return <u64>PLANES + (floats << 2) <= <u64>SCRATCH_BYTES;
}

/** Shared by columns, or by lines of taps, whichever are more. */
export function correlatePlanes(instruction: usize, part: u32, parts: u32): void {
  const columns = count(instruction, Conv2dField.columns);
  const lines = count(instruction, Conv2dField.tapsY) * count(instruction, Conv2dField.channels);
  const isByLines = lines >= columns / TILE_COLUMNS;
  const line: u32 = isByLines ? partStart(lines, part, parts, 1) : 0;
  const lineEnd = isByLines ? partStart(lines, part + 1, parts, 1) : lines;
  const column: u32 = isByLines ? 0 : partStart(columns, part, parts, TILE_COLUMNS);
  const columnEnd = isByLines ? columns : partStart(columns, part + 1, parts, TILE_COLUMNS);
  if (line >= lineEnd) return;
  const widest = blockColumns(patchRows(instruction));
  clearZeros();
  memory.fill(scratch() + PLANES, 0, span(imagesOfBlock(instruction) * imageFloats(instruction), 4));
  for (let c = column; c < columnEnd; c += widest) {
    correlateColumns(instruction, line, lineEnd, c, min(columnEnd - c, widest));
  }
}

/** All blocks of pixels, for lines of taps and a block of columns. */
function correlateColumns(instruction: usize, line: u32, lineEnd: u32, column: u32, columns: u32): void {
  const pixels = patchRows(instruction);
  const perImage = pixelsOfImage(instruction);
  const images = imagesOfBlock(instruction);
  const pixelBytes = bytes(instruction, Conv2dField.targetStrideX);
  const gradient = pointer(instruction, Conv2dField.targetPointer) + span(column, 4);
  let laid: u32 = 0;
  for (let pixel: u32 = 0; pixel < pixels;) {
    const depth = blockDepth(pixels - pixel);
    for (laid = max(laid, pixel / perImage); laid <= (pixel + depth - 1) / perImage; ++laid) {
      const planes = scratch() + PLANES + span((laid % images) * imageFloats(instruction), 4);
      layPlanes(instruction, laid, planes);
    }
    layPixels(instruction, pixel, depth);
    const source = gradient + span(pixel, pixelBytes);
    packColumns(source, 4, pixelBytes, columns, depth, scratch() + B_PANELS, span(depth, TILE_ROW_BYTES));
    for (let at = line; at < lineEnd; ++at) addLine(instruction, at, column, columns, depth, !pixel);
    pixel += depth;
  }
}

/** Where in the planes the pixel under the first tap of each output pixel lies. */
function layPixels(instruction: usize, pixel: u32, depth: u32): void {
  const rowsX = count(instruction, Conv2dField.rowsX);
  const rowsY = count(instruction, Conv2dField.rowsY);
  const stepX = count(instruction, Conv2dField.rowStepX);
  const stepY = count(instruction, Conv2dField.rowStepY) * planeWidth(instruction);
  const images = imagesOfBlock(instruction);
  const first = firstTapOffset(instruction);
  const end = scratch() + OFFSETS + span(depth, 4);
  let x = pixel % rowsX;
  let y = (pixel / rowsX) % rowsY;
  let item = pixel / rowsX / rowsY;
  for (let offset = scratch() + OFFSETS; offset < end; offset += 4) {
    store<u32>(offset, ((item % images) * imageFloats(instruction) + first + y * stepY + x * stepX) << 2);
    if (++x < rowsX) continue;
    x = 0;
    if (++y < rowsY) continue;
    y = 0;
    ++item;
  }
}

/** Adds a block of pixels to the gradients of one line of taps of a channel. */
function addLine(instruction: usize, line: u32, column: u32, columns: u32, depth: u32, isFirst: bool): void {
  const channels = count(instruction, Conv2dField.channels);
  const tapY = line / channels;
  const channel = line - tapY * channels;
  const tapsX = count(instruction, Conv2dField.tapsX);
  const tapBytes = <usize>(signed(instruction, Conv2dField.kernelTapStrideX) << 2);
  const baseRowBytes: usize = isFirst ? 0 : tapBytes;
  const zeros = scratch();
  const offsets = scratch() + OFFSETS;
  const tapOffset =
    channel * planeFloats(instruction) + tapY * count(instruction, Conv2dField.tapStepY) * planeWidth(instruction);
  let a = scratch() + PLANES + span(tapOffset, 4);
  let row =
    pointer(instruction, Conv2dField.kernelPointer) +
    <usize>((<i32>tapY * signed(instruction, Conv2dField.kernelTapStrideY)) << 2) +
    span(channel, bytes(instruction, Conv2dField.kernelChannelStride)) +
    span(column, 4);
  for (let tap: u32 = 0; tap < tapsX; tap += TILE_ROWS) {
    const rows = min(tapsX - tap, TILE_ROWS);
    let panel = scratch() + B_PANELS;
    for (let c: u32 = 0; c < columns; c += TILE_COLUMNS) {
      const width = min(columns - c, TILE_COLUMNS);
      const tile = row + span(c, 4);
      if (rows == TILE_ROWS && width == TILE_COLUMNS) {
        const base = isFirst ? zeros : tile;
        f32GemmIndexed5x8(a, offsets, panel, depth, tile, tapBytes, base, baseRowBytes, zeros, -Infinity);
      } else {
        f32GemmIndexed5x8(a, offsets, panel, depth, edgeSums(), TILE_ROW_BYTES, zeros, 0, zeros, -Infinity);
        finishEdge(rows, width, tile, tapBytes, isFirst, 0, -Infinity);
      }
      panel += span(depth, TILE_ROW_BYTES);
    }
    a += span(TILE_ROWS, 4);
    row += <usize>TILE_ROWS * tapBytes;
  }
}
