// Register kernels of GEMM: one tile of C, held in registers over one block of depth, and the epilogue that writes it.
// Called by ops/gemm.ts. Every kernel adds in the order of depth, so all shapes give the same bits.
//
// Names: element type, operation, form of the operands, rows x columns. A further shape is one more function here.
//
//   A panel: | row 0..4 at depth 0 | row 0..4 at depth 1 | ...     always packed
//   B panel: | column 0..7 at depth 0 | ... `bStep` bytes on, depth 1 | ...     packed, or rows of B itself

import { storeLanes } from './lanes';

/** Rows of a tile. */
export const TILE_ROWS: u32 = 5;
/** Columns of a tile: two vectors. */
export const TILE_COLUMNS: u32 = 8;
/** Bytes of a row of a tile, and from one depth to the next in a packed panel of B. */
export const TILE_ROW_BYTES: usize = (<usize>TILE_COLUMNS) << 2;
/** Bytes from one depth to the next in a packed panel of A. */
export const A_STEP: usize = (<usize>TILE_ROWS) << 2;

/** sum + a * b, with two roundings; the `fast` build fuses them. */
@inline
export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * A 5x8 tile of C from `depth` >= 1 steps of two panels: max(base + sums + bias, lowest). `base` is C itself or zeros (with
 * `baseRowBytes` 0), `bias` eight floats or zeros, `lowest` 0 for relu or -Infinity: nothing branches.
 *
 * Ten sums, two vectors of B, one of A and a product: 14 of the 15 vector registers V8 has on x64. Three things keep its
 * compiler from spilling sums, which would halve the speed: the loop is not unrolled; rows are stored last to first,
 * as V8 orders the loop by what follows it; and the first step stands before the loop, which makes V8 compute the
 * addresses of the five elements of A once and not in every step.
 */
export function f32GemmPacked5x8(
  a: usize,
  b: usize,
  bStep: usize,
  depth: u32,
  c: usize,
  cRowBytes: usize,
  base: usize,
  baseRowBytes: usize,
  bias: usize,
  lowest: f32,
): void {
  tile5x8(a, 0, b, bStep, depth, c, cRowBytes, base, baseRowBytes, bias, lowest, false);
}

/**
 * `f32GemmPacked5x8` with five neighbouring floats of A for each step, `offsets` bytes behind `a`: pixels of a line under a tap,
 * where they lie. B is packed.
 */
export function f32GemmIndexed5x8(
  a: usize,
  offsets: usize,
  b: usize,
  depth: u32,
  c: usize,
  cRowBytes: usize,
  base: usize,
  baseRowBytes: usize,
  bias: usize,
  lowest: f32,
): void {
  tile5x8(a, offsets, b, TILE_ROW_BYTES, depth, c, cRowBytes, base, baseRowBytes, bias, lowest, true);
}

/** `isIndexed` is a constant in each copy of this. */
@inline
function tile5x8(
  a: usize,
  offsets: usize,
  b: usize,
  bStep: usize,
  depth: u32,
  c: usize,
  cRowBytes: usize,
  base: usize,
  baseRowBytes: usize,
  bias: usize,
  lowest: f32,
  isIndexed: bool,
): void {
  const zero = f32x4.splat(0);
  const end = isIndexed ? offsets + ((<usize>depth) << 2) : a + <usize>depth * A_STEP;
  let five = isIndexed ? a + <usize>load<u32>(offsets) : a;
  let b0 = v128.load(b);
  let b1 = v128.load(b, 16);
  let row = v128.load_splat<f32>(five);
  let sum00 = multiplyAdd(zero, row, b0);
  let sum01 = multiplyAdd(zero, row, b1);
  row = v128.load_splat<f32>(five, 4);
  let sum10 = multiplyAdd(zero, row, b0);
  let sum11 = multiplyAdd(zero, row, b1);
  row = v128.load_splat<f32>(five, 8);
  let sum20 = multiplyAdd(zero, row, b0);
  let sum21 = multiplyAdd(zero, row, b1);
  row = v128.load_splat<f32>(five, 12);
  let sum30 = multiplyAdd(zero, row, b0);
  let sum31 = multiplyAdd(zero, row, b1);
  row = v128.load_splat<f32>(five, 16);
  let sum40 = multiplyAdd(zero, row, b0);
  let sum41 = multiplyAdd(zero, row, b1);
  if (isIndexed) offsets += 4;
  else five += A_STEP;
  b += bStep;
  while (isIndexed ? offsets < end : five < end) {
    if (isIndexed) five = a + <usize>load<u32>(offsets);
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    row = v128.load_splat<f32>(five);
    sum00 = multiplyAdd(sum00, row, b0);
    sum01 = multiplyAdd(sum01, row, b1);
    row = v128.load_splat<f32>(five, 4);
    sum10 = multiplyAdd(sum10, row, b0);
    sum11 = multiplyAdd(sum11, row, b1);
    row = v128.load_splat<f32>(five, 8);
    sum20 = multiplyAdd(sum20, row, b0);
    sum21 = multiplyAdd(sum21, row, b1);
    row = v128.load_splat<f32>(five, 12);
    sum30 = multiplyAdd(sum30, row, b0);
    sum31 = multiplyAdd(sum31, row, b1);
    row = v128.load_splat<f32>(five, 16);
    sum40 = multiplyAdd(sum40, row, b0);
    sum41 = multiplyAdd(sum41, row, b1);
    if (isIndexed) offsets += 4;
    else five += A_STEP;
    b += bStep;
  }
  storeRow(sum40, sum41, c + 4 * cRowBytes, base + 4 * baseRowBytes, bias, lowest);
  storeRow(sum30, sum31, c + 3 * cRowBytes, base + 3 * baseRowBytes, bias, lowest);
  storeRow(sum20, sum21, c + 2 * cRowBytes, base + 2 * baseRowBytes, bias, lowest);
  storeRow(sum10, sum11, c + cRowBytes, base + baseRowBytes, bias, lowest);
  storeRow(sum00, sum01, c, base, bias, lowest);
}

/** The left half of `f32GemmPacked5x8`, for the last 1 to 4 columns; writes plain sums, four columns of each row. */
export function f32GemmPacked5x4(a: usize, b: usize, bStep: usize, depth: u32, sums: usize, sumRowBytes: usize): void {
  const zero = f32x4.splat(0);
  const end = a + <usize>depth * A_STEP;
  let column = v128.load(b);
  let sum0 = multiplyAdd(zero, v128.load_splat<f32>(a), column);
  let sum1 = multiplyAdd(zero, v128.load_splat<f32>(a, 4), column);
  let sum2 = multiplyAdd(zero, v128.load_splat<f32>(a, 8), column);
  let sum3 = multiplyAdd(zero, v128.load_splat<f32>(a, 12), column);
  let sum4 = multiplyAdd(zero, v128.load_splat<f32>(a, 16), column);
  a += A_STEP;
  b += bStep;
  while (a < end) {
    column = v128.load(b);
    sum0 = multiplyAdd(sum0, v128.load_splat<f32>(a), column);
    sum1 = multiplyAdd(sum1, v128.load_splat<f32>(a, 4), column);
    sum2 = multiplyAdd(sum2, v128.load_splat<f32>(a, 8), column);
    sum3 = multiplyAdd(sum3, v128.load_splat<f32>(a, 12), column);
    sum4 = multiplyAdd(sum4, v128.load_splat<f32>(a, 16), column);
    a += A_STEP;
    b += bStep;
  }
  v128.store(sums, sum0);
  v128.store(sums + sumRowBytes, sum1);
  v128.store(sums + 2 * sumRowBytes, sum2);
  v128.store(sums + 3 * sumRowBytes, sum3);
  v128.store(sums + 4 * sumRowBytes, sum4);
}

/**
 * A tile of up to 4x4 straight from A and B, whatever their strides: for products so small that packing would be most of
 * the work. The last of `rows` is repeated for those that are missing, but only `rows` x `columns` are stored.
 */
export function f32GemmDirect4x4(
  a: usize,
  aRowBytes: usize,
  aStep: usize,
  b: usize,
  bColumnBytes: usize,
  bStep: usize,
  depth: u32,
  rows: u32,
  columns: u32,
  c: usize,
  cRowBytes: usize,
  bias: usize,
  lowest: f32,
): void {
  const zero = f32x4.splat(0);
  const b1 = <usize>min(columns - 1, 1) * bColumnBytes;
  const b2 = <usize>min(columns - 1, 2) * bColumnBytes;
  const b3 = <usize>min(columns - 1, 3) * bColumnBytes;
  let a1 = a + <usize>min(rows - 1, 1) * aRowBytes;
  let a2 = a + <usize>min(rows - 1, 2) * aRowBytes;
  let a3 = a + <usize>min(rows - 1, 3) * aRowBytes;
  let sum0 = zero;
  let sum1 = zero;
  let sum2 = zero;
  let sum3 = zero;
  for (; depth; --depth) {
    const row = bColumnBytes == 4 ? v128.load(b) : gather(b, b + b1, b + b2, b + b3);
    sum0 = multiplyAdd(sum0, v128.load_splat<f32>(a), row);
    sum1 = multiplyAdd(sum1, v128.load_splat<f32>(a1), row);
    sum2 = multiplyAdd(sum2, v128.load_splat<f32>(a2), row);
    sum3 = multiplyAdd(sum3, v128.load_splat<f32>(a3), row);
    a += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    b += bStep;
  }
  const shift = bias ? v128.load(bias) : zero;
  storeLanes(c, finish(sum0, zero, shift, lowest), columns);
  if (rows > 1) storeLanes(c + cRowBytes, finish(sum1, zero, shift, lowest), columns);
  if (rows > 2) storeLanes(c + 2 * cRowBytes, finish(sum2, zero, shift, lowest), columns);
  if (rows > 3) storeLanes(c + 3 * cRowBytes, finish(sum3, zero, shift, lowest), columns);
}

/** Four floats from four places. */
@inline
export function gather(lane0: usize, lane1: usize, lane2: usize, lane3: usize): v128 {
  let lanes = v128.load_splat<f32>(lane0);
  lanes = v128.load_lane<f32>(lane1, lanes, 1);
  lanes = v128.load_lane<f32>(lane2, lanes, 2);
  return v128.load_lane<f32>(lane3, lanes, 3);
}

/**
 * Finishes `columns` adjacent sums and stores exactly so many floats to C. `bias` may be 0 for none; `biasStep` is the bytes
 * from one vector of it to the next: 16, or 0 if one serves all.
 */
export function finishRow(
  sums: usize,
  columns: u32,
  c: usize,
  isFirst: bool,
  bias: usize,
  biasStep: usize,
  lowest: f32,
): void {
  const zero = f32x4.splat(0);
  const hasBias = bias != 0;
  for (let column: u32 = 0; column < columns; column += 4) {
    const base = isFirst ? zero : v128.load(c);
    const shift = hasBias ? v128.load(bias) : zero;
    storeLanes(c, finish(v128.load(sums), base, shift, lowest), columns - column);
    sums += 16;
    c += 16;
    bias += biasStep;
  }
}

@inline
function storeRow(left: v128, right: v128, c: usize, base: usize, bias: usize, lowest: f32): void {
  v128.store(c, finish(left, v128.load(base), v128.load(bias), lowest));
  v128.store(c, finish(right, v128.load(base, 16), v128.load(bias, 16), lowest), 16);
}

/** The sums of one block of depth to values of C. */
@inline
function finish(sum: v128, base: v128, bias: v128, lowest: f32): v128 {
  return f32x4.pmax(f32x4.add(f32x4.add(base, sum), bias), f32x4.splat(lowest));
}
