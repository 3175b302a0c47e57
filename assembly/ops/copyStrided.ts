// Moves 4-byte elements between strided layouts: transpose, concatenation, slice, broadcast.
//
// The order in which elements move is free. So the dimensions are first simplified (those of size 1 dropped, neighbours
// that walk as one merged) and ordered: last the one that is adjacent in the target, before it the one that is adjacent in
// the source. The last two make a plane, for which lib/planes.ts has the loops; the others count through the planes.

import { CopyStridedField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { copyPlane } from '../lib/planes';
import { scratch } from '../lib/scratch';
import { partStart } from '../lib/split';

/** Words of a dimension in scratch; its strides are in bytes. */
const SIZE: usize = 0;
const SOURCE_STRIDE: usize = 4;
const TARGET_STRIDE: usize = 8;
const POSITION: usize = 12;
const DIMENSION_BYTES: u32 = 16;

/** Elements of a dimension of the plane that a part takes at a time: a cache line. */
const PLANE_GRAIN: u32 = 16;

export function copyStrided(instruction: usize, part: u32, parts: u32): void {
  let source = pointer(instruction, CopyStridedField.sourcePointer);
  let target = pointer(instruction, CopyStridedField.targetPointer);
  let rank = simplify(instruction);
  for (; rank < 2; ++rank) write(rank, 1, 0, 0);
  order(rank);
  const shared = sharedDimension(rank, parts);
  const size = read(shared, SIZE);
  const grain = shared + 2 >= rank ? PLANE_GRAIN : 1;
  const start = partStart(size, part, parts, grain);
  const end = partStart(size, part + 1, parts, grain);
  if (start == end) return;
  source += start * read(shared, SOURCE_STRIDE);
  target += start * read(shared, TARGET_STRIDE);
  store<u32>(dimension(shared) + SIZE, end - start);
  copyPlanes(source, target, rank);
}

@inline
function dimension(index: u32): usize {
  return scratch() + index * DIMENSION_BYTES;
}

@inline
function read(index: u32, field: usize): u32 {
  return load<u32>(dimension(index) + field);
}

function write(index: u32, size: u32, sourceStride: u32, targetStride: u32): void {
  const address = dimension(index);
  store<u32>(address + SIZE, size);
  store<u32>(address + SOURCE_STRIDE, sourceStride);
  store<u32>(address + TARGET_STRIDE, targetStride);
  store<u32>(address + POSITION, 0);
}

/** Writes the instruction's dimensions into scratch, as few as say the same, and returns how many. */
function simplify(instruction: usize): u32 {
  const given = count(instruction, CopyStridedField.rank);
  assert(given <= 6);
  let rank: u32 = 0;
  for (let d: u32 = 0; d < given; ++d) {
    const field = CopyStridedField.end + 3 * d;
    const size = count(instruction, field);
    const sourceStride = count(instruction, field + 1) << 2;
    const targetStride = count(instruction, field + 2) << 2;
    if (size == 1) continue;
    const outer = rank - 1;
    if (
      rank &&
      read(outer, SOURCE_STRIDE) == size * sourceStride &&
      read(outer, TARGET_STRIDE) == size * targetStride
    ) {
      write(outer, read(outer, SIZE) * size, sourceStride, targetStride);
    } else {
      write(rank++, size, sourceStride, targetStride);
    }
  }
  return rank;
}

/** Puts the dimension adjacent in the target last, and before it the one adjacent in the source, where there are such. */
function order(rank: u32): void {
  for (let d: u32 = 0; d < rank; ++d) if (read(d, TARGET_STRIDE) == 4) swap(d, rank - 1);
  for (let d: u32 = 0; d < rank - 1; ++d) if (read(d, SOURCE_STRIDE) == 4) swap(d, rank - 2);
}

@inline
function swap(a: u32, b: u32): void {
  const first = v128.load(dimension(a));
  v128.store(dimension(a), v128.load(dimension(b)));
  v128.store(dimension(b), first);
}

/** The dimension that the parts share: the outermost with a few items for each of them, or else the largest. */
function sharedDimension(rank: u32, parts: u32): u32 {
  let largest: u32 = 0;
  for (let d: u32 = 0; d < rank; ++d) {
    const grain = d + 2 >= rank ? PLANE_GRAIN : 1;
    if (read(d, SIZE) >= 4 * grain * parts) return d;
    if (read(d, SIZE) > read(largest, SIZE)) largest = d;
  }
  return largest;
}

/** Copies plane by plane, the dimensions outside the plane turning like an odometer. */
function copyPlanes(source: usize, target: usize, rank: u32): void {
  const row = rank - 2;
  const column = rank - 1;
  while (true) {
    copyPlane(
      target,
      read(row, TARGET_STRIDE),
      read(column, TARGET_STRIDE),
      source,
      read(row, SOURCE_STRIDE),
      read(column, SOURCE_STRIDE),
      read(row, SIZE),
      read(column, SIZE),
    );
    let d = row;
    while (true) {
      if (!d) return;
      --d;
      const size = read(d, SIZE);
      const position = read(d, POSITION) + 1;
      source += read(d, SOURCE_STRIDE);
      target += read(d, TARGET_STRIDE);
      store<u32>(dimension(d) + POSITION, position < size ? position : 0);
      if (position < size) break;
      source -= size * read(d, SOURCE_STRIDE);
      target -= size * read(d, TARGET_STRIDE);
    }
  }
}
