// One row vector times a matrix, over one block of depth: what GEMM does when C has one row (or, mirrored, one column).
// Each element of the matrix is used once, so nothing is packed and the matrix is read at memory speed. Both forms leave
// plain sums, padded to a whole vector; called by ops/gemm.ts.

import { gather, multiplyAdd } from './microkernel';

/** For a matrix whose rows lie along the outputs: sums += x[step] * row[step], four rows in one pass over the sums. */
export function f32MatvecByRows(
  x: usize,
  xStep: usize,
  matrix: usize,
  rowBytes: usize,
  depth: u32,
  columns: u32,
  sums: usize,
): void {
  const end = sums + (((<usize>(columns + 3)) >> 2) << 4);
  for (let sum = sums; sum < end; sum += 16) v128.store(sum, f32x4.splat(0));
  for (; depth >= 4; depth -= 4) {
    const x0 = v128.load_splat<f32>(x);
    const x1 = v128.load_splat<f32>(x + xStep);
    const x2 = v128.load_splat<f32>(x + 2 * xStep);
    const x3 = v128.load_splat<f32>(x + 3 * xStep);
    let row0 = matrix;
    let row1 = matrix + rowBytes;
    let row2 = row1 + rowBytes;
    let row3 = row2 + rowBytes;
    for (let sum = sums; sum < end; sum += 16) {
      let value = multiplyAdd(v128.load(sum), x0, v128.load(row0));
      value = multiplyAdd(value, x1, v128.load(row1));
      value = multiplyAdd(value, x2, v128.load(row2));
      v128.store(sum, multiplyAdd(value, x3, v128.load(row3)));
      row0 += 16;
      row1 += 16;
      row2 += 16;
      row3 += 16;
    }
    x += 4 * xStep;
    matrix += 4 * rowBytes;
  }
  for (; depth; --depth) {
    const x0 = v128.load_splat<f32>(x);
    let row = matrix;
    for (let sum = sums; sum < end; sum += 16) {
      v128.store(sum, multiplyAdd(v128.load(sum), x0, v128.load(row)));
      row += 16;
    }
    x += xStep;
    matrix += rowBytes;
  }
}

/**
 * For a matrix whose rows lie along the depth: one dot product a row. Eight at a time hide the latency of adding; where
 * fewer are left, the last row is read again in place of those that are missing.
 */
export function f32MatvecByDots(
  x: usize,
  xStep: usize,
  matrix: usize,
  rowBytes: usize,
  depth: u32,
  rows: u32,
  sums: usize,
): void {
  for (let row: u32 = 0; row < rows; row += 8) {
    eightDots(x, xStep, matrix, rowBytes, depth, min(rows - row - 1, 7), sums);
    matrix += rowBytes << 3;
    sums += 32;
  }
}

function eightDots(
  x: usize,
  xStep: usize,
  matrix: usize,
  rowBytes: usize,
  depth: u32,
  lastRow: u32,
  sums: usize,
): void {
  let row0 = matrix;
  let row1 = matrix + <usize>min(lastRow, 1) * rowBytes;
  let row2 = matrix + <usize>min(lastRow, 2) * rowBytes;
  let row3 = matrix + <usize>min(lastRow, 3) * rowBytes;
  let row4 = matrix + <usize>min(lastRow, 4) * rowBytes;
  let row5 = matrix + <usize>min(lastRow, 5) * rowBytes;
  let row6 = matrix + <usize>min(lastRow, 6) * rowBytes;
  let row7 = matrix + <usize>lastRow * rowBytes;
  let left = f32x4.splat(0);
  let right = f32x4.splat(0);
  for (; depth >= 4; depth -= 4) {
    const x0 = v128.load_splat<f32>(x);
    const x1 = v128.load_splat<f32>(x + xStep);
    const x2 = v128.load_splat<f32>(x + 2 * xStep);
    const x3 = v128.load_splat<f32>(x + 3 * xStep);
    left = addFourSteps(left, v128.load(row0), v128.load(row1), v128.load(row2), v128.load(row3), x0, x1, x2, x3);
    right = addFourSteps(right, v128.load(row4), v128.load(row5), v128.load(row6), v128.load(row7), x0, x1, x2, x3);
    x += 4 * xStep;
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
    row4 += 16;
    row5 += 16;
    row6 += 16;
    row7 += 16;
  }
  for (; depth; --depth) {
    const x0 = v128.load_splat<f32>(x);
    left = multiplyAdd(left, x0, gather(row0, row1, row2, row3));
    right = multiplyAdd(right, x0, gather(row4, row5, row6, row7));
    x += xStep;
    row0 += 4;
    row1 += 4;
    row2 += 4;
    row3 += 4;
    row4 += 4;
    row5 += 4;
    row6 += 4;
    row7 += 4;
  }
  v128.store(sums, left);
  v128.store(sums, right, 16);
}

/** Four steps of four dot products: the 4x4 block of four rows is transposed, so that a vector is one step of all four. */
@inline
function addFourSteps(
  sum: v128,
  row0: v128,
  row1: v128,
  row2: v128,
  row3: v128,
  x0: v128,
  x1: v128,
  x2: v128,
  x3: v128,
): v128 {
  const low01 = v128.shuffle<f32>(row0, row1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(row2, row3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(row0, row1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(row2, row3, 2, 6, 3, 7);
  sum = multiplyAdd(sum, x0, v128.shuffle<f64>(low01, low23, 0, 2));
  sum = multiplyAdd(sum, x1, v128.shuffle<f64>(low01, low23, 1, 3));
  sum = multiplyAdd(sum, x2, v128.shuffle<f64>(high01, high23, 0, 2));
  return multiplyAdd(sum, x3, v128.shuffle<f64>(high01, high23, 1, 3));
}
