// Floats to small integers: what int8 kernels are multiplied by. See QuantizeRowsField.

import { QuantizeRowsField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { laneMask, storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { span } from './gemm/fields';

const LARGEST: f32 = 127;
/** 2^-100: rows below it are 0, since 127 / max|x| might overflow. */
const LEAST: f32 = 7.888609052210118e-31;
const INFINITY_BITS: i32 = 0x7f800000;
/** 1.5 2^23: added to a small number, its last bits are the number rounded, halves to the even one. */
const ROUNDING: f32 = 12582912;
const ROUNDING_BITS: i32 = 0x4b400000;

/** Shared by images. */
export function quantizeRows(instruction: usize, part: u32, parts: u32): void {
  const batch = count(instruction, QuantizeRowsField.batch);
  const lines = count(instruction, QuantizeRowsField.lines);
  const elements = count(instruction, QuantizeRowsField.lineElements);
  const lineBytes = span(count(instruction, QuantizeRowsField.targetLineStride), 2);
  const imageBytes = span(count(instruction, QuantizeRowsField.targetBatchStride), 2);
  const end = partStart(batch, part + 1, parts, 1);
  for (let item = partStart(batch, part, parts, 1); item < end; ++item) {
    let source = pointer(instruction, QuantizeRowsField.sourcePointer) + <usize>item * span(lines * elements, 4);
    let target = pointer(instruction, QuantizeRowsField.targetPointer) + span(item, imageBytes);
    const largest = largestMagnitude(source, lines * elements);
    const isFinite = reinterpret<i32>(largest) < INFINITY_BITS;
    const factor: f32 = largest >= LEAST && isFinite ? LARGEST / largest : 0;
    store<f32>(
      pointer(instruction, QuantizeRowsField.scalesPointer) + span(item, 4),
      isFinite ? largest / LARGEST : NaN,
    );
    if (count(instruction, QuantizeRowsField.hasBorder)) {
      memory.fill(target - span(count(instruction, QuantizeRowsField.borderBefore), 2), 0, imageBytes);
    }
    for (let line: u32 = 0; line < lines; ++line) {
      quantizeLine(source, elements, factor, target);
      source += span(elements, 4);
      target += lineBytes;
    }
  }
}

/** max|x|. Without their signs floats are ordered as integers are, a NaN above infinity. */
function largestMagnitude(source: usize, elements: u32): f32 {
  const magnitude = i32x4.splat(0x7fffffff);
  let best = i32x4.splat(0);
  let second = best;
  for (; elements >= 8; elements -= 8) {
    best = i32x4.max_s(best, v128.and(v128.load(source), magnitude));
    second = i32x4.max_s(second, v128.and(v128.load(source, 16), magnitude));
    source += 32;
  }
  for (; elements; elements -= min<u32>(elements, 4)) {
    const lanes = v128.and(v128.load(source), laneMask(elements));
    best = i32x4.max_s(best, v128.and(lanes, magnitude));
    source += 16;
  }
  best = i32x4.max_s(best, second);
  best = i32x4.max_s(best, v128.shuffle<i32>(best, best, 2, 3, 0, 1));
  best = i32x4.max_s(best, v128.shuffle<i32>(best, best, 1, 0, 3, 2));
  return f32x4.extract_lane(best, 0);
}

function quantizeLine(source: usize, elements: u32, factor: f32, target: usize): void {
  const factors = f32x4.splat(factor);
  while (elements) {
    const left = roundLanes(v128.load(source), factors);
    const right = elements > 4 ? roundLanes(v128.load(source, 16), factors) : left;
    storeLanes(target, i16x8.narrow_i32x4_s(left, right), (elements + 1) >> 1);
    elements -= min<u32>(elements, 8);
    source += 32;
    target += 16;
  }
}

@inline
function roundLanes(x: v128, factors: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(x, factors), f32x4.splat(ROUNDING)), i32x4.splat(ROUNDING_BITS));
}
