// Table look-up by row (embeddings) and its gradient. An index outside the table halts the run. Every part looks at all
// indices, so that all parts come to the same answer without talking.

import { GatherRowsField, ScatterAddRowsField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { storeLanes } from '../lib/lanes';
import { partStart } from '../lib/split';
import { copyWords, fillWords } from '../lib/words';

export function gatherRows(instruction: usize, part: u32, parts: u32): bool {
  const source = pointer(instruction, GatherRowsField.sourcePointer);
  const indices = pointer(instruction, GatherRowsField.indicesPointer);
  const target = pointer(instruction, GatherRowsField.targetPointer);
  const rows = count(instruction, GatherRowsField.rows);
  const rowElements = count(instruction, GatherRowsField.rowElements);
  const rowBytes = (<usize>rowElements) << 2;
  if (!areInside(indices, rows, count(instruction, GatherRowsField.sourceRows))) return false;
  const end = partStart(rows, part + 1, parts, 1);
  for (let r = partStart(rows, part, parts, 1); r < end; ++r) {
    const index = load<u32>(indices + ((<usize>r) << 2));
    copyWords(target + <usize>r * rowBytes, source + <usize>index * rowBytes, rowElements);
  }
  return true;
}

/** Whether all indices, as unsigned numbers, are below `limit`. */
function areInside(indices: usize, rows: u32, limit: u32): bool {
  for (const end = indices + ((<usize>rows) << 2); indices < end; indices += 4) {
    if (load<u32>(indices) >= limit) return false;
  }
  return true;
}

/**
 * Rows that share an index add up in the order of r, whatever the parts: each part takes some columns of all rows.
 */
export function scatterAddRows(instruction: usize, part: u32, parts: u32): bool {
  const rows = count(instruction, ScatterAddRowsField.rows);
  const targetRows = count(instruction, ScatterAddRowsField.targetRows);
  const rowElements = count(instruction, ScatterAddRowsField.rowElements);
  const indices = pointer(instruction, ScatterAddRowsField.indicesPointer);
  const rowBytes = (<usize>rowElements) << 2;
  const start = partStart(rowElements, part, parts, 4);
  const columns = partStart(rowElements, part + 1, parts, 4) - start;
  const offset = (<usize>start) << 2;
  const source = pointer(instruction, ScatterAddRowsField.sourcePointer) + offset;
  const target = pointer(instruction, ScatterAddRowsField.targetPointer) + offset;
  if (!areInside(indices, rows, targetRows)) return false;
  clearColumns(target, targetRows, rowElements, columns);
  for (let r: u32 = 0; r < rows; ++r) {
    const index = load<u32>(indices + ((<usize>r) << 2));
    addRow(target + <usize>index * rowBytes, source + <usize>r * rowBytes, columns);
  }
  return true;
}

function clearColumns(target: usize, rows: u32, rowElements: u32, columns: u32): void {
  if (columns == rowElements) {
    fillWords(target, 0, rows * columns);
    return;
  }
  for (let r: u32 = 0; r < rows; ++r) fillWords(target + ((<usize>r * rowElements) << 2), 0, columns);
}

@inline
function addRow(target: usize, source: usize, columns: u32): void {
  for (; columns >= 4; columns -= 4) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
  if (columns) storeLanes(target, f32x4.add(v128.load(target), v128.load(source)), columns);
}
