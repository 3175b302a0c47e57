// Products of quantised rows or patches with int8 kernels (see GemmInt8Field). Patches are packed, some tiles of five at a time, and
// multiplied by panels of the kernel, which lie ready. Sums are of integers, so no order shows in the bits.
//
// Scratch: | bias of a panel | an edge tile | scales of the packed rows | where the patches of a tile begin | packed patches |

import { GemmInt8Field, INT8_DEPTH_LIMIT, INT8_PANEL_COLUMNS } from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { A_PAIR, B_PAIR, int8Tile1x8, int8Tile5x8 } from '../lib/int8Tiles';
import { storeLanes } from '../lib/lanes';
import { SCRATCH_BYTES, scratch } from '../lib/scratch';
import { partStart } from '../lib/split';
import { applyActivation, lowestOf, span } from './gemm/fields';

const TILE_ROWS: u32 = 5;
const TILE_ROW_BYTES: usize = (<usize>INT8_PANEL_COLUMNS) << 2;
/** As many tiles are packed at a time as fit this beside a panel of the kernel in the second-level cache, at least one. */
const BLOCK_BYTES: u32 = 65536;
const MOST_TILES: u32 = 64;

const EDGE_TILE: usize = TILE_ROW_BYTES;
const SCALES: usize = EDGE_TILE + <usize>TILE_ROWS * TILE_ROW_BYTES;
const STARTS: usize = SCALES + ((<usize>(MOST_TILES * TILE_ROWS)) << 2);
const PATCHES: usize = STARTS + 32;
const PATCHES_END: usize = PATCHES + <usize>(INT8_DEPTH_LIMIT / 2) * A_PAIR;

/** Shared by rows of the product, or by panels of columns where there are few rows. */
export function gemmInt8(instruction: usize, part: u32, parts: u32): void {
  assert(PATCHES_END <= <usize>SCRATCH_BYTES);
  assert(patchPairs(instruction) <= <u32>INT8_DEPTH_LIMIT / 2);
  const rows =
    count(instruction, GemmInt8Field.batch) *
    count(instruction, GemmInt8Field.rowsY) *
    count(instruction, GemmInt8Field.rowsX);
  const columns = count(instruction, GemmInt8Field.columns);
  if (rows < parts * TILE_ROWS) {
    const column = partStart(columns, part, parts, INT8_PANEL_COLUMNS);
    multiply(instruction, 0, rows, column, partStart(columns, part + 1, parts, INT8_PANEL_COLUMNS));
  } else {
    const row = partStart(rows, part, parts, TILE_ROWS);
    multiply(instruction, row, partStart(rows, part + 1, parts, TILE_ROWS), 0, columns);
  }
}

@inline
function patchPairs(instruction: usize): u32 {
  return (
    count(instruction, GemmInt8Field.runsY) *
    count(instruction, GemmInt8Field.runsX) *
    count(instruction, GemmInt8Field.runPairs)
  );
}

/** The rectangle of the target from (row, column) to (rowEnd, columnEnd). */
function multiply(instruction: usize, row: u32, rowEnd: u32, column: u32, columnEnd: u32): void {
  if (row >= rowEnd || column >= columnEnd) return;
  const pairs = patchPairs(instruction);
  // Rows of one run lie as the kernel for one of them reads them.
  const isOneRow = rowEnd - row <= 2 && pairs == count(instruction, GemmInt8Field.runPairs);
  const tiles = max<u32>(1, min<u32>(MOST_TILES, BLOCK_BYTES / (pairs * <u32>A_PAIR)));
  const step = isOneRow ? 1 : tiles * TILE_ROWS;
  for (; row < rowEnd; row += step) {
    const rows = min(rowEnd - row, step);
    findPatches(instruction, row, rows, isOneRow ? 0 : scratch() + PATCHES);
    const a = isOneRow ? <usize>load<u32>(scratch() + STARTS) : scratch() + PATCHES;
    multiplyBlock(instruction, a, pairs, row, rows, column, columnEnd, isOneRow);
  }
}

/** Packed rows, or one row as it lies, times all panels from `column` on. */
function multiplyBlock(
  instruction: usize,
  a: usize,
  pairs: u32,
  row: u32,
  rows: u32,
  column: u32,
  columnEnd: u32,
  isOneRow: bool,
): void {
  const cRowBytes = span(count(instruction, GemmInt8Field.columns), 4);
  const first = pointer(instruction, GemmInt8Field.targetPointer) + span(row, cRowBytes);
  const activation = count(instruction, GemmInt8Field.activation);
  const lowest = lowestOf(activation);
  const edge = scratch() + EDGE_TILE;
  for (let panel = column; panel < columnEnd; panel += INT8_PANEL_COLUMNS) {
    const width = min<u32>(columnEnd - panel, INT8_PANEL_COLUMNS);
    const b = pointer(instruction, GemmInt8Field.kernelPointer) + span((panel / INT8_PANEL_COLUMNS) * pairs, B_PAIR);
    const kernelScales = pointer(instruction, GemmInt8Field.kernelScalesPointer) + span(panel, 4);
    const bias = panelBias(instruction, panel, width);
    let tile = a;
    let scales = scratch() + SCALES;
    let c = first + span(panel, 4);
    for (let left = rows; left;) {
      const height = min(left, TILE_ROWS);
      const isWhole = width == INT8_PANEL_COLUMNS && (isOneRow || height == TILE_ROWS);
      const target = isWhole ? c : edge;
      if (isOneRow) {
        int8Tile1x8(tile, b, pairs, target, scales, kernelScales, bias, lowest);
      } else {
        const targetRowBytes = isWhole ? cRowBytes : TILE_ROW_BYTES;
        int8Tile5x8(tile, b, pairs, target, targetRowBytes, scales, kernelScales, bias, lowest);
      }
      if (!isWhole) storeEdge(edge, c, cRowBytes, height, width);
      tile += span(pairs, A_PAIR);
      scales += span(TILE_ROWS, 4);
      c += <usize>TILE_ROWS * cRowBytes;
      left -= height;
    }
  }
  const parameter = real(instruction, GemmInt8Field.activationParameter);
  applyActivation(activation, parameter, first + span(column, 4), cRowBytes, rows, columnEnd - column);
}

/** Eight floats of bias: those of the instruction, or a copy that does not reach beyond them, or zeros. */
function panelBias(instruction: usize, column: u32, width: u32): usize {
  const bias = pointer(instruction, GemmInt8Field.biasPointer);
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

/** Finds the patches and scales of `rows` pixels from `row` on, and packs the patches to `target` unless it is 0. */
function findPatches(instruction: usize, row: u32, rows: u32, target: usize): void {
  const rowsX = count(instruction, GemmInt8Field.rowsX);
  const rowsY = count(instruction, GemmInt8Field.rowsY);
  const stepX = span(count(instruction, GemmInt8Field.sourceStrideX), 2);
  const stepY = span(count(instruction, GemmInt8Field.sourceStrideY), 2);
  const imageBytes = span(count(instruction, GemmInt8Field.sourceBatchStride), 2);
  const line = row / rowsX;
  const item = line / rowsY;
  let y = line - item * rowsY;
  let x = row - line * rowsX;
  let image = pointer(instruction, GemmInt8Field.sourcePointer) + span(item, imageBytes);
  let imageScale = pointer(instruction, GemmInt8Field.sourceScalesPointer) + span(item, 4);
  let scales = scratch() + SCALES;
  while (rows) {
    const height = min(rows, TILE_ROWS);
    for (let lane: u32 = 0; lane < height; ++lane) {
      store<u32>(scratch() + STARTS + span(lane, 4), <u32>(image + span(y, stepY) + span(x, stepX)));
      store<f32>(scales, load<f32>(imageScale));
      scales += 4;
      if (++x < rowsX) continue;
      x = 0;
      if (++y < rowsY) continue;
      y = 0;
      image += imageBytes;
      imageScale += 4;
    }
    rows -= height;
    if (target) target = packTile(instruction, height, target);
  }
}

/** Packs the patches of a tile, run by run; the last is repeated for those that are missing. Returns the end of the panel. */
function packTile(instruction: usize, rows: u32, target: usize): usize {
  const starts = scratch() + STARTS;
  const last = rows - 1;
  const row0 = <usize>load<u32>(starts);
  const row1 = <usize>load<u32>(starts + span(min<u32>(last, 1), 4));
  const row2 = <usize>load<u32>(starts + span(min<u32>(last, 2), 4));
  const row3 = <usize>load<u32>(starts + span(min<u32>(last, 3), 4));
  const row4 = <usize>load<u32>(starts + span(last, 4));
  const runsX = count(instruction, GemmInt8Field.runsX);
  const pairs = count(instruction, GemmInt8Field.runPairs);
  for (let y: u32 = 0; y < count(instruction, GemmInt8Field.runsY); ++y) {
    let offset = span(y * count(instruction, GemmInt8Field.runStrideY), 2);
    for (let x: u32 = 0; x < runsX; ++x) {
      packRun(row0 + offset, row1 + offset, row2 + offset, row3 + offset, row4 + offset, pairs, target);
      target += span(pairs, A_PAIR);
      offset += span(count(instruction, GemmInt8Field.runStrideX), 2);
    }
  }
  return target;
}

/** A run of pairs of five rows: four pairs of four rows are transposed at a time. */
function packRun(row0: usize, row1: usize, row2: usize, row3: usize, row4: usize, pairs: u32, target: usize): void {
  for (; pairs >= 4; pairs -= 4) {
    const line0 = v128.load(row0);
    const line1 = v128.load(row1);
    const line2 = v128.load(row2);
    const line3 = v128.load(row3);
    const line4 = v128.load(row4);
    const low01 = v128.shuffle<i32>(line0, line1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(line2, line3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(line0, line1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(line2, line3, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store32_lane(target, line4, 0, 16);
    v128.store(target, v128.shuffle<i64>(low01, low23, 1, 3), 20);
    v128.store32_lane(target, line4, 1, 36);
    v128.store(target, v128.shuffle<i64>(high01, high23, 0, 2), 40);
    v128.store32_lane(target, line4, 2, 56);
    v128.store(target, v128.shuffle<i64>(high01, high23, 1, 3), 60);
    v128.store32_lane(target, line4, 3, 76);
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
    row4 += 16;
    target += 80;
  }
  for (; pairs; --pairs) {
    store<u32>(target, load<u32>(row0));
    store<u32>(target, load<u32>(row1), 4);
    store<u32>(target, load<u32>(row2), 8);
    store<u32>(target, load<u32>(row3), 12);
    store<u32>(target, load<u32>(row4), 16);
    row0 += 4;
    row1 += 4;
    row2 += 4;
    row3 += 4;
    row4 += 4;
    target += A_PAIR;
  }
}
