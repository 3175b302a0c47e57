// Rows of floats to small integers: what int8 kernels are multiplied by. See QuantizeRowsField.

import { QuantizeRowsField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { laneMask } from '../lib/lanes';
import { partStart } from '../lib/split';

const LARGEST: f32 = 127;
/** 2^-100: rows below it are 0, since 127 / max|x| might overflow. */
const LEAST: f32 = 7.888609052210118e-31;
const INFINITY_BITS: i32 = 0x7f800000;
/** 1.5 2^23: added to a small number, its last bits are the number rounded, halves to the even one. */
const ROUNDING: f32 = 12582912;
const ROUNDING_BITS: i32 = 0x4b400000;

export function quantizeRows(instruction: usize, part: u32, parts: u32): void {
  const elements = count(instruction, QuantizeRowsField.rowElements);
  const rows = count(instruction, QuantizeRowsField.rows);
  const end = partStart(rows, part + 1, parts, 1);
  for (let row = partStart(rows, part, parts, 1); row < end; ++row) {
    const source = pointer(instruction, QuantizeRowsField.sourcePointer) + <usize>row * ((<usize>elements) << 2);
    const target = pointer(instruction, QuantizeRowsField.targetPointer) + <usize>row * quantizedBytes(elements);
    const largest = largestMagnitude(source, elements);
    const isFinite = reinterpret<i32>(largest) < INFINITY_BITS;
    quantizeRow(source, elements, largest >= LEAST && isFinite ? LARGEST / largest : 0, target);
    store<f32>(
      pointer(instruction, QuantizeRowsField.scalesPointer) + ((<usize>row) << 2),
      isFinite ? largest / LARGEST : NaN,
    );
  }
}

/** From one row of the target to the next. */
@inline
export function quantizedBytes(elements: u32): usize {
  return ((<usize>elements + 7) >> 3) << 4;
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

function quantizeRow(source: usize, elements: u32, factor: f32, target: usize): void {
  const factors = f32x4.splat(factor);
  for (; elements > 4; elements -= min<u32>(elements, 8)) {
    const left = roundLanes(v128.load(source), factors);
    v128.store(target, i16x8.narrow_i32x4_s(left, roundLanes(v128.load(source, 16), factors)));
    source += 32;
    target += 16;
  }
  if (!elements) return;
  const left = roundLanes(v128.load(source), factors);
  v128.store(target, i16x8.narrow_i32x4_s(left, left));
}

@inline
function roundLanes(x: v128, factors: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(x, factors), f32x4.splat(ROUNDING)), i32x4.splat(ROUNDING_BITS));
}
