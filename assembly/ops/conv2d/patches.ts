// Lays the patches of an image out as rows of a matrix, a block at a time: what a convolution multiplies by its kernel.

import { Conv2dField } from '../../opcodes';
import { count, pointer } from '../../lib/fields';
import { span } from '../gemm/fields';

/** A signed field. */
@inline
export function signed(instruction: usize, field: i32): i32 {
  return <i32>count(instruction, field);
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
  const pixelBytes = span(count(instruction, Conv2dField.sourceChannels), 4);
  const lineBytes = <usize>width * pixelBytes;
  const imageBytes = <usize>height * lineBytes;
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
    for (let pending = depth; pending;) {
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
