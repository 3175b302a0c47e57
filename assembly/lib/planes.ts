// Copies a plane of 4-byte elements, rows by columns, between two strided layouts. Strides are in bytes.

import { storeLanes } from './lanes';
import { copyWords, fillWords } from './words';

/**
 * Columns transposed at a time. Their cache lines are used again for the next rows; where columns are a power of two apart
 * they share one set of the first-level cache, which holds eight.
 */
const TRANSPOSE_COLUMNS: u32 = 8;

export function copyPlane(
  target: usize,
  targetRow: u32,
  targetColumn: u32,
  source: usize,
  sourceRow: u32,
  sourceColumn: u32,
  rows: u32,
  columns: u32,
): void {
  if (targetColumn != 4) {
    copyElements(target, targetRow, targetColumn, source, sourceRow, sourceColumn, rows, columns);
  } else if (sourceColumn == 4) {
    for (; rows; --rows) {
      copyWords(target, source, columns);
      target += targetRow;
      source += sourceRow;
    }
  } else if (sourceColumn == 0) {
    for (; rows; --rows) {
      fillWords(target, load<u32>(source), columns);
      target += targetRow;
      source += sourceRow;
    }
  } else if (sourceRow == 4) {
    transposePlane(target, targetRow, source, sourceColumn, rows, columns);
  } else {
    copyElements(target, targetRow, 4, source, sourceRow, sourceColumn, rows, columns);
  }
}

function copyElements(
  target: usize,
  targetRow: u32,
  targetColumn: u32,
  source: usize,
  sourceRow: u32,
  sourceColumn: u32,
  rows: u32,
  columns: u32,
): void {
  for (; rows; --rows) {
    let from = source;
    let to = target;
    for (let left = columns; left; --left) {
      store<u32>(to, load<u32>(from));
      from += sourceColumn;
      to += targetColumn;
    }
    target += targetRow;
    source += sourceRow;
  }
}

/** Rows are adjacent in the source, columns in the target: blocks of 4 x 4, some columns of all rows at a time. */
function transposePlane(
  target: usize,
  targetRow: u32,
  source: usize,
  sourceColumn: u32,
  rows: u32,
  columns: u32,
): void {
  for (; columns;) {
    const tile = min(columns, TRANSPOSE_COLUMNS);
    for (let r: u32 = 0; r < rows; r += 4) {
      let to = target + <usize>r * targetRow;
      let from = source + ((<usize>r) << 2);
      for (let left = tile; left;) {
        const width = min<u32>(left, 4);
        transposeBlock(to, targetRow, from, sourceColumn, rows - r, width);
        from += sourceColumn << 2;
        to += 16;
        left -= width;
      }
    }
    target += tile << 2;
    source += tile * sourceColumn;
    columns -= tile;
  }
}

/** One block, of 4 x 4 elements or what is left of them. A column that is not there is read as the first. */
@inline
function transposeBlock(
  target: usize,
  targetRow: u32,
  source: usize,
  sourceColumn: u32,
  rows: u32,
  columns: u32,
): void {
  const a = v128.load(source);
  const b = v128.load(source + (columns > 1 ? sourceColumn : <u32>0));
  const c = v128.load(source + (columns > 2 ? sourceColumn << 1 : <u32>0));
  const d = v128.load(source + (columns > 3 ? sourceColumn * 3 : <u32>0));
  const abLow = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  storeLanes(target, v128.shuffle<u64>(abLow, cdLow, 0, 2), columns);
  if (rows > 1) storeLanes(target + targetRow, v128.shuffle<u64>(abLow, cdLow, 1, 3), columns);
  if (rows > 2) storeLanes(target + (targetRow << 1), v128.shuffle<u64>(abHigh, cdHigh, 0, 2), columns);
  if (rows > 3) storeLanes(target + targetRow * 3, v128.shuffle<u64>(abHigh, cdHigh, 1, 3), columns);
}
