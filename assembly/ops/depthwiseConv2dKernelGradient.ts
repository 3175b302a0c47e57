// The kernel gradient of the convolutions in depthwiseConv2d.ts: for each tap, up to sixteen columns go through the output
// pixels together.
//
// Scratch: | sums of a block, sixteen columns | their totals |

import { Conv2dField } from '../opcodes';
import { blockEnd } from '../lib/blocks';
import { count, pointer } from '../lib/fields';
import { gather, multiplyAdd } from '../lib/microkernel';
import { scratch } from '../lib/scratch';
import { partStart } from '../lib/split';
import { endInside, firstInside, signed } from './conv2d/patches';
import { bytes, span } from './gemm/fields';

/** Columns summed together: four vectors. */
const WIDE: u32 = 16;
const WIDE_BYTES: usize = (<usize>WIDE) << 2;

/** Shared by blocks of the kernel: up to sixteen columns of a tap. */
export function depthwiseConv2dKernelGradient(instruction: usize, part: u32, parts: u32): void {
  const columns = count(instruction, Conv2dField.groups) * count(instruction, Conv2dField.columns);
  const blocks = (columns + WIDE - 1) / WIDE;
  const tapsX = count(instruction, Conv2dField.tapsX);
  const tasks = blocks * tapsX * count(instruction, Conv2dField.tapsY);
  const end = partStart(tasks, part + 1, parts, 1);
  for (let task = partStart(tasks, part, parts, 1); task < end; ++task) {
    const tap = task / blocks;
    const tapY = tap / tapsX;
    const column = (task - tap * blocks) * WIDE;
    correlateTap(instruction, tapY, tap - tapY * tapsX, column, min(columns - column, WIDE));
  }
}

/** `columns` columns from `column` on of one tap: sums over output pixels, in blocks like those of GEMM. */
function correlateTap(instruction: usize, tapY: u32, tapX: u32, column: u32, columns: u32): void {
  const height = count(instruction, Conv2dField.sourceHeight);
  const width = signed(instruction, Conv2dField.sourceWidth);
  const pixelBytes = bytes(instruction, Conv2dField.sourceChannels);
  const rowsY = count(instruction, Conv2dField.rowsY);
  const rowsX = count(instruction, Conv2dField.rowsX);
  const stepY = signed(instruction, Conv2dField.rowStepY);
  const stepX = signed(instruction, Conv2dField.rowStepX);
  const top = <i32>tapY * signed(instruction, Conv2dField.tapStepY) + signed(instruction, Conv2dField.tapFirstY);
  const left = <i32>tapX * signed(instruction, Conv2dField.tapStepX) + signed(instruction, Conv2dField.tapFirstX);
  const gradientBytes = bytes(instruction, Conv2dField.targetStrideX);
  const gradient = pointer(instruction, Conv2dField.targetPointer) + span(column, 4);
  const source = pointer(instruction, Conv2dField.sourcePointer);
  const first = firstInside(left, stepX);
  const end = endInside(left, stepX, <i32>rowsX, width);
  const lines = count(instruction, Conv2dField.batch) * rowsY;
  const pixelCount = lines * rowsX;
  let block = blockEnd(0, pixelCount);
  memory.fill(scratch(), 0, 2 * WIDE_BYTES);
  for (let line: u32 = 0; line < lines; ++line) {
    const item = line / rowsY;
    const y = <i32>(line - item * rowsY) * stepY + top;
    if (<u32>y >= height) continue;
    const pixels = source + <usize>(item * height + y) * <usize>width * pixelBytes;
    for (let x = first; x < end;) {
      const pixel = line * rowsX + x;
      const own = blockEnd(pixel, pixelCount);
      if (own != block) closeBlock();
      block = own;
      const run = min(<u32>(end - x), own - pixel);
      const values = pixels + <usize>(x * stepX + left) * pixelBytes;
      correlateRun(instruction, values, <usize>stepX * pixelBytes, gradient + span(pixel, gradientBytes), gradientBytes, run, column, columns); // prettier-ignore
      x += run;
    }
  }
  closeBlock();
  const offset =
    <i32>tapY * signed(instruction, Conv2dField.kernelTapStrideY) +
    <i32>tapX * signed(instruction, Conv2dField.kernelTapStrideX) +
    <i32>column;
  memory.copy(
    pointer(instruction, Conv2dField.kernelPointer) + ((<usize>offset) << 2),
    scratch() + WIDE_BYTES,
    span(columns, 4),
  );
}

/** Adds the sums of a block to the totals, and begins the next. */
function closeBlock(): void {
  for (let at: usize = 0; at < WIDE_BYTES; at += 16) {
    const sum = scratch() + at;
    v128.store(sum + WIDE_BYTES, f32x4.add(v128.load(sum + WIDE_BYTES), v128.load(sum)));
    v128.store(sum, f32x4.splat(0));
  }
}

/** Adds `run` pixels of a line to the sums. */
function correlateRun(
  instruction: usize,
  source: usize,
  sourceStep: usize,
  gradient: usize,
  gradientStep: usize,
  run: u32,
  column: u32,
  columns: u32,
): void {
  const multiplier = count(instruction, Conv2dField.columns);
  let sums = scratch();
  if (multiplier == 1 && columns == WIDE) {
    correlateWide(source + span(column, 4), sourceStep, gradient, gradientStep, run, sums);
    return;
  }
  const last = column + columns - 1;
  for (let c = column; c <= last; c += 4) {
    const lane0 = source + span(c / multiplier, 4);
    const lane1 = source + span(min(c + 1, last) / multiplier, 4);
    const lane2 = source + span(min(c + 2, last) / multiplier, 4);
    const lane3 = source + span(min(c + 3, last) / multiplier, 4);
    const end = span(run, sourceStep);
    let factors = gradient + span(c - column, 4);
    let sum = v128.load(sums);
    for (let at: usize = 0; at < end; at += sourceStep) {
      const values = multiplier == 1 ? v128.load(lane0 + at) : gather(lane0 + at, lane1 + at, lane2 + at, lane3 + at);
      sum = multiplyAdd(sum, values, v128.load(factors));
      factors += gradientStep;
    }
    v128.store(sums, sum);
    sums += 16;
  }
}

/** Sixteen columns of `correlateRun`. */
function correlateWide(
  source: usize,
  sourceStep: usize,
  gradient: usize,
  gradientStep: usize,
  run: u32,
  sums: usize,
): void {
  let sum0 = v128.load(sums);
  let sum1 = v128.load(sums, 16);
  let sum2 = v128.load(sums, 32);
  let sum3 = v128.load(sums, 48);
  for (; run; --run) {
    sum0 = multiplyAdd(sum0, v128.load(source), v128.load(gradient));
    sum1 = multiplyAdd(sum1, v128.load(source, 16), v128.load(gradient, 16));
    sum2 = multiplyAdd(sum2, v128.load(source, 32), v128.load(gradient, 32));
    sum3 = multiplyAdd(sum3, v128.load(source, 48), v128.load(gradient, 48));
    source += sourceStep;
    gradient += gradientStep;
  }
  v128.store(sums, sum0);
  v128.store(sums, sum1, 16);
  v128.store(sums, sum2, 32);
  v128.store(sums, sum3, 48);
}
