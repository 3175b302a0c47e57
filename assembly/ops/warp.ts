// Images moved, turned and bent: each target pixel is read between four source pixels. The geometric part of augmentation.

import { FillMode, WarpField } from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { partStart } from '../lib/split';

/** Bytes of one map. */
const MAP_BYTES: usize = 24;

/** Bound by the scalar reads of four neighbours a channel. Parts share rows of images. */
export function warp(instruction: usize, part: u32, parts: u32): void {
  const height = count(instruction, WarpField.height);
  const width = count(instruction, WarpField.width);
  const rows = count(instruction, WarpField.batch) * height;
  const maps = pointer(instruction, WarpField.mapsPointer);
  const displacement = pointer(instruction, WarpField.displacementPointer);
  const pixelBytes = (<usize>count(instruction, WarpField.channels)) << 2;
  const rowBytes = (<usize>width) << 2;
  const end = partStart(rows, part + 1, parts, 1);
  let row = partStart(rows, part, parts, 1);
  let target = pointer(instruction, WarpField.targetPointer) + <usize>row * width * pixelBytes;
  for (; row < end; ++row) {
    const item = <usize>(row / height);
    const y = <f32>(row % height);
    const map = maps + item * MAP_BYTES;
    const source = pointer(instruction, WarpField.sourcePointer) + item * height * width * pixelBytes;
    // An item's displacements are two planes, so those of the rows before are twice as many.
    let shift = displacement + (<usize>row + item * height) * rowBytes;
    for (let x: u32 = 0; x < width; ++x) {
      let sourceY = along(map, y, <f32>x);
      let sourceX = along(map + MAP_BYTES / 2, y, <f32>x);
      if (displacement) {
        sourceY += load<f32>(shift);
        sourceX += load<f32>(shift + <usize>height * rowBytes);
        shift += 4;
      }
      readBetween(instruction, source, sourceY, sourceX, target);
      target += pixelBytes;
    }
  }
}

/** One coordinate of the place to which a map takes a pixel. */
@inline
function along(map: usize, y: f32, x: f32): f32 {
  return load<f32>(map) * y + load<f32>(map, 4) * x + load<f32>(map, 8);
}

/** Writes the channels of a source at a place, of its four neighbours. */
function readBetween(instruction: usize, source: usize, y: f32, x: f32, target: usize): void {
  const height = count(instruction, WarpField.height);
  const width = count(instruction, WarpField.width);
  const channels = count(instruction, WarpField.channels);
  const mode = count(instruction, WarpField.fillMode);
  const fill = real(instruction, WarpField.fillValue);
  y = fold(y, <f32>height, mode);
  x = fold(x, <f32>width, mode);
  const shareY = y - Mathf.floor(y);
  const shareX = x - Mathf.floor(x);
  const top = <i32>Mathf.floor(y);
  const left = <i32>Mathf.floor(x);
  const upper = inside(top, height, mode);
  const lower = inside(top + 1, height, mode);
  const before = inside(left, width, mode);
  const after = inside(left + 1, width, mode);
  for (let channel: u32 = 0; channel < channels; ++channel) {
    const a = pixel(source, upper, before, height, width, channels, fill);
    const b = pixel(source, upper, after, height, width, channels, fill);
    const c = pixel(source, lower, before, height, width, channels, fill);
    const d = pixel(source, lower, after, height, width, channels, fill);
    const above = a + (b - a) * shareX;
    const below = c + (d - c) * shareX;
    store<f32>(target, above + (below - above) * shareY);
    target += 4;
    source += 4;
  }
}

/** The coordinate inside an axis of `size` pixels that has the value of `t`; with `constant` it stays where it is. */
function fold(t: f32, size: f32, mode: u32): f32 {
  if (mode == FillMode.wrap) return t - size * Mathf.floor(t / size);
  if (mode == FillMode.reflect) {
    const period = size + size;
    t += 0.5;
    t -= period * Mathf.floor(t / period);
    t = min<f32>(t, period - t) - 0.5;
  }
  return mode == FillMode.constant ? t : min<f32>(max<f32>(t, 0), size - 1);
}

/** A row or column that a folded coordinate falls between; past the end the one that follows there. */
@inline
function inside(index: i32, size: u32, mode: u32): u32 {
  if (mode == FillMode.constant || <u32>index < size) return index;
  return mode == FillMode.wrap ? 0 : size - 1;
}

@inline
function pixel(source: usize, y: u32, x: u32, height: u32, width: u32, channels: u32, fill: f32): f32 {
  if (y >= height || x >= width) return fill;
  return load<f32>(source + ((<usize>(y * width + x) * channels) << 2));
}
