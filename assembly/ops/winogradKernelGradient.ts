// The kernel gradient of a Winograd convolution: the transposed transforms of `winogradConv2d`. Patches and the outputs'
// gradients are transformed and multiplied, summed over all tiles, and the sums transformed back.

import { Conv2dField, WINOGRAD_PAD_BYTES } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { packRows } from '../lib/pack';
import { TILE_ROW_BYTES } from '../lib/microkernel';
import { partStart } from '../lib/split';
import { POSITIONS, gatherKernel } from '../lib/winograd';
import { clearZeros, multiplyBlock } from './gemm/blocked';
import { bytes, span } from './gemm/fields';
import {
  LINE_BYTES,
  blockTiles,
  lines,
  outputMatrices,
  outputMatrixBytes,
  panels,
  patchMatrices,
  patchMatrixBytes,
  spreadGradients,
  spreadPatches,
  tileCount,
} from './winograd/tiles';

/** Bytes of one matrix of sums, [channels, columns]. */
@inline
function sumMatrixBytes(instruction: usize): usize {
  const floats = count(instruction, Conv2dField.channels) * count(instruction, Conv2dField.columns);
  return span(floats, 4) + <usize>WINOGRAD_PAD_BYTES;
}

/** Sums over tiles, in blocks of them. Shared by lines of positions: six parts at most. */
export function winogradKernelSums(instruction: usize, part: u32, parts: u32): void {
  const lineStart = partStart(POSITIONS, part, parts, 1);
  const lineEnd = partStart(POSITIONS, part + 1, parts, 1);
  if (lineStart == lineEnd) return;
  const tiles = tileCount(instruction);
  const most = blockTiles(instruction);
  clearZeros();
  for (let tile: u32 = 0; tile < tiles; tile += most) {
    const depth = min(most, tiles - tile);
    spreadPatches(instruction, tile, depth, lineStart, lineEnd);
    spreadGradients(instruction, tile, depth, lineStart, lineEnd);
    for (let matrix = lineStart * POSITIONS; matrix < lineEnd * POSITIONS; ++matrix) {
      addProducts(instruction, matrix, depth, !tile);
    }
  }
}

/** Adds the products of a block of tiles to the sums of one position. */
@inline
function addProducts(instruction: usize, matrix: u32, depth: u32, isFirst: bool): void {
  const channels = count(instruction, Conv2dField.channels);
  const columns = count(instruction, Conv2dField.columns);
  const rows = panels(instruction);
  const patches = patchMatrices(instruction) + span(matrix, patchMatrixBytes(instruction));
  packRows(patches, 4, span(channels, 4), channels, depth, rows);
  multiplyBlock(
    rows,
    outputMatrices(instruction) + span(matrix, outputMatrixBytes(instruction)),
    span(columns, 4),
    TILE_ROW_BYTES,
    depth,
    channels,
    columns,
    pointer(instruction, Conv2dField.kernelPointer) + span(matrix, sumMatrixBytes(instruction)),
    span(columns, 4),
    isFirst,
    0,
    -Infinity,
  );
}

/** The gradient of the kernel, given the sums at the place of the source. Shared by channels. */
export function winogradKernelGradient(instruction: usize, part: u32, parts: u32): void {
  const channels = count(instruction, Conv2dField.channels);
  const columns = count(instruction, Conv2dField.columns);
  const matrixBytes = sumMatrixBytes(instruction);
  const strideY = bytes(instruction, Conv2dField.kernelTapStrideY);
  const strideX = bytes(instruction, Conv2dField.kernelTapStrideX);
  const end = partStart(channels, part + 1, parts, 1);
  for (let channel = partStart(channels, part, parts, 1); channel < end; ++channel) {
    let source = pointer(instruction, Conv2dField.sourcePointer) + span(channel * columns, 4);
    let target =
      pointer(instruction, Conv2dField.kernelPointer) +
      span(channel, bytes(instruction, Conv2dField.kernelChannelStride));
    for (let column: u32 = 0; column < columns; column += 4) {
      for (let x: u32 = 0; x < POSITIONS; ++x) {
        gatherKernel(source + span(x, matrixBytes), <usize>POSITIONS * matrixBytes, lines() + span(x, 16), LINE_BYTES);
      }
      for (let y: u32 = 0; y < 3; ++y) {
        gatherKernel(lines() + span(y, LINE_BYTES), 16, target + span(y, strideY), strideX);
      }
      source += 16;
      target += 16;
    }
  }
}
