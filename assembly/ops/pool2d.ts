// Pooling of images, channels last: the lanes of a vector are channels.

import { Pool2dField } from '../opcodes';
import { extremeStart, joinFaults, moreExtreme } from '../lib/extremes';
import { count, pointer } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { maximumOfQuad, receives, spreadToQuad } from './pool2d/quad';

/** Shared by lines of windows. */
export function pool2d(instruction: usize, part: u32, parts: u32): void {
  const lines = count(instruction, Pool2dField.batch) * count(instruction, Pool2dField.rowsY);
  const end = partStart(lines, part + 1, parts, 1);
  for (let line = partStart(lines, part, parts, 1); line < end; ++line) poolLine(instruction, line);
}

@inline
function pixelBytesOf(instruction: usize): usize {
  return (<usize>count(instruction, Pool2dField.channels)) << 2;
}

/** Where a window begins along an axis: it may lie before the image. */
@inline
function windowStart(instruction: usize, row: u32, strideField: i32, beforeField: i32): i32 {
  return <i32>(row * count(instruction, strideField)) - <i32>count(instruction, beforeField);
}

/** The windows of one line. */
function poolLine(instruction: usize, line: u32): void {
  const channels = count(instruction, Pool2dField.channels);
  const rowsX = count(instruction, Pool2dField.rowsX);
  const rowsY = count(instruction, Pool2dField.rowsY);
  const height = <i32>count(instruction, Pool2dField.height);
  const width = <i32>count(instruction, Pool2dField.width);
  const windowX = <i32>count(instruction, Pool2dField.windowX);
  const isMean = count(instruction, Pool2dField.isMean) != 0;
  const pixelBytes = pixelBytesOf(instruction);
  const lineBytes = <usize>width * pixelBytes;
  const item = line / rowsY;
  const startY = windowStart(instruction, line - item * rowsY, Pool2dField.strideY, Pool2dField.beforeY);
  const top = max(startY, 0);
  const rows = max(min(startY + <i32>count(instruction, Pool2dField.windowY), height) - top, 0);
  const start =
    pointer(instruction, Pool2dField.sourcePointer) + <usize>item * <usize>height * lineBytes + <usize>top * lineBytes;
  let target = pointer(instruction, Pool2dField.targetPointer) + <usize>(line * rowsX) * pixelBytes;
  for (let rowX: u32 = 0; rowX < rowsX; ++rowX) {
    const startX = windowStart(instruction, rowX, Pool2dField.strideX, Pool2dField.beforeX);
    const left = max(startX, 0);
    const columns = max(min(startX + windowX, width) - left, 0);
    const window = start + <usize>left * pixelBytes;
    if (isMean) meanOfWindow(window, lineBytes, pixelBytes, rows, columns, target, channels);
    else if (rows == 2 && columns == 2) maximumOfQuad(window, lineBytes, pixelBytes, target);
    else maximumOfWindow(window, lineBytes, pixelBytes, rows, columns, target, channels);
    target += pixelBytes;
  }
}

@inline
function maximumOfWindow(
  window: usize,
  lineBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  target: usize,
  channels: u32,
): void {
  for (let channel: u32 = 0; channel < channels; channel += 4) {
    const first = (<usize>channel) << 2;
    let largest = extremeStart(true);
    let faults = i32x4.splat(0);
    let line = window + first;
    for (let y = 0; y < rows; ++y) {
      let pixel = line;
      for (let x = 0; x < columns; ++x) {
        const values = v128.load(pixel);
        largest = moreExtreme(largest, values, true);
        faults = joinFaults(faults, values);
        pixel += pixelBytes;
      }
      line += lineBytes;
    }
    storeLanes(target + first, v128.or(largest, faults), channels - channel);
  }
}

@inline
function meanOfWindow(
  window: usize,
  lineBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  target: usize,
  channels: u32,
): void {
  const divisor = f32x4.splat(<f32>max(rows * columns, 1));
  for (let channel: u32 = 0; channel < channels; channel += 4) {
    const first = (<usize>channel) << 2;
    let sum = f32x4.splat(0);
    let line = window + first;
    for (let y = 0; y < rows; ++y) {
      let pixel = line;
      for (let x = 0; x < columns; ++x) {
        sum = f32x4.add(sum, v128.load(pixel));
        pixel += pixelBytes;
      }
      line += lineBytes;
    }
    storeLanes(target + first, f32x4.div(sum, divisor), channels - channel);
  }
}

/** Shared by images and vectors of their channels, which no window crosses: a window adds to the pixels under it. */
export function pool2dGradient(instruction: usize, part: u32, parts: u32): void {
  const vectors = (count(instruction, Pool2dField.channels) + 3) >> 2;
  const tasks = count(instruction, Pool2dField.batch) * vectors;
  const end = partStart(tasks, part + 1, parts, 1);
  for (let task = partStart(tasks, part, parts, 1); task < end;) {
    const item = task / vectors;
    const vector = task - item * vectors;
    const vectorEnd = min(vectors, vector + end - task);
    spreadItem(instruction, item, vector << 2, vectorEnd << 2);
    task += vectorEnd - vector;
  }
}

/** Whether windows that do not overlap leave no pixel between or behind them. */
function coversImage(instruction: usize): bool {
  const windowY = count(instruction, Pool2dField.windowY);
  const windowX = count(instruction, Pool2dField.windowX);
  return (
    count(instruction, Pool2dField.strideY) == windowY &&
    count(instruction, Pool2dField.strideX) == windowX &&
    count(instruction, Pool2dField.rowsY) * windowY >=
      count(instruction, Pool2dField.height) + count(instruction, Pool2dField.beforeY) &&
    count(instruction, Pool2dField.rowsX) * windowX >=
      count(instruction, Pool2dField.width) + count(instruction, Pool2dField.beforeX)
  );
}

/** Channels `channel` to `channelEnd` of one image. */
function spreadItem(instruction: usize, item: u32, channel: u32, channelEnd: u32): void {
  const pixelBytes = pixelBytesOf(instruction);
  const channels = count(instruction, Pool2dField.channels);
  const rowsY = count(instruction, Pool2dField.rowsY);
  const rowsX = count(instruction, Pool2dField.rowsX);
  const height = count(instruction, Pool2dField.height);
  const width = count(instruction, Pool2dField.width);
  const isMean = count(instruction, Pool2dField.isMean) != 0;
  const strideY = <i32>count(instruction, Pool2dField.strideY);
  const strideX = <i32>count(instruction, Pool2dField.strideX);
  const windowY = <i32>count(instruction, Pool2dField.windowY);
  const windowX = <i32>count(instruction, Pool2dField.windowX);
  const isDisjoint = strideY >= windowY && strideX >= windowX;
  const lineBytes = <usize>width * pixelBytes;
  const imageOffset = <usize>item * <usize>height * lineBytes;
  const source = pointer(instruction, Pool2dField.sourcePointer) + imageOffset;
  const target = pointer(instruction, Pool2dField.targetPointer) + imageOffset;
  const bytes = (<usize>(min(channelEnd, channels) - channel)) << 2;
  const first = (<usize>channel) << 2;
  if (isDisjoint && coversImage(instruction)) {
    // Every pixel is written by its window.
  } else if (bytes == pixelBytes) {
    memory.fill(target, 0, <usize>height * lineBytes);
  } else {
    for (let pixel: u32 = 0; pixel < height * width; ++pixel) {
      memory.fill(target + <usize>pixel * pixelBytes + first, 0, bytes);
    }
  }
  let gradient = pointer(instruction, Pool2dField.gradientPointer) + <usize>(item * rowsY * rowsX) * pixelBytes;
  for (let rowY: u32 = 0; rowY < rowsY; ++rowY) {
    const startY = windowStart(instruction, rowY, Pool2dField.strideY, Pool2dField.beforeY);
    const top = max(startY, 0);
    const rows = max(min(startY + windowY, <i32>height) - top, 0);
    for (let rowX: u32 = 0; rowX < rowsX; ++rowX) {
      const startX = windowStart(instruction, rowX, Pool2dField.strideX, Pool2dField.beforeX);
      const left = max(startX, 0);
      const columns = max(min(startX + windowX, <i32>width) - left, 0);
      const offset = <usize>top * lineBytes + <usize>left * pixelBytes;
      if (!isMean && isDisjoint && rows == 2 && columns == 2) {
        const at = offset + first;
        spreadToQuad(source + at, target + at, lineBytes, pixelBytes, gradient + first, bytes);
        gradient += pixelBytes;
        continue;
      }
      for (let c = channel; c < min(channelEnd, channels); c += 4) {
        const at = offset + ((<usize>c) << 2);
        const dy = v128.load(gradient + ((<usize>c) << 2));
        if (isMean) {
          spreadMean(target + at, lineBytes, pixelBytes, rows, columns, isDisjoint, dy, channels - c);
        } else {
          spreadMaximum(source + at, target + at, lineBytes, pixelBytes, rows, columns, isDisjoint, dy, channels - c);
        }
      }
      gradient += pixelBytes;
    }
  }
}

@inline
function spreadMean(
  target: usize,
  lineBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  isDisjoint: bool,
  gradient: v128,
  lanes: u32,
): void {
  const share = f32x4.div(gradient, f32x4.splat(<f32>max(rows * columns, 1)));
  for (let y = 0; y < rows; ++y) {
    let pixel = target;
    for (let x = 0; x < columns; ++x) {
      storeLanes(pixel, isDisjoint ? share : f32x4.add(v128.load(pixel), share), lanes);
      pixel += pixelBytes;
    }
    target += lineBytes;
  }
}

@inline
function spreadMaximum(
  source: usize,
  target: usize,
  lineBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  isDisjoint: bool,
  gradient: v128,
  lanes: u32,
): void {
  let best = extremeStart(true);
  let faults = i32x4.splat(0);
  for (let y = 0; y < rows; ++y) {
    let pixel = source + <usize>y * lineBytes;
    for (let x = 0; x < columns; ++x) {
      const values = v128.load(pixel);
      best = moreExtreme(best, values, true);
      faults = joinFaults(faults, values);
      pixel += pixelBytes;
    }
  }
  // The first value that equals the largest, or the first NaN, takes what is there and leaves nothing to others.
  let left = gradient;
  for (let y = 0; y < rows; ++y) {
    const line = <usize>y * lineBytes;
    for (let at = line; at < line + <usize>columns * pixelBytes; at += pixelBytes) {
      const values = v128.load(source + at);
      const isReceiver = receives(values, best, faults);
      const own = v128.and(left, isReceiver);
      left = v128.andnot(left, isReceiver);
      const pixel = target + at;
      storeLanes(pixel, isDisjoint ? own : f32x4.add(v128.load(pixel), own), lanes);
    }
  }
}
