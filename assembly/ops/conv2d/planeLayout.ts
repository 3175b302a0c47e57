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

/** One past the last position that is read or in the image. */
@inline
function endRead(size: i32, rows: i32, rowStep: i32, tapFirst: i32, taps: i32, tapStep: i32): i32 {
  return max(size, (rows - 1) * rowStep + tapFirst + (taps - 1) * tapStep + 1);
}

/** Floats of a line of a plane. A tile at a line's end reads beyond it. */
export function planeWidth(instruction: usize): u32 {
  const tapFirst = signed(instruction, Conv2dField.tapFirstX);
  const end = endRead(
    signed(instruction, Conv2dField.sourceWidth),
    signed(instruction, Conv2dField.rowsX),
    signed(instruction, Conv2dField.rowStepX),
    tapFirst,
    signed(instruction, Conv2dField.tapsX),
    signed(instruction, Conv2dField.tapStepX),
  );
  return <u32>(end - firstRead(tapFirst)) + TILE_ROWS - 1;
}

export function planeHeight(instruction: usize): u32 {
  const tapFirst = signed(instruction, Conv2dField.tapFirstY);
  const end = endRead(
    signed(instruction, Conv2dField.sourceHeight),
    signed(instruction, Conv2dField.rowsY),
    signed(instruction, Conv2dField.rowStepY),
    tapFirst,
    signed(instruction, Conv2dField.tapsY),
    signed(instruction, Conv2dField.tapStepY),
  );
  return <u32>(end - firstRead(tapFirst));
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
