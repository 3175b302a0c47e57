// Convolutions of 3x3 taps as Winograd's F(4x4, 3x3): patches and kernel are transformed, multiplied as 36 matrices, and
// the products transformed back: a quarter of the multiplications where tiles fit. Which convolutions take this way is
// for bindings/ops/winograd.ts to say.

import { Conv2dField, WINOGRAD_PAD_BYTES } from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { TILE_COLUMNS, TILE_ROWS, TILE_ROW_BYTES, gather } from '../lib/microkernel';
import { packRows } from '../lib/pack';
import { partStart } from '../lib/split';
import { POSITIONS, TILE, gatherOutputs, spreadKernel } from '../lib/winograd';
import { signed } from './conv2d/patches';
import { clearZeros, multiplyBlock } from './gemm/blocked';
import { applyActivation, bytes, lowestOf, span } from './gemm/fields';
import {
  LINE_BYTES,
  MATRICES,
  blockTiles,
  itemOf,
  leftOf,
  lines,
  outputMatrices,
  outputMatrixBytes,
  panels,
  patchMatrices,
  patchMatrixBytes,
  spreadPatches,
  tileCount,
  topOf,
} from './winograd/tiles';

/** Bytes of one matrix of a transformed kernel: panels of B. */
@inline
function kernelMatrixBytes(instruction: usize): usize {
  const panels = (count(instruction, Conv2dField.columns) + TILE_COLUMNS - 1) / TILE_COLUMNS;
  return span(panels * count(instruction, Conv2dField.channels), TILE_ROW_BYTES) + <usize>WINOGRAD_PAD_BYTES;
}

/** The kernel, transformed, as panels of B: one matrix behind the other. Shared by columns. */
export function winogradKernel(instruction: usize, part: u32, parts: u32): void {
  const channels = count(instruction, Conv2dField.channels);
  const columns = count(instruction, Conv2dField.columns);
  const channelBytes = bytes(instruction, Conv2dField.kernelChannelStride);
  const columnBytes = bytes(instruction, Conv2dField.kernelColumnStride);
  const matrixBytes = kernelMatrixBytes(instruction);
  const end = partStart(columns, part + 1, parts, TILE_COLUMNS);
  for (let column = partStart(columns, part, parts, TILE_COLUMNS); column < end; column += 4) {
    const panel = column / TILE_COLUMNS;
    let source = pointer(instruction, Conv2dField.kernelPointer) + span(column, columnBytes);
    let target =
      pointer(instruction, Conv2dField.targetPointer) +
      span(panel * channels, TILE_ROW_BYTES) +
      span(column - panel * TILE_COLUMNS, 4);
    for (let channel: u32 = 0; channel < channels; ++channel) {
      transformKernel(instruction, source, columnBytes, target, matrixBytes);
      source += channelBytes;
      target += TILE_ROW_BYTES;
    }
  }
}

/** The taps of one channel and four columns. */
@inline
function transformKernel(
  instruction: usize,
  source: usize,
  columnBytes: usize,
  target: usize,
  matrixBytes: usize,
): void {
  const strideY = signed(instruction, Conv2dField.kernelTapStrideY) << 2;
  const strideX = signed(instruction, Conv2dField.kernelTapStrideX) << 2;
  const taps = lines() + <usize>POSITIONS * LINE_BYTES;
  for (let x: i32 = 0; x < 3; ++x) {
    for (let y: i32 = 0; y < 3; ++y) {
      const tap = source + <usize>(y * strideY + x * strideX);
      const columns =
        columnBytes == 4
          ? v128.load(tap)
          : gather(tap, tap + columnBytes, tap + 2 * columnBytes, tap + 3 * columnBytes);
      v128.store(taps + ((<usize>y) << 4), columns);
    }
    spreadKernel(taps, 16, lines() + ((<usize>x) << 4), LINE_BYTES);
  }
  for (let y: u32 = 0; y < POSITIONS; ++y) {
    spreadKernel(lines() + span(y, LINE_BYTES), 16, target + span(y * POSITIONS, matrixBytes), matrixBytes);
  }
}

/** The convolution with a transformed kernel. Shared by tiles. */
export function winogradConv2d(instruction: usize, part: u32, parts: u32): void {
  const tiles = tileCount(instruction);
  const channels = count(instruction, Conv2dField.channels);
  const columns = count(instruction, Conv2dField.columns);
  const most = blockTiles(instruction);
  const kernelBytes = kernelMatrixBytes(instruction);
  const patchBytes = patchMatrixBytes(instruction);
  const outputBytes = outputMatrixBytes(instruction);
  const rows = panels(instruction);
  const end = partStart(tiles, part + 1, parts, TILE_ROWS);
  clearZeros();
  for (let tile = partStart(tiles, part, parts, TILE_ROWS); tile < end; tile += most) {
    const height = min(most, end - tile);
    spreadPatches(instruction, tile, height, 0, POSITIONS);
    let patches = patchMatrices(instruction);
    let kernel = pointer(instruction, Conv2dField.kernelPointer);
    let outputs = outputMatrices(instruction);
    for (let matrix: u32 = 0; matrix < MATRICES; ++matrix) {
      packRows(patches, span(channels, 4), 4, height, channels, rows);
      multiplyBlock(
        rows,
        kernel,
        TILE_ROW_BYTES,
        span(channels, TILE_ROW_BYTES),
        channels,
        height,
        columns,
        outputs,
        span(columns, 4),
        true,
        0,
        -Infinity,
      );
      patches += patchBytes;
      kernel += kernelBytes;
      outputs += outputBytes;
    }
    gatherTiles(instruction, tile, height);
  }
}

/** Transforms the products of `tiles` tiles from `first` on back, and finishes their pixels. */
function gatherTiles(instruction: usize, first: u32, tiles: u32): void {
  const columns = count(instruction, Conv2dField.columns);
  const pixelBytes = bytes(instruction, Conv2dField.targetStrideX);
  const rowBytes = bytes(instruction, Conv2dField.targetStrideY);
  const activation = count(instruction, Conv2dField.activation);
  const lowest = lowestOf(activation);
  const parameter = real(instruction, Conv2dField.activationParameter);
  let source = outputMatrices(instruction);
  for (let tile = first; tile < first + tiles; ++tile) {
    const top = topOf(instruction, tile);
    const left = leftOf(instruction, tile);
    const height = min(TILE, count(instruction, Conv2dField.rowsY) - top);
    const width = min(TILE, count(instruction, Conv2dField.rowsX) - left);
    const corner =
      pointer(instruction, Conv2dField.targetPointer) +
      span(itemOf(instruction, tile), bytes(instruction, Conv2dField.targetBatchStride)) +
      span(top, rowBytes) +
      span(left, pixelBytes);
    gatherTile(instruction, source, corner, height, width, lowest);
    if (activation && lowest != 0) {
      for (let y: u32 = 0; y < height; ++y) {
        applyActivation(activation, parameter, corner + span(y, rowBytes), pixelBytes, width, columns);
      }
    }
    source += span(columns, 4);
  }
}

@inline
function gatherTile(instruction: usize, source: usize, corner: usize, height: u32, width: u32, lowest: f32): void {
  const columns = count(instruction, Conv2dField.columns);
  const pixelBytes = bytes(instruction, Conv2dField.targetStrideX);
  const rowBytes = bytes(instruction, Conv2dField.targetStrideY);
  const matrixBytes = outputMatrixBytes(instruction);
  const floor = f32x4.splat(lowest);
  const pixels = lines() + <usize>POSITIONS * LINE_BYTES;
  const bias = pointer(instruction, Conv2dField.biasPointer);
  for (let column: u32 = 0; column < columns; column += 4) {
    const shift = bias ? v128.load(bias + span(column, 4)) : f32x4.splat(0);
    for (let x: u32 = 0; x < POSITIONS; ++x) {
      gatherOutputs(source + span(x, matrixBytes), <usize>POSITIONS * matrixBytes, lines() + span(x, 16), LINE_BYTES);
    }
    for (let y: u32 = 0; y < height; ++y) {
      gatherOutputs(lines() + span(y, LINE_BYTES), 16, pixels, 16);
      let pixel = corner + span(y, rowBytes);
      for (let x: u32 = 0; x < width; ++x) {
        v128.store(pixel, f32x4.pmax(f32x4.add(v128.load(pixels + span(x, 16)), shift), floor));
        pixel += pixelBytes;
      }
    }
    source += 16;
    corner += 16;
  }
}
