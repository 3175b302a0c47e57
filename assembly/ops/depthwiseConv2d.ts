// Convolutions whose groups have one source channel or one column: no product of matrices is left, so the lanes of a vector
// are channels of the target. Taps outside the image are left out. Where source and target have the same channels, sixteen
// go through the taps together; where one of them has several for each of the other, lanes are gathered.
//
// Scratch of the kernel gradient: | sums of a block, sixteen columns | their totals |

import { Conv2dField, GEMM_DEPTH_BLOCK } from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { gather, multiplyAdd } from '../lib/microkernel';
import { scratch } from '../lib/scratch';
import { partStart } from '../lib/split';
import { patchRows, signed } from './conv2d/patches';
import { applyActivation, bytes, lowestOf, span } from './gemm/fields';

/** Channels that go through the taps together: four vectors. */
const WIDE: u32 = 16;
const WIDE_BYTES: usize = (<usize>WIDE) << 2;

/** Shared by output pixels. */
export function depthwiseConv2d(instruction: usize, part: u32, parts: u32): void {
  const rows = patchRows(instruction);
  const rowEnd = partStart(rows, part + 1, parts, 1);
  const rowsX = count(instruction, Conv2dField.rowsX);
  const rowsY = count(instruction, Conv2dField.rowsY);
  const targetChannels = count(instruction, Conv2dField.groups) * count(instruction, Conv2dField.columns);
  const activation = count(instruction, Conv2dField.activation);
  const parameter = real(instruction, Conv2dField.activationParameter);
  for (let row = partStart(rows, part, parts, 1); row < rowEnd; ++row) {
    const line = row / rowsX;
    const item = line / rowsY;
    const x = row - line * rowsX;
    const y = line - item * rowsY;
    const target =
      pointer(instruction, Conv2dField.targetPointer) +
      span(item, bytes(instruction, Conv2dField.targetBatchStride)) +
      span(y, bytes(instruction, Conv2dField.targetStrideY)) +
      span(x, bytes(instruction, Conv2dField.targetStrideX));
    convolvePixel(instruction, item, y, x, target, targetChannels);
    applyActivation(activation, parameter, target, 0, 1, targetChannels);
  }
}

/** The first of positions `start`, `start + step` ... that is not before the image. */
@inline
function firstInside(start: i32, step: i32): i32 {
  return start < 0 ? (step - 1 - start) / step : 0;
}

/** One past the last of `positions` that is not behind the image. */
@inline
function endInside(start: i32, step: i32, positions: i32, size: i32): i32 {
  return start + (positions - 1) * step < size ? positions : (size - start + step - 1) / step;
}

/** All channels of one pixel. */
function convolvePixel(instruction: usize, item: u32, y: u32, x: u32, target: usize, targetChannels: u32): void {
  const height = signed(instruction, Conv2dField.sourceHeight);
  const width = signed(instruction, Conv2dField.sourceWidth);
  const pixelBytes = bytes(instruction, Conv2dField.sourceChannels);
  const lineBytes = <usize>width * pixelBytes;
  const stepY = signed(instruction, Conv2dField.tapStepY);
  const stepX = signed(instruction, Conv2dField.tapStepX);
  const top = <i32>y * signed(instruction, Conv2dField.rowStepY) + signed(instruction, Conv2dField.tapFirstY);
  const left = <i32>x * signed(instruction, Conv2dField.rowStepX) + signed(instruction, Conv2dField.tapFirstX);
  const tapY = firstInside(top, stepY);
  const tapX = firstInside(left, stepX);
  const tapsY = endInside(top, stepY, signed(instruction, Conv2dField.tapsY), height) - tapY;
  const tapsX = endInside(left, stepX, signed(instruction, Conv2dField.tapsX), width) - tapX;
  const weightLine = <usize>(signed(instruction, Conv2dField.kernelTapStrideY) << 2);
  const weightStep = <usize>(signed(instruction, Conv2dField.kernelTapStrideX) << 2);
  const sourceLine = <usize>stepY * lineBytes;
  const sourceStep = <usize>stepX * pixelBytes;
  const channels = count(instruction, Conv2dField.channels);
  const columns = count(instruction, Conv2dField.columns);
  const lowest = lowestOf(count(instruction, Conv2dField.activation));
  let bias = pointer(instruction, Conv2dField.biasPointer);
  const biasStep: usize = bias ? 16 : 0;
  if (!bias) {
    bias = scratch();
    v128.store(bias, f32x4.splat(0));
  }
  let source =
    pointer(instruction, Conv2dField.sourcePointer) +
    span(item, <usize>height * lineBytes) +
    <usize>(top + tapY * stepY) * lineBytes +
    <usize>(left + tapX * stepX) * pixelBytes;
  let weights = pointer(instruction, Conv2dField.kernelPointer) + <usize>tapY * weightLine + <usize>tapX * weightStep;
  if (columns == 1 && channels == 1) {
    for (; targetChannels >= WIDE; targetChannels -= WIDE) {
      convolveWide(source, sourceLine, sourceStep, weights, weightLine, weightStep, tapsY, tapsX, bias, biasStep, lowest, target); // prettier-ignore
      source += WIDE_BYTES;
      weights += WIDE_BYTES;
      target += WIDE_BYTES;
      bias += biasStep << 2;
    }
    for (let left = <i32>targetChannels; left > 0; left -= 4) {
      const sum = sumTaps(source, sourceLine, sourceStep, weights, weightLine, weightStep, tapsY, tapsX);
      storeLanes(target, finish(sum, bias, lowest), left);
      source += 16;
      weights += 16;
      target += 16;
      bias += biasStep;
    }
    return;
  }
  for (let channel: u32 = 0; channel < targetChannels; channel += 4) {
    const sum = sumGatheredTaps(source, sourceLine, sourceStep, weights, weightLine, weightStep, tapsY, tapsX, channel, targetChannels, columns, channels); // prettier-ignore
    storeLanes(target + span(channel, 4), finish(sum, bias, lowest), targetChannels - channel);
    bias += biasStep;
  }
}

@inline
function finish(sum: v128, bias: usize, lowest: f32): v128 {
  return f32x4.pmax(f32x4.add(sum, v128.load(bias)), f32x4.splat(lowest));
}

/** Sixteen channels of a pixel. */
function convolveWide(
  source: usize,
  sourceLine: usize,
  sourceStep: usize,
  weights: usize,
  weightLine: usize,
  weightStep: usize,
  tapsY: i32,
  tapsX: i32,
  bias: usize,
  biasStep: usize,
  lowest: f32,
  target: usize,
): void {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (; tapsY > 0; --tapsY) {
    let pixel = source;
    let weight = weights;
    for (let i = tapsX; i > 0; --i) {
      sum0 = multiplyAdd(sum0, v128.load(pixel), v128.load(weight));
      sum1 = multiplyAdd(sum1, v128.load(pixel, 16), v128.load(weight, 16));
      sum2 = multiplyAdd(sum2, v128.load(pixel, 32), v128.load(weight, 32));
      sum3 = multiplyAdd(sum3, v128.load(pixel, 48), v128.load(weight, 48));
      pixel += sourceStep;
      weight += weightStep;
    }
    source += sourceLine;
    weights += weightLine;
  }
  v128.store(target, finish(sum0, bias, lowest));
  v128.store(target, finish(sum1, bias + biasStep, lowest), 16);
  v128.store(target, finish(sum2, bias + 2 * biasStep, lowest), 32);
  v128.store(target, finish(sum3, bias + 3 * biasStep, lowest), 48);
}

/** Four channels of a pixel. */
@inline
function sumTaps(
  source: usize,
  sourceLine: usize,
  sourceStep: usize,
  weights: usize,
  weightLine: usize,
  weightStep: usize,
  tapsY: i32,
  tapsX: i32,
): v128 {
  let sum = f32x4.splat(0);
  for (let j = tapsY; j > 0; --j) {
    let pixel = source;
    let weight = weights;
    for (let i = tapsX; i > 0; --i) {
      sum = multiplyAdd(sum, v128.load(pixel), v128.load(weight));
      pixel += sourceStep;
      weight += weightStep;
    }
    source += sourceLine;
    weights += weightLine;
  }
  return sum;
}

/** Four channels of a target pixel, each of them a column of a group, or the sum of a group's channels. */
function sumGatheredTaps(
  source: usize,
  sourceLine: usize,
  sourceStep: usize,
  weights: usize,
  weightLine: usize,
  weightStep: usize,
  tapsY: i32,
  tapsX: i32,
  channel: u32,
  targetChannels: u32,
  columns: u32,
  channels: u32,
): v128 {
  const last = targetChannels - 1;
  const lane0 = span((channel / columns) * channels, 4);
  const lane1 = span((min(channel + 1, last) / columns) * channels, 4);
  const lane2 = span((min(channel + 2, last) / columns) * channels, 4);
  const lane3 = span((min(channel + 3, last) / columns) * channels, 4);
  const isSum = columns == 1;
  const depthBytes = span(channels, 4);
  if (!isSum) weights += span(channel, 4);
  let sum = f32x4.splat(0);
  for (; tapsY > 0; --tapsY) {
    let pixel = source;
    let weight = weights;
    for (let i = tapsX; i > 0; --i) {
      for (let c: usize = 0; c < depthBytes; c += 4) {
        const values = gather(pixel + lane0 + c, pixel + lane1 + c, pixel + lane2 + c, pixel + lane3 + c);
        const factors = isSum
          ? gather(weight + lane0 + c, weight + lane1 + c, weight + lane2 + c, weight + lane3 + c)
          : v128.load(weight);
        sum = multiplyAdd(sum, values, factors);
      }
      pixel += sourceStep;
      weight += weightStep;
    }
    source += sourceLine;
    weights += weightLine;
  }
  return sum;
}

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
  let block: u32 = 0;
  memory.fill(scratch(), 0, 2 * WIDE_BYTES);
  for (let line: u32 = 0; line < count(instruction, Conv2dField.batch) * rowsY; ++line) {
    const item = line / rowsY;
    const y = <i32>(line - item * rowsY) * stepY + top;
    if (<u32>y >= height) continue;
    const pixels = source + <usize>(item * height + y) * <usize>width * pixelBytes;
    for (let x = first; x < end;) {
      const pixel = line * rowsX + x;
      const own = pixel / GEMM_DEPTH_BLOCK;
      if (own != block) closeBlock();
      block = own;
      const run = min(<u32>(end - x), (own + 1) * GEMM_DEPTH_BLOCK - pixel);
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
