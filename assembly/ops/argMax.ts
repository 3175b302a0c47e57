// Index of the first maximum of each row: predicted classes.

import { ArgMaxField } from '../opcodes';
import { rowExtreme } from '../lib/extremes';
import { count, pointer } from '../lib/fields';
import { partStart } from '../lib/split';

export function argMax(instruction: usize, part: u32, parts: u32): void {
  const source = pointer(instruction, ArgMaxField.sourcePointer);
  const target = pointer(instruction, ArgMaxField.targetPointer);
  const rows = count(instruction, ArgMaxField.rows);
  const columns = count(instruction, ArgMaxField.columns);
  assert(columns > 0);
  const end = partStart(rows, part + 1, parts, 1);
  for (let r = partStart(rows, part, parts, 1); r < end; ++r) {
    const row = source + ((<usize>r * columns) << 2);
    store<u32>(target + ((<usize>r) << 2), firstIndex(row, rowExtreme(row, columns, true)));
  }
}

/**
 * Index of the first element equal to `maximum`, or of the first NaN: a row has a NaN only if its maximum is one. The search
 * needs no end, because the maximum is in the row.
 */
@inline
function firstIndex(row: usize, maximum: f32): u32 {
  const sought = f32x4.splat(maximum);
  let index: u32 = 0;
  while (true) {
    const x = v128.load(row);
    const hits = i32x4.bitmask(v128.or(f32x4.eq(x, sought), f32x4.ne(x, x)));
    if (hits) return index + ctz<u32>(hits);
    row += 16;
    index += 4;
  }
}
