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
function tilesAcross(instruction: usize): u32 {
  return (count(instruction, Conv2dField.rowsX) + TILE - 1) / TILE;
}

@inline
function tilesDown(instruction: usize): u32 {
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

/** The image that a tile is on. */
@inline
export function itemOf(instruction: usize, tile: u32): u32 {
  return tile / (tilesAcross(instruction) * tilesDown(instruction));
}

/** First row of output pixels of a tile. */
@inline
export function topOf(instruction: usize, tile: u32): u32 {
  return ((tile / tilesAcross(instruction)) % tilesDown(instruction)) * TILE;
}

/** First column of output pixels of a tile. */
@inline
export function leftOf(instruction: usize, tile: u32): u32 {
  return (tile % tilesAcross(instruction)) * TILE;
}

/** Transforms the patches of `tiles` tiles from `first` on, lines `lineStart` to `lineEnd` of the result. */
export function spreadPatches(instruction: usize, first: u32, tiles: u32, lineStart: u32, lineEnd: u32): void {
  const channels = channelsOf(instruction);
  const height = signed(instruction, Conv2dField.sourceHeight);
  const width = signed(instruction, Conv2dField.sourceWidth);
  const image = span(<u32>(height * width) * channels, 4);
  let target = patchMatrices(instruction);
  for (let tile = first; tile < first + tiles; ++tile) {
    spreadTile(
      true,
      pointer(instruction, Conv2dField.sourcePointer) + span(itemOf(instruction, tile), image),
      <i32>topOf(instruction, tile) + signed(instruction, Conv2dField.tapFirstY),
      <i32>leftOf(instruction, tile) + signed(instruction, Conv2dField.tapFirstX),
      height,
      width,
      channels,
      target,
      patchMatrixBytes(instruction),
      lineStart,
      lineEnd,
    );
    target += span(channels, 4);
  }
}

/**
 * Transforms the gradients of the outputs of `tiles` tiles from `first` on. They lie where the target of a convolution is, whose
 * pixels are adjacent.
 */
export function spreadGradients(instruction: usize, first: u32, tiles: u32, lineStart: u32, lineEnd: u32): void {
  const columns = count(instruction, Conv2dField.columns);
  const image = bytes(instruction, Conv2dField.targetBatchStride);
  let target = outputMatrices(instruction);
  for (let tile = first; tile < first + tiles; ++tile) {
    spreadTile(
      false,
      pointer(instruction, Conv2dField.targetPointer) + span(itemOf(instruction, tile), image),
      topOf(instruction, tile),
      leftOf(instruction, tile),
      signed(instruction, Conv2dField.rowsY),
      signed(instruction, Conv2dField.rowsX),
      columns,
      target,
      outputMatrixBytes(instruction),
      lineStart,
      lineEnd,
    );
    target += span(columns, 4);
  }
}

/** A patch, or the gradients of a tile's outputs (`isPatch` is a constant in each copy), of an image of adjacent pixels. */
@inline
function spreadTile(
  isPatch: bool,
  image: usize,
  top: i32,
  left: i32,
  height: i32,
  width: i32,
  channels: u32,
  target: usize,
  matrixBytes: usize,
  lineStart: u32,
  lineEnd: u32,
): void {
  const side = isPatch ? POSITIONS : TILE;
  const pixelBytes = span(channels, 4);
  let rowBytes = <usize>width * pixelBytes;
  let corner = image + <usize>top * rowBytes + <usize>left * pixelBytes;
  if (top < 0 || left < 0 || top + <i32>side > height || left + <i32>side > width) {
    stage(image, top, left, height, width, pixelBytes, side);
    rowBytes = span(side, pixelBytes);
    corner = scratch() + STAGE;
  }
  for (let channel: u32 = 0; channel < channels; channel += 4) {
    for (let x: u32 = 0; x < side; ++x) {
      spread(isPatch, corner + span(x, pixelBytes), rowBytes, lines() + span(x, 16), LINE_BYTES);
    }
    for (let y = lineStart; y < lineEnd; ++y) {
      spread(isPatch, lines() + span(y, LINE_BYTES), 16, target + span(y * POSITIONS, matrixBytes), matrixBytes);
    }
    corner += 16;
    target += 16;
  }
}

@inline
function spread(isPatch: bool, source: usize, sourceStep: usize, target: usize, targetStep: usize): void {
  if (isPatch) spreadPatch(source, sourceStep, target, targetStep);
  else spreadOutputs(source, sourceStep, target, targetStep);
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
