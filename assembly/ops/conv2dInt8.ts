// Convolutions and matrix products with int8 kernels (see Conv2dInt8Field). Patches of the quantised images are packed, some tiles
// of five at a time, and multiplied by panels of the kernel, which lie ready. Sums are of integers, so no order shows in the bits.
//
// Scratch: | bias of a panel | an edge tile | scales of the packed rows | packed patches |

import { Conv2dInt8Field, INT8_DEPTH_LIMIT, INT8_PANEL_COLUMNS } from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { A_PAIR, B_PAIR, int8Tile1x8, int8Tile5x8 } from '../lib/int8Tiles';
import { storeLanes } from '../lib/lanes';
import { SCRATCH_BYTES, scratch } from '../lib/scratch';
import { partStart } from '../lib/split';
import { applyActivation, lowestOf, span } from './gemm/fields';
import { quantizedBytes } from './quantizeRows';

const TILE_ROWS: u32 = 5;
const TILE_ROW_BYTES: usize = (<usize>INT8_PANEL_COLUMNS) << 2;
/** Patches are packed as many tiles at a time as fit this beside a panel of the kernel in the second-level cache, at least one. */
const BLOCK_BYTES: u32 = 65536;
const MOST_TILES: u32 = 64;

const EDGE_TILE: usize = TILE_ROW_BYTES;
const SCALES: usize = EDGE_TILE + <usize>TILE_ROWS * TILE_ROW_BYTES;
const PATCHES: usize = SCALES + ((<usize>(MOST_TILES * TILE_ROWS)) << 2);
const PATCHES_END: usize = PATCHES + <usize>(INT8_DEPTH_LIMIT / 2) * A_PAIR;

/** Shared by rows of the product, or by panels of columns where there are few rows. */
export function conv2dInt8(instruction: usize, part: u32, parts: u32): void {
  assert(PATCHES_END <= <usize>SCRATCH_BYTES);
  assert(patchDepth(instruction) <= <u32>INT8_DEPTH_LIMIT);
  const rows =
    count(instruction, Conv2dInt8Field.batch) *
    count(instruction, Conv2dInt8Field.rowsY) *
    count(instruction, Conv2dInt8Field.rowsX);
  const columns = count(instruction, Conv2dInt8Field.columns);
  if (rows < parts * TILE_ROWS) {
    const column = partStart(columns, part, parts, INT8_PANEL_COLUMNS);
    multiply(instruction, 0, rows, column, partStart(columns, part + 1, parts, INT8_PANEL_COLUMNS));
  } else {
    const row = partStart(rows, part, parts, TILE_ROWS);
    multiply(instruction, row, partStart(rows, part + 1, parts, TILE_ROWS), 0, columns);
  }
}

@inline
function patchDepth(instruction: usize): u32 {
  return (
    count(instruction, Conv2dInt8Field.tapsY) *
    count(instruction, Conv2dInt8Field.tapsX) *
    count(instruction, Conv2dInt8Field.channels)
  );
}

/** Whether every image is one pixel, and its patch too: rows of a matrix product. */
@inline
function isMatrix(instruction: usize): bool {
  return (
    count(instruction, Conv2dInt8Field.sourceHeight) * count(instruction, Conv2dInt8Field.sourceWidth) == 1 &&
    patchDepth(instruction) == count(instruction, Conv2dInt8Field.channels) &&
    !(count(instruction, Conv2dInt8Field.tapFirstY) | count(instruction, Conv2dInt8Field.tapFirstX)) &&
    count(instruction, Conv2dInt8Field.rowsY) * count(instruction, Conv2dInt8Field.rowsX) == 1
  );
}

/** The rectangle of the target from (row, column) to (rowEnd, columnEnd). */
function multiply(instruction: usize, row: u32, rowEnd: u32, column: u32, columnEnd: u32): void {
  if (row >= rowEnd || column >= columnEnd) return;
  const pairs = (patchDepth(instruction) + 1) >> 1;
  if (rowEnd - row <= 2 && isMatrix(instruction)) {
    const rowBytes = quantizedBytes(count(instruction, Conv2dInt8Field.channels));
    for (; row < rowEnd; ++row) {
      const a = pointer(instruction, Conv2dInt8Field.sourcePointer) + span(row, rowBytes);
      const scales = pointer(instruction, Conv2dInt8Field.sourceScalesPointer) + span(row, 4);
      multiplyBlock(instruction, a, scales, pairs, row, 1, column, columnEnd, true);
    }
    return;
  }
  const tiles = max<u32>(1, min<u32>(MOST_TILES, BLOCK_BYTES / (pairs * <u32>A_PAIR)));
  for (; row < rowEnd; row += tiles * TILE_ROWS) {
    const rows = min(rowEnd - row, tiles * TILE_ROWS);
    packPatches(instruction, row, rows, pairs);
    multiplyBlock(instruction, scratch() + PATCHES, scratch() + SCALES, pairs, row, rows, column, columnEnd, false);
  }
}

/** Packed rows, or one row as it lies, times all panels from `column` on. */
function multiplyBlock(
  instruction: usize,
  a: usize,
  scales: usize,
  pairs: u32,
  row: u32,
  rows: u32,
  column: u32,
  columnEnd: u32,
  isOneRow: bool,
): void {
  const cRowBytes = span(count(instruction, Conv2dInt8Field.columns), 4);
  const first = pointer(instruction, Conv2dInt8Field.targetPointer) + span(row, cRowBytes);
  const activation = count(instruction, Conv2dInt8Field.activation);
  const lowest = lowestOf(activation);
  const edge = scratch() + EDGE_TILE;
  for (let panel = column; panel < columnEnd; panel += INT8_PANEL_COLUMNS) {
    const width = min<u32>(columnEnd - panel, INT8_PANEL_COLUMNS);
    const b = pointer(instruction, Conv2dInt8Field.kernelPointer) + span((panel / INT8_PANEL_COLUMNS) * pairs, B_PAIR);
    const kernelScales = pointer(instruction, Conv2dInt8Field.kernelScalesPointer) + span(panel, 4);
    const bias = panelBias(instruction, panel, width);
    let tile = a;
    let tileScales = scales;
    let c = first + span(panel, 4);
    for (let left = rows; left;) {
      const height = min(left, TILE_ROWS);
      const isWhole = width == INT8_PANEL_COLUMNS && (isOneRow || height == TILE_ROWS);
      const target = isWhole ? c : edge;
      const targetRowBytes = isWhole ? cRowBytes : TILE_ROW_BYTES;
      if (isOneRow) {
        int8Tile1x8(tile, b, pairs, target, tileScales, kernelScales, bias, lowest);
      } else {
        int8Tile5x8(tile, b, pairs, target, targetRowBytes, tileScales, kernelScales, bias, lowest);
      }
      if (!isWhole) storeEdge(edge, c, cRowBytes, height, width);
      tile += span(pairs, A_PAIR);
      tileScales += span(TILE_ROWS, 4);
      c += <usize>TILE_ROWS * cRowBytes;
      left -= height;
    }
  }
  const parameter = real(instruction, Conv2dInt8Field.activationParameter);
  applyActivation(activation, parameter, first + span(column, 4), cRowBytes, rows, columnEnd - column);
}

/** Eight floats of bias: those of the instruction, or a copy that does not reach beyond them, or zeros. */
function panelBias(instruction: usize, column: u32, width: u32): usize {
  const bias = pointer(instruction, Conv2dInt8Field.biasPointer);
  if (bias && width == INT8_PANEL_COLUMNS) return bias + span(column, 4);
  memory.fill(scratch(), 0, TILE_ROW_BYTES);
  if (bias) memory.copy(scratch(), bias + span(column, 4), span(width, 4));
  return scratch();
}

function storeEdge(tile: usize, c: usize, cRowBytes: usize, rows: u32, columns: u32): void {
  for (; rows; --rows) {
    storeLanes(c, v128.load(tile), columns);
    if (columns > 4) storeLanes(c + 16, v128.load(tile, 16), columns - 4);
    tile += TILE_ROW_BYTES;
    c += cRowBytes;
  }
}

/** Packs the patches of `rows` pixels from `row` on, and the scales of their images. */
function packPatches(instruction: usize, row: u32, rows: u32, pairs: u32): void {
  const height = count(instruction, Conv2dInt8Field.sourceHeight);
  const width = count(instruction, Conv2dInt8Field.sourceWidth);
  const channels = count(instruction, Conv2dInt8Field.channels);
  const rowsX = count(instruction, Conv2dInt8Field.rowsX);
  const rowsY = count(instruction, Conv2dInt8Field.rowsY);
  const imageBytes = quantizedBytes(height * width * channels);
  const line = row / rowsX;
  let item = line / rowsY;
  let y = line - item * rowsY;
  let x = row - line * rowsX;
  let panel = scratch() + PATCHES;
  let scales = scratch() + SCALES;
  for (let lane: u32 = 0; rows; --rows) {
    const image = pointer(instruction, Conv2dInt8Field.sourcePointer) + span(item, imageBytes);
    packPatch(instruction, image, height, width, channels, y, x, panel + span(lane, 4));
    store<f32>(scales, load<f32>(pointer(instruction, Conv2dInt8Field.sourceScalesPointer) + span(item, 4)));
    scales += 4;
    if (++lane == TILE_ROWS) {
      lane = 0;
      panel += span(pairs, A_PAIR);
    }
    if (++x == rowsX) {
      x = 0;
      if (++y == rowsY) {
        y = 0;
        ++item;
      }
    }
  }
}

/** The patch of one pixel into a lane of a panel: runs of neighbouring values, and zeros outside the image. */
@inline
function packPatch(
  instruction: usize,
  image: usize,
  height: u32,
  width: u32,
  channels: u32,
  y: u32,
  x: u32,
  lane: usize,
): void {
  const tapsX = count(instruction, Conv2dInt8Field.tapsX);
  const stepX = count(instruction, Conv2dInt8Field.tapStepX);
  const left = x * count(instruction, Conv2dInt8Field.rowStepX) + count(instruction, Conv2dInt8Field.tapFirstX);
  let sourceY = y * count(instruction, Conv2dInt8Field.rowStepY) + count(instruction, Conv2dInt8Field.tapFirstY);
  let depth: u32 = 0;
  // Positions before the image are above all others as unsigned integers.
  for (let tapY = count(instruction, Conv2dInt8Field.tapsY); tapY; --tapY) {
    for (let tapX: u32 = 0; tapX < tapsX;) {
      const sourceX = left + tapX * stepX;
      const isInside = sourceX < width && sourceY < height;
      const taps = isInside && stepX == 1 ? min(tapsX - tapX, width - sourceX) : 1;
      const values = taps * channels;
      if (isInside) packRun(image + span((sourceY * width + sourceX) * channels, 2), 4, values, lane, depth);
      else packRun(0, 0, values, lane, depth);
      depth += values;
      tapX += taps;
    }
    sourceY += count(instruction, Conv2dInt8Field.tapStepY);
  }
}

/** Copies `values` int16 numbers to a lane from step `depth` on, in pairs; zeros if `stride` is 0. */
@inline
function packRun(source: usize, stride: usize, values: u32, lane: usize, depth: u32): void {
  let target = lane + span(depth >> 1, A_PAIR);
  if (depth & 1) {
    store<u16>(target, stride ? load<u16>(source) : 0, 2);
    source += 2;
    target += A_PAIR;
    --values;
  }
  for (; values >= 2; values -= 2) {
    store<u32>(target, stride ? load<u32>(source) : 0);
    source += 4;
    target += A_PAIR;
  }
  if (values) store<u16>(target, stride ? load<u16>(source) : 0);
}
