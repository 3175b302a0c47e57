// Collects the rows of a batch from a data set in linear memory, by shuffled index or in order.

import { DataType, GatherBatchField, RunStateField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { copyWords } from '../lib/words';

export function gatherBatch(instruction: usize, part: u32, parts: u32): void {
  const rows = count(instruction, GatherBatchField.rows);
  const rowElements = count(instruction, GatherBatchField.rowElements);
  const isBytes = count(instruction, GatherBatchField.dataType) == DataType.uint8;
  const source = pointer(instruction, GatherBatchField.sourcePointer);
  const indices = pointer(instruction, GatherBatchField.indicesPointer);
  const batch = count(pointer(instruction, GatherBatchField.statePointer), RunStateField.batch);
  const sourceRowBytes = isBytes ? <usize>rowElements : (<usize>rowElements) << 2;
  const start = partStart(rows, part, parts, 1);
  const end = partStart(rows, part + 1, parts, 1);
  const first = batch * rows;
  let target = pointer(instruction, GatherBatchField.targetPointer) + ((<usize>start * rowElements) << 2);
  if (!indices) {
    moveElements(target, source + <usize>(first + start) * sourceRowBytes, (end - start) * rowElements, isBytes);
    return;
  }
  for (let r = start; r < end; ++r) {
    const index = load<i32>(indices + ((<usize>(first + r)) << 2));
    assert(index >= 0);
    moveElements(target, source + <usize>index * sourceRowBytes, rowElements, isBytes);
    target += (<usize>rowElements) << 2;
  }
}

@inline
function moveElements(target: usize, source: usize, elements: u32, isBytes: bool): void {
  if (isBytes) convertBytes(target, source, elements);
  else copyWords(target, source, elements);
}

/** float32 of each byte. */
function convertBytes(target: usize, source: usize, elements: u32): void {
  for (; elements >= 16; elements -= 16) {
    const bytes = v128.load(source);
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)));
    v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), 16);
    v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), 32);
    v128.store(target, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), 48);
    source += 16;
    target += 64;
  }
  while (elements) {
    const halves = i16x8.extend_low_i8x16_u(v128.load32_zero(source));
    storeLanes(target, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(halves)), elements);
    if (elements <= 4) return;
    elements -= 4;
    source += 4;
    target += 16;
  }
}
