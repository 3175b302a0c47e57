// The patches of an image as rows of a matrix, a block at a time: what a convolution multiplies by its kernel.

import { Conv2dField } from '../../opcodes';
import { count, pointer } from '../../lib/fields';
import { A_STEP, TILE_ROWS } from '../../lib/microkernel';
import { packRows } from '../../lib/pack';
import { span } from '../gemm/fields';

/** A signed field. */
@inline
export function signed(instruction: usize, field: i32): i32 {
  return <i32>count(instruction, field);
}

/** The first of positions `start`, `start + step` ... that is not before the image. */
@inline
export function firstInside(start: i32, step: i32): i32 {
  return start < 0 ? (step - 1 - start) / step : 0;
}

/** One past the last of `positions` that is not behind the image. */
@inline
export function endInside(start: i32, step: i32, positions: i32, size: i32): i32 {
  return start + (positions - 1) * step < size ? positions : (size - start + step - 1) / step;
}

/** Output pixels. */
@inline
export function patchRows(instruction: usize): u32 {
  return (
    count(instruction, Conv2dField.batch) *
    count(instruction, Conv2dField.rowsY) *
    count(instruction, Conv2dField.rowsX)
  );
}

/** Values in a patch of one group. */
@inline
export function patchDepth(instruction: usize): u32 {
  return (
    count(instruction, Conv2dField.tapsY) *
    count(instruction, Conv2dField.tapsX) *
    count(instruction, Conv2dField.channels)
  );
}

/**
 * Packs values `step` to `step + depth` of the patches of `rows` pixels from `row` on into panels of A. Pixels of a panel that
 * lie on one line, and whose taps do not reach over the line's ends, are packed from the image itself; others are laid out
 * at `stage` first.
 */
export function packPatches(
  instruction: usize,
  group: u32,
  row: u32,
  rows: u32,
  step: u32,
  depth: u32,
  stage: usize,
  target: usize,
): void {
  const width = signed(instruction, Conv2dField.sourceWidth);
  const rowsX = count(instruction, Conv2dField.rowsX);
  const rowsY = count(instruction, Conv2dField.rowsY);
  const rowStepX = signed(instruction, Conv2dField.rowStepX);
  const rowStepY = signed(instruction, Conv2dField.rowStepY);
  const tapFirstX = signed(instruction, Conv2dField.tapFirstX);
  const tapFirstY = signed(instruction, Conv2dField.tapFirstY);
  const reach = (signed(instruction, Conv2dField.tapsX) - 1) * signed(instruction, Conv2dField.tapStepX);
  const imageBytes = bytesOfImage(instruction);
  const line = row / rowsX;
  let x = row - line * rowsX;
  let y = line % rowsY;
  let image =
    pointer(instruction, Conv2dField.sourcePointer) +
    span(group * count(instruction, Conv2dField.channels), 4) +
    <usize>(line / rowsY) * imageBytes;
  while (rows) {
    const height = min(rows, TILE_ROWS);
    const left = <i32>x * rowStepX + tapFirstX;
    const right = left + <i32>(height - 1) * rowStepX + reach;
    if (left >= 0 && right < width && x + height <= rowsX) {
      packPanel(instruction, image, <i32>y * rowStepY + tapFirstY, left, height, step, depth, target);
    } else {
      stagePatches(instruction, group, row, height, step, depth, stage);
      packRows(stage, span(depth, 4), 4, height, depth, target);
    }
    target += span(depth, A_STEP);
    rows -= height;
    row += height;
    for (x += height; x >= rowsX; x -= rowsX) {
      if (++y == rowsY) {
        y = 0;
        image += imageBytes;
      }
    }
  }
}

/** A panel of `rows` neighbouring pixels, the first patch of which begins at (top, left). */
@inline
function packPanel(
  instruction: usize,
  image: usize,
  top: i32,
  left: i32,
  rows: u32,
  step: u32,
  depth: u32,
  target: usize,
): void {
  const height = count(instruction, Conv2dField.sourceHeight);
  const channels = count(instruction, Conv2dField.channels);
  const pixelBytes = bytesOfPixel(instruction);
  const lineBytes = span(count(instruction, Conv2dField.sourceWidth), pixelBytes);
  const rowBytes = span(count(instruction, Conv2dField.rowStepX), pixelBytes);
  const tapsX = count(instruction, Conv2dField.tapsX);
  const tapStepY = signed(instruction, Conv2dField.tapStepY);
  const tapBytes = span(count(instruction, Conv2dField.tapStepX), pixelBytes);
  const lineDepth = tapsX * channels;
  // Taps that touch are one run of values.
  const isRun = tapBytes == span(channels, 4);
  const runDepth = isRun ? lineDepth : channels;
  const tapY = step / lineDepth;
  let at = step - tapY * lineDepth;
  let y = top + <i32>tapY * tapStepY;
  while (depth) {
    const run = at / runDepth;
    const offset = at - run * runDepth;
    const length = min(runDepth - offset, depth);
    if (<u32>y < height) {
      const source = image + <usize>y * lineBytes + <usize>left * pixelBytes + span(run, tapBytes) + span(offset, 4);
      packRows(source, rowBytes, 4, rows, length, target);
    } else {
      memory.fill(target, 0, span(length, A_STEP));
    }
    target += span(length, A_STEP);
    depth -= length;
    at += length;
    if (at == lineDepth) {
      at = 0;
      y += tapStepY;
    }
  }
}

@inline
function bytesOfPixel(instruction: usize): usize {
  return span(count(instruction, Conv2dField.sourceChannels), 4);
}

@inline
function bytesOfImage(instruction: usize): usize {
  const pixels = count(instruction, Conv2dField.sourceHeight) * count(instruction, Conv2dField.sourceWidth);
  return span(pixels, bytesOfPixel(instruction));
}

/**
 * Values `step` to `step + depth` of the patches of `rows` pixels from `row` on, one row behind the other. Up to three
 * floats behind the last row are overwritten.
 */
export function stagePatches(
  instruction: usize,
  group: u32,
  row: u32,
  rows: u32,
  step: u32,
  depth: u32,
  target: usize,
): void {
  const height = count(instruction, Conv2dField.sourceHeight);
  const width = signed(instruction, Conv2dField.sourceWidth);
  const channels = count(instruction, Conv2dField.channels);
  const pixelBytes = bytesOfPixel(instruction);
  const lineBytes = <usize>width * pixelBytes;
  const imageBytes = bytesOfImage(instruction);
  const rowsX = count(instruction, Conv2dField.rowsX);
  const rowsY = count(instruction, Conv2dField.rowsY);
  const rowStepX = signed(instruction, Conv2dField.rowStepX);
  const rowStepY = signed(instruction, Conv2dField.rowStepY);
  const tapsX = signed(instruction, Conv2dField.tapsX);
  const tapFirstX = signed(instruction, Conv2dField.tapFirstX);
  const tapFirstY = signed(instruction, Conv2dField.tapFirstY);
  const tapStepX = signed(instruction, Conv2dField.tapStepX);
  const tapStepY = signed(instruction, Conv2dField.tapStepY);
  const isRun = tapStepX == 1 && pixelBytes == span(channels, 4);
  const lineDepth = <u32>tapsX * channels;
  const firstLine = step / lineDepth;
  const firstStep = step - firstLine * lineDepth;
  const reachY = <i32>((step + depth - 1) / lineDepth - firstLine) * tapStepY;
  let x = row % rowsX;
  let y = (row / rowsX) % rowsY;
  const source = pointer(instruction, Conv2dField.sourcePointer) + span(group * channels, 4);
  let image = source + <usize>(row / rowsX / rowsY) * imageBytes;
  for (; rows; --rows) {
    const left = <i32>x * rowStepX + tapFirstX;
    let top = <i32>y * rowStepY + tapFirstY + <i32>firstLine * tapStepY;
    const inside = <u32>max(-left, 0) * channels;
    const outside = <u32>max(min(width - left, tapsX), 0) * channels;
    let at = firstStep;
    let pending = depth;
    if (isRun && left >= 0 && left + tapsX <= width && top >= 0 && <u32>(top + reachY) < height) {
      let line = image + <usize>top * lineBytes + <usize>left * pixelBytes + span(firstStep, 4);
      while (pending) {
        const length = min(lineDepth - at, pending);
        copy(line, target, length);
        line += <usize>tapStepY * lineBytes - span(at, 4);
        target += span(length, 4);
        pending -= length;
        at = 0;
      }
    }
    while (pending) {
      const length = min(lineDepth - at, pending);
      if (<u32>top >= height) {
        clear(target, length);
      } else {
        const line = image + <usize>top * lineBytes;
        if (isRun) {
          const start = min(max(inside, at), at + length);
          const end = min(max(outside, start), at + length);
          clear(target, start - at);
          copy(line + <usize>left * pixelBytes + span(start, 4), target + span(start - at, 4), end - start);
          clear(target + span(end - at, 4), at + length - end);
        } else {
          stageTaps(line, left, tapStepX, <u32>width, pixelBytes, channels, at, length, target);
        }
      }
      target += span(length, 4);
      pending -= length;
      top += tapStepY;
      at = 0;
    }
    if (++x == rowsX) {
      x = 0;
      if (++y == rowsY) {
        y = 0;
        image += imageBytes;
      }
    }
  }
}

/** Values `at` to `at + length` of the taps on one line of the image, which do not touch or are parts of pixels. */
function stageTaps(
  line: usize,
  left: i32,
  tapStep: i32,
  width: u32,
  pixelBytes: usize,
  channels: u32,
  at: u32,
  length: u32,
  target: usize,
): void {
  const tap = at / channels;
  let channel = at - tap * channels;
  for (let x = left + <i32>tap * tapStep; length; x += tapStep) {
    const run = min(channels - channel, length);
    if (<u32>x < width) copy(line + <usize>x * pixelBytes + span(channel, 4), target, run);
    else clear(target, run);
    target += span(run, 4);
    length -= run;
    channel = 0;
  }
}

/** Copies `length` floats in whole vectors: what follows is written later. */
@inline
function copy(source: usize, target: usize, length: u32): void {
  const end = target + span(length, 4);
  for (; target < end; target += 16) {
    v128.store(target, v128.load(source));
    source += 16;
  }
}

@inline
function clear(target: usize, length: u32): void {
  const end = target + span(length, 4);
  for (; target < end; target += 16) v128.store(target, f32x4.splat(0));
}
