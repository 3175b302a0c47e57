// Tiles of a Winograd convolution: 4x4 output pixels, the patch of 6x6 pixels that they see, and the 36 matrices, one for
// each position of a transformed patch, whose rows are tiles. A block of tiles is worked on at a time.
//
// Scratch: | zeros, sums of an edge tile, as in gemm/blocked.ts | lines | a staged patch | panels of A | patches | outputs |

import { Conv2dField, WINOGRAD_PAD_BYTES } from '../../opcodes';
import { count, pointer } from '../../lib/fields';
import { TILE_ROWS } from '../../lib/microkernel';
import { SCRATCH_BYTES, scratch } from '../../lib/scratch';
import { POSITIONS, TILE, spreadOutputs, spreadPatch } from '../../lib/winograd';
import { copyWords } from '../../lib/words';
import { signed } from '../conv2d/patches';
import { A_PANELS } from '../gemm/blocked';
import { bytes, span } from '../gemm/fields';

/** What a pass over columns leaves for the pass over rows: six lines of six vectors. */
const LINES: usize = A_PANELS;
export const LINE_BYTES: usize = (<usize>POSITIONS) << 4;
const STAGE: usize = LINES + <usize>POSITIONS * LINE_BYTES;
/** Matrices: positions of a transformed patch. */
export const MATRICES: u32 = POSITIONS * POSITIONS;
/** Of all matrices of a block: rather less than the second-level cache has... */
const BLOCK_BYTES: usize = 360 << 10;
/** ... but for so many tiles, which sums over tiles need to be worth their stores, as much as scratch has. */
const LEAST_TILES: u32 = 20;
const MOST_BYTES: usize = 880 << 10;
const TILE_PIXELS: u32 = MATRICES;

@inline
export function lines(): usize {
  return scratch() + LINES;
}

@inline
export function tilesAcross(instruction: usize): u32 {
  return (count(instruction, Conv2dField.rowsX) + TILE - 1) / TILE;
}

@inline
export function tilesDown(instruction: usize): u32 {
  return (count(instruction, Conv2dField.rowsY) + TILE - 1) / TILE;
}

/** Tiles of all images. */
@inline
export function tileCount(instruction: usize): u32 {
  return count(instruction, Conv2dField.batch) * tilesDown(instruction) * tilesAcross(instruction);
}

@inline
function channelsOf(instruction: usize): u32 {
  return count(instruction, Conv2dField.channels);
}

/** Tiles of a block, a matter of shapes alone: sums over tiles are made of blocks. */
export function blockTiles(instruction: usize): u32 {
  const tileBytes = span(MATRICES * (channelsOf(instruction) + count(instruction, Conv2dField.columns)), 4);
  const tiles = max(<u32>(BLOCK_BYTES / tileBytes), min(<u32>(MOST_BYTES / tileBytes), LEAST_TILES));
  return max(tiles / TILE_ROWS, 1) * TILE_ROWS;
}

/** Bytes of the matrix of one position, and what is left free behind it. */
@inline
export function patchMatrixBytes(instruction: usize): usize {
  return span(blockTiles(instruction) * channelsOf(instruction), 4) + <usize>WINOGRAD_PAD_BYTES;
}

@inline
export function outputMatrixBytes(instruction: usize): usize {
  return span(blockTiles(instruction) * count(instruction, Conv2dField.columns), 4) + <usize>WINOGRAD_PAD_BYTES;
}

/** Panels of A: all tiles, or all channels, of one matrix. */
@inline
export function panels(instruction: usize): usize {
  return (
    scratch() + STAGE + span(TILE_PIXELS * max(channelsOf(instruction), count(instruction, Conv2dField.columns)), 4)
  );
}

@inline
export function patchMatrices(instruction: usize): usize {
  return panels(instruction) + span(blockTiles(instruction) * (channelsOf(instruction) + TILE_ROWS), 4);
}

export function outputMatrices(instruction: usize): usize {
  const start = patchMatrices(instruction) + <usize>MATRICES * patchMatrixBytes(instruction);
  assert(start - scratch() + <usize>MATRICES * outputMatrixBytes(instruction) <= <usize>SCRATCH_BYTES);
  return start;
}

/** Transforms the patches of `tiles` tiles from `first` on, lines `lineStart` to `lineEnd` of the result. */
export function spreadPatches(instruction: usize, first: u32, tiles: u32, lineStart: u32, lineEnd: u32): void {
  const across = tilesAcross(instruction);
  const down = tilesDown(instruction);
  const channels = channelsOf(instruction);
  const height = signed(instruction, Conv2dField.sourceHeight);
  const width = signed(instruction, Conv2dField.sourceWidth);
  const pixelBytes = span(channels, 4);
  const rowBytes = <usize>width * pixelBytes;
  const source = pointer(instruction, Conv2dField.sourcePointer);
  const matrixBytes = patchMatrixBytes(instruction);
  let target = patchMatrices(instruction);
  for (let tile = first; tile < first + tiles; ++tile) {
    const line = tile / across;
    const item = line / down;
    const image = source + <usize>(item * height) * rowBytes;
    const top = <i32>((line - item * down) * TILE) + signed(instruction, Conv2dField.tapFirstY);
    const left = <i32>((tile - line * across) * TILE) + signed(instruction, Conv2dField.tapFirstX);
    if (top >= 0 && left >= 0 && top + <i32>POSITIONS <= height && left + <i32>POSITIONS <= width) {
      const patch = image + <usize>top * rowBytes + <usize>left * pixelBytes;
      transformPatch(patch, rowBytes, pixelBytes, channels, target, matrixBytes, lineStart, lineEnd);
    } else {
      stage(image, top, left, height, width, pixelBytes, POSITIONS);
      const stageRowBytes = <usize>POSITIONS * pixelBytes;
      transformPatch(scratch() + STAGE, stageRowBytes, pixelBytes, channels, target, matrixBytes, lineStart, lineEnd);
    }
    target += pixelBytes;
  }
}

@inline
function transformPatch(
  patch: usize,
  rowBytes: usize,
  pixelBytes: usize,
  channels: u32,
  target: usize,
  matrixBytes: usize,
  lineStart: u32,
  lineEnd: u32,
): void {
  for (let channel: u32 = 0; channel < channels; channel += 4) {
    for (let x: u32 = 0; x < POSITIONS; ++x) {
      spreadPatch(patch + span(x, pixelBytes), rowBytes, lines() + span(x, 16), LINE_BYTES);
    }
    for (let y = lineStart; y < lineEnd; ++y) {
      spreadPatch(lines() + span(y, LINE_BYTES), 16, target + span(y * POSITIONS, matrixBytes), matrixBytes);
    }
    patch += 16;
    target += 16;
  }
}

/** Transforms the outputs' gradients, which lie where the target of a convolution is, of `tiles` tiles from `first` on. */
export function spreadGradients(instruction: usize, first: u32, tiles: u32, lineStart: u32, lineEnd: u32): void {
  const across = tilesAcross(instruction);
  const down = tilesDown(instruction);
  const columns = count(instruction, Conv2dField.columns);
  const height = signed(instruction, Conv2dField.rowsY);
  const width = signed(instruction, Conv2dField.rowsX);
  const pixelBytes = bytes(instruction, Conv2dField.targetStrideX);
  const rowBytes = bytes(instruction, Conv2dField.targetStrideY);
  const imageBytes = bytes(instruction, Conv2dField.targetBatchStride);
  const matrixBytes = outputMatrixBytes(instruction);
  let target = outputMatrices(instruction);
  for (let tile = first; tile < first + tiles; ++tile) {
    const line = tile / across;
    const item = line / down;
    const image = pointer(instruction, Conv2dField.targetPointer) + span(item, imageBytes);
    const top = <i32>((line - item * down) * TILE);
    const left = <i32>((tile - line * across) * TILE);
    if (top + <i32>TILE <= height && left + <i32>TILE <= width) {
      const corner = image + <usize>top * rowBytes + <usize>left * pixelBytes;
      transformGradient(corner, rowBytes, pixelBytes, columns, target, matrixBytes, lineStart, lineEnd);
    } else {
      stage(image, top, left, height, width, pixelBytes, TILE);
      const stageRowBytes = <usize>TILE * pixelBytes;
      transformGradient(scratch() + STAGE, stageRowBytes, pixelBytes, columns, target, matrixBytes, lineStart, lineEnd);
    }
    target += span(columns, 4);
  }
}

@inline
function transformGradient(
  source: usize,
  rowBytes: usize,
  pixelBytes: usize,
  columns: u32,
  target: usize,
  matrixBytes: usize,
  lineStart: u32,
  lineEnd: u32,
): void {
  for (let column: u32 = 0; column < columns; column += 4) {
    for (let x: u32 = 0; x < TILE; ++x) {
      spreadOutputs(source + span(x, pixelBytes), rowBytes, lines() + span(x, 16), LINE_BYTES);
    }
    for (let y = lineStart; y < lineEnd; ++y) {
      spreadOutputs(lines() + span(y, LINE_BYTES), 16, target + span(y * POSITIONS, matrixBytes), matrixBytes);
    }
    source += 16;
    target += 16;
  }
}

/** Copies `side` x `side` pixels from (top, left) on, zeros for those outside the image. */
function stage(image: usize, top: i32, left: i32, height: i32, width: i32, pixelBytes: usize, side: u32): void {
  let target = scratch() + STAGE;
  for (let y = top; y < top + <i32>side; ++y) {
    for (let x = left; x < left + <i32>side; ++x) {
      const isInside = y >= 0 && x >= 0 && y < height && x < width;
      if (isInside) copyWords(target, image + <usize>(y * width + x) * pixelBytes, <u32>(pixelBytes >> 2));
      else memory.fill(target, 0, pixelBytes);
      target += pixelBytes;
    }
  }
}
