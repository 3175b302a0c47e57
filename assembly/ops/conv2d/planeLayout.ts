// Images of few channels as planes: each channel of an image with its border of zeros, so that what lies under a tap of
// neighbouring output pixels, and under neighbouring taps of one, are neighbours in memory.

import { Conv2dField } from '../../opcodes';
import { count, pointer } from '../../lib/fields';
import { TILE_ROWS } from '../../lib/microkernel';
import { copyWords } from '../../lib/words';
import { span } from '../gemm/fields';
import { signed } from './patches';

/** More are better packed: a patch is then used by as many tiles, and costs little beside its products. */
export const MOST_CHANNELS: u32 = 4;

/** First position that some tap reads along an axis: 0, or before the image. */
@inline
function firstRead(tapFirst: i32): i32 {
  return min(0, tapFirst);
}

/** Positions from the first to the last that is read or in the image, along an axis, whose fields are given. */
@inline
function sideOf(
  instruction: usize,
  sizeField: i32,
  rowsField: i32,
  rowStepField: i32,
  tapsField: i32,
  tapFirstField: i32,
  tapStepField: i32,
): u32 {
  const lastRow = (signed(instruction, rowsField) - 1) * signed(instruction, rowStepField);
  const lastTap = (signed(instruction, tapsField) - 1) * signed(instruction, tapStepField);
  const tapFirst = signed(instruction, tapFirstField);
  const end = max(signed(instruction, sizeField), lastRow + tapFirst + lastTap + 1);
  return <u32>(end - firstRead(tapFirst));
}

/** Floats of a line of a plane. A tile at a line's end reads beyond it. */
export function planeWidth(instruction: usize): u32 {
  const side = sideOf(
    instruction,
    Conv2dField.sourceWidth,
    Conv2dField.rowsX,
    Conv2dField.rowStepX,
    Conv2dField.tapsX,
    Conv2dField.tapFirstX,
    Conv2dField.tapStepX,
  );
  return side + TILE_ROWS - 1;
}

export function planeHeight(instruction: usize): u32 {
  return sideOf(
    instruction,
    Conv2dField.sourceHeight,
    Conv2dField.rowsY,
    Conv2dField.rowStepY,
    Conv2dField.tapsY,
    Conv2dField.tapFirstY,
    Conv2dField.tapStepY,
  );
}

/** Floats of one plane. */
@inline
export function planeFloats(instruction: usize): u32 {
  return planeWidth(instruction) * planeHeight(instruction);
}

/** How far from the start of a plane the pixel under the first tap of the first output pixel lies, in floats. */
export function firstTapOffset(instruction: usize): u32 {
  const tapFirstY = signed(instruction, Conv2dField.tapFirstY);
  const tapFirstX = signed(instruction, Conv2dField.tapFirstX);
  const top = <u32>(tapFirstY - firstRead(tapFirstY));
  return top * planeWidth(instruction) + <u32>(tapFirstX - firstRead(tapFirstX));
}

/** Lays an image out at `planes`. Borders are zeros already. */
export function layPlanes(instruction: usize, item: u32, planes: usize): void {
  const height = count(instruction, Conv2dField.sourceHeight);
  const width = count(instruction, Conv2dField.sourceWidth);
  const channels = count(instruction, Conv2dField.channels);
  const lineBytes = span(planeWidth(instruction), 4);
  const planeBytes = <usize>planeHeight(instruction) * lineBytes;
  const top = <usize>-firstRead(signed(instruction, Conv2dField.tapFirstY));
  const left = <usize>-firstRead(signed(instruction, Conv2dField.tapFirstX));
  let source = pointer(instruction, Conv2dField.sourcePointer) + span(item * height * width * channels, 4);
  let target = planes + top * lineBytes + (left << 2);
  for (let y: u32 = 0; y < height; ++y) {
    if (channels == 1) {
      copyWords(target, source, width);
    } else {
      layLine(target, planeBytes, source, width, channels);
    }
    source += span(width * channels, 4);
    target += lineBytes;
  }
}

@inline
function layLine(target: usize, planeBytes: usize, source: usize, width: u32, channels: u32): void {
  for (let channel: u32 = 0; channel < channels; ++channel) {
    let pixel = source + span(channel, 4);
    const end = target + span(width, 4);
    for (let to = target; to < end; to += 4) {
      store<f32>(to, load<f32>(pixel));
      pixel += span(channels, 4);
    }
    target += planeBytes;
  }
}
