// Register kernels of products with an int8 kernel: int16 numbers from -127 to 127 times int8 ones, two steps of the depth at a
// time (i32x4.dot_i16x8_s), summed in 32 bits without rounding; then scaled. Called by ops/gemmInt8.ts.
//
//   A panel: | row 0..4 at steps 0 and 1 | row 0..4 at steps 2 and 3 | ...     20 bytes a pair of steps
//   B panel: see GemmInt8Field                                              16 bytes a pair of steps
//
// `pairs` >= 1. `scales` are those of the rows; `kernelScales` and `bias` have eight floats; C gets eight columns.

/** Bytes of a pair of steps in a panel of A, and in one of B. */
export const A_PAIR: usize = 20;
export const B_PAIR: usize = 16;

/** 5x8. What keeps V8 from spilling sums in `f32GemmPacked5x8` does so here. */
export function int8Tile5x8(
  a: usize,
  b: usize,
  pairs: u32,
  c: usize,
  cRowBytes: usize,
  scales: usize,
  kernelScales: usize,
  bias: usize,
  lowest: f32,
): void {
  const end = a + <usize>pairs * A_PAIR;
  let b0 = v128.load8x8_s(b);
  let b1 = v128.load8x8_s(b, 8);
  let row = v128.load_splat<i32>(a);
  let sum00 = i32x4.dot_i16x8_s(row, b0);
  let sum01 = i32x4.dot_i16x8_s(row, b1);
  row = v128.load_splat<i32>(a, 4);
  let sum10 = i32x4.dot_i16x8_s(row, b0);
  let sum11 = i32x4.dot_i16x8_s(row, b1);
  row = v128.load_splat<i32>(a, 8);
  let sum20 = i32x4.dot_i16x8_s(row, b0);
  let sum21 = i32x4.dot_i16x8_s(row, b1);
  row = v128.load_splat<i32>(a, 12);
  let sum30 = i32x4.dot_i16x8_s(row, b0);
  let sum31 = i32x4.dot_i16x8_s(row, b1);
  row = v128.load_splat<i32>(a, 16);
  let sum40 = i32x4.dot_i16x8_s(row, b0);
  let sum41 = i32x4.dot_i16x8_s(row, b1);
  a += A_PAIR;
  b += B_PAIR;
  while (a < end) {
    b0 = v128.load8x8_s(b);
    b1 = v128.load8x8_s(b, 8);
    row = v128.load_splat<i32>(a);
    sum00 = i32x4.add(sum00, i32x4.dot_i16x8_s(row, b0));
    sum01 = i32x4.add(sum01, i32x4.dot_i16x8_s(row, b1));
    row = v128.load_splat<i32>(a, 4);
    sum10 = i32x4.add(sum10, i32x4.dot_i16x8_s(row, b0));
    sum11 = i32x4.add(sum11, i32x4.dot_i16x8_s(row, b1));
    row = v128.load_splat<i32>(a, 8);
    sum20 = i32x4.add(sum20, i32x4.dot_i16x8_s(row, b0));
    sum21 = i32x4.add(sum21, i32x4.dot_i16x8_s(row, b1));
    row = v128.load_splat<i32>(a, 12);
    sum30 = i32x4.add(sum30, i32x4.dot_i16x8_s(row, b0));
    sum31 = i32x4.add(sum31, i32x4.dot_i16x8_s(row, b1));
    row = v128.load_splat<i32>(a, 16);
    sum40 = i32x4.add(sum40, i32x4.dot_i16x8_s(row, b0));
    sum41 = i32x4.add(sum41, i32x4.dot_i16x8_s(row, b1));
    a += A_PAIR;
    b += B_PAIR;
  }
  scaleRow(sum40, sum41, c + 4 * cRowBytes, load<f32>(scales, 16), kernelScales, bias, lowest);
  scaleRow(sum30, sum31, c + 3 * cRowBytes, load<f32>(scales, 12), kernelScales, bias, lowest);
  scaleRow(sum20, sum21, c + 2 * cRowBytes, load<f32>(scales, 8), kernelScales, bias, lowest);
  scaleRow(sum10, sum11, c + cRowBytes, load<f32>(scales, 4), kernelScales, bias, lowest);
  scaleRow(sum00, sum01, c, load<f32>(scales), kernelScales, bias, lowest);
}

/** 1x8, of a row of A as it lies. Four sums hide the latency of adding. */
export function int8Tile1x8(
  a: usize,
  b: usize,
  pairs: u32,
  c: usize,
  scales: usize,
  kernelScales: usize,
  bias: usize,
  lowest: f32,
): void {
  let sum0 = i32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (; pairs >= 2; pairs -= 2) {
    const first = v128.load_splat<i32>(a);
    const second = v128.load_splat<i32>(a, 4);
    sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(first, v128.load8x8_s(b)));
    sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(first, v128.load8x8_s(b, 8)));
    sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(second, v128.load8x8_s(b, 16)));
    sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(second, v128.load8x8_s(b, 24)));
    a += 8;
    b += 32;
  }
  if (pairs) {
    const last = v128.load_splat<i32>(a);
    sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(last, v128.load8x8_s(b)));
    sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(last, v128.load8x8_s(b, 8)));
  }
  scaleRow(i32x4.add(sum0, sum2), i32x4.add(sum1, sum3), c, load<f32>(scales), kernelScales, bias, lowest);
}

@inline
function scaleRow(left: v128, right: v128, c: usize, scale: f32, kernelScales: usize, bias: usize, lowest: f32): void {
  const scales = f32x4.splat(scale);
  v128.store(c, scaleSum(left, f32x4.mul(scales, v128.load(kernelScales)), v128.load(bias), lowest));
  v128.store(c, scaleSum(right, f32x4.mul(scales, v128.load(kernelScales, 16)), v128.load(bias, 16), lowest), 16);
}

@inline
function scaleSum(sum: v128, scales: v128, bias: v128, lowest: f32): v128 {
  return f32x4.pmax(f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sum), scales), bias), f32x4.splat(lowest));
}
