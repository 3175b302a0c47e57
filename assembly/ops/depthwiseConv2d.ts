// Convolutions whose groups have one source channel or one column: no product of matrices is left, so the lanes of a vector
// are channels of the target. Taps outside the image are left out.

import { Conv2dField, GEMM_DEPTH_BLOCK } from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { gather, multiplyAdd } from '../lib/microkernel';
import { partStart } from '../lib/split';
import { patchRows, signed } from './conv2d/patches';
import { applyActivation, bytes, lowestOf, span } from './gemm/fields';

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

/** The first of `taps` that is not before the image. */
@inline
function firstTap(start: i32, step: i32): i32 {
  return start < 0 ? (step - 1 - start) / step : 0;
}

/** One past the last of `taps` that is not behind the image. */
@inline
function endTap(start: i32, step: i32, taps: i32, size: i32): i32 {
  return min(taps, (size - start + step - 1) / step);
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
  const tapY = firstTap(top, stepY);
  const tapX = firstTap(left, stepX);
  const tapsY = endTap(top, stepY, signed(instruction, Conv2dField.tapsY), height) - tapY;
  const tapsX = endTap(left, stepX, signed(instruction, Conv2dField.tapsX), width) - tapX;
  const kernelStrideY = signed(instruction, Conv2dField.kernelTapStrideY) << 2;
  const kernelStrideX = signed(instruction, Conv2dField.kernelTapStrideX) << 2;
  const channels = count(instruction, Conv2dField.channels);
  const columns = count(instruction, Conv2dField.columns);
  const bias = pointer(instruction, Conv2dField.biasPointer);
  const lowest = f32x4.splat(lowestOf(count(instruction, Conv2dField.activation)));
  const source =
    pointer(instruction, Conv2dField.sourcePointer) +
    span(item, <usize>height * lineBytes) +
    <usize>(top + tapY * stepY) * lineBytes +
    <usize>(left + tapX * stepX) * pixelBytes;
  const kernel =
    pointer(instruction, Conv2dField.kernelPointer) + <usize>(tapY * kernelStrideY) + <usize>(tapX * kernelStrideX);
  for (let channel: u32 = 0; channel < targetChannels; channel += 4) {
    const last = targetChannels - 1;
    let sum = f32x4.splat(0);
    for (let c: u32 = 0; c < channels; ++c) {
      // Where the lanes of source and kernel lie: side by side if groups are single channels.
      const source0 = lanePlace(channel, columns, channels, c);
      const source1 = lanePlace(min(channel + 1, last), columns, channels, c);
      const source2 = lanePlace(min(channel + 2, last), columns, channels, c);
      const source3 = lanePlace(min(channel + 3, last), columns, channels, c);
      const kernel0 = columns == 1 ? source0 : span(channel, 4);
      const kernelStep = columns == 1 ? span(channels, 4) : 4;
      for (let j = 0; j < tapsY; ++j) {
        let pixel = source + <usize>(j * stepY) * lineBytes;
        let weight = kernel + <usize>(j * kernelStrideY) + kernel0;
        for (let i = 0; i < tapsX; ++i) {
          const values =
            columns == 1 && channels == 1
              ? v128.load(pixel + source0)
              : gather(pixel + source0, pixel + source1, pixel + source2, pixel + source3);
          const weights =
            kernelStep == 4
              ? v128.load(weight)
              : gather(
                  weight,
                  weight + (source1 - source0),
                  weight + (source2 - source0),
                  weight + (source3 - source0),
                );
          sum = multiplyAdd(sum, values, weights);
          pixel += <usize>stepX * pixelBytes;
          weight += <usize>kernelStrideX;
        }
      }
    }
    if (bias) sum = f32x4.add(sum, v128.load(bias + span(channel, 4)));
    storeLanes(target + span(channel, 4), f32x4.pmax(sum, lowest), targetChannels - channel);
  }
}

/** Byte offset in a source pixel of channel `c` of the group that a target channel belongs to. */
@inline
function lanePlace(channel: u32, columns: u32, channels: u32, c: u32): usize {
  return span((channel / columns) * channels + c, 4);
}

/** Shared by vectors of the kernel: four columns of a tap. */
export function depthwiseConv2dKernelGradient(instruction: usize, part: u32, parts: u32): void {
  const columns = count(instruction, Conv2dField.groups) * count(instruction, Conv2dField.columns);
  const vectors = (columns + 3) >> 2;
  const tapsX = count(instruction, Conv2dField.tapsX);
  const tasks = vectors * tapsX * count(instruction, Conv2dField.tapsY);
  const end = partStart(tasks, part + 1, parts, 1);
  for (let task = partStart(tasks, part, parts, 1); task < end; ++task) {
    const tap = task / vectors;
    const tapY = tap / tapsX;
    correlateTap(instruction, tapY, tap - tapY * tapsX, (task - tap * vectors) << 2, columns);
  }
}

/** Up to four columns from `column` on of one tap: sums over output pixels, in blocks like those of GEMM. */
function correlateTap(instruction: usize, tapY: u32, tapX: u32, column: u32, columns: u32): void {
  const height = count(instruction, Conv2dField.sourceHeight);
  const width = count(instruction, Conv2dField.sourceWidth);
  const pixelBytes = bytes(instruction, Conv2dField.sourceChannels);
  const batch = count(instruction, Conv2dField.batch);
  const rowsY = count(instruction, Conv2dField.rowsY);
  const rowsX = count(instruction, Conv2dField.rowsX);
  const stepY = signed(instruction, Conv2dField.rowStepY);
  const stepX = signed(instruction, Conv2dField.rowStepX);
  const top = <i32>tapY * signed(instruction, Conv2dField.tapStepY) + signed(instruction, Conv2dField.tapFirstY);
  const left = <i32>tapX * signed(instruction, Conv2dField.tapStepX) + signed(instruction, Conv2dField.tapFirstX);
  const multiplier = count(instruction, Conv2dField.columns);
  const gradientBytes = bytes(instruction, Conv2dField.targetStrideX);
  const lane0 = span(column / multiplier, 4);
  const lane1 = span(min(column + 1, columns - 1) / multiplier, 4);
  const lane2 = span(min(column + 2, columns - 1) / multiplier, 4);
  const lane3 = span(min(column + 3, columns - 1) / multiplier, 4);
  let gradient = pointer(instruction, Conv2dField.targetPointer) + span(column, 4);
  let image = pointer(instruction, Conv2dField.sourcePointer);
  let total = f32x4.splat(0);
  let sum = f32x4.splat(0);
  let pending: u32 = GEMM_DEPTH_BLOCK;
  for (let item: u32 = 0; item < batch; ++item) {
    for (let y: u32 = 0; y < rowsY; ++y) {
      const line = <i32>y * stepY + top;
      const isInside = <u32>line < height;
      const source = image + <usize>line * <usize>width * pixelBytes;
      let at = left;
      for (let x: u32 = 0; x < rowsX; ++x) {
        if (isInside && <u32>at < width) {
          const pixel = source + <usize>at * pixelBytes;
          const values =
            multiplier == 1
              ? v128.load(pixel + lane0)
              : gather(pixel + lane0, pixel + lane1, pixel + lane2, pixel + lane3);
          sum = multiplyAdd(sum, values, v128.load(gradient));
        }
        if (!--pending) {
          total = f32x4.add(total, sum);
          sum = f32x4.splat(0);
          pending = GEMM_DEPTH_BLOCK;
        }
        gradient += gradientBytes;
        at += stepX;
      }
    }
    image += <usize>height * <usize>width * pixelBytes;
  }
  const offset =
    <i32>tapY * signed(instruction, Conv2dField.kernelTapStrideY) +
    <i32>tapX * signed(instruction, Conv2dField.kernelTapStrideX) +
    <i32>column;
  storeLanes(
    pointer(instruction, Conv2dField.kernelPointer) + ((<usize>offset) << 2),
    f32x4.add(total, sum),
    columns - column,
  );
}
