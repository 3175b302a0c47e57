// Broadcast operands: fills a tile register from memory walked with strides.
//
// Dimensions of stride 0 in front of the others only repeat the rest, so the elements have a period: the product of the
// sizes behind them. One period is walked, and the register repeats it.

import { ELEMENTWISE_REGISTERS, ELEMENTWISE_TILE, ElementwiseLoadField } from '../../opcodes';
import { count, pointer } from '../../lib/fields';
import { scratch } from '../../lib/scratch';
import { copyWords, fillWords } from '../../lib/words';

const DIMENSION_BYTES: usize = 8;

/** Where the coordinates of a walk lie: behind the tile registers and the chunk of random words. */
@inline
function coordinatesPointer(): usize {
  return scratch() + ((<usize>((ELEMENTWISE_REGISTERS + 1) * ELEMENTWISE_TILE)) << 2);
}

/** Bytes of a load in its instruction. */
@inline
export function loadBytes(operand: usize): usize {
  return ((<usize>ElementwiseLoadField.end) << 2) + <usize>count(operand, ElementwiseLoadField.rank) * DIMENSION_BYTES;
}

@inline
function dimensionsEnd(operand: usize): usize {
  return operand + loadBytes(operand);
}

@inline
function sizeOf(dimension: usize): u32 {
  return load<u32>(dimension);
}

@inline
function strideBytes(dimension: usize): usize {
  return (<usize>load<u32>(dimension, 4)) << 2;
}

/** The first dimension that moves in memory, or the end. */
function firstMoving(operand: usize): usize {
  const end = dimensionsEnd(operand);
  let dimension = operand + ((<usize>ElementwiseLoadField.end) << 2);
  while (dimension < end && (sizeOf(dimension) == 1 || strideBytes(dimension) == 0)) dimension += DIMENSION_BYTES;
  return dimension;
}

/** Elements after which the operand repeats itself. */
function periodFrom(moving: usize, end: usize): u32 {
  let period: u32 = 1;
  for (; moving < end; moving += DIMENSION_BYTES) period *= sizeOf(moving);
  return period;
}

/** True if every tile holds the same values, so that one fill serves an instruction. */
export function isSameInEveryTile(operand: usize): bool {
  const period = periodFrom(firstMoving(operand), dimensionsEnd(operand));
  return period <= <u32>ELEMENTWISE_TILE && <u32>ELEMENTWISE_TILE % period == 0;
}

/** Writes the operand's elements `index` to `index + elements`, at most a tile, at `target`. */
export function fillFromBroadcast(operand: usize, target: usize, index: u32, elements: u32): void {
  const source = pointer(operand, ElementwiseLoadField.sourcePointer);
  const moving = firstMoving(operand);
  const end = dimensionsEnd(operand);
  if (moving == end) {
    fillWords(target, load<u32>(source), elements);
    return;
  }
  const period = periodFrom(moving, end);
  const phase = index % period;
  const beforeWrap = min(elements, period - phase);
  walk(source, moving, end, target, phase, beforeWrap);
  const wrapped = min(elements, period) - beforeWrap;
  if (wrapped) walk(source, moving, end, target + ((<usize>beforeWrap) << 2), 0, wrapped);
  if (elements > period) repeat(target, period, elements);
}

/**
 * Continues the first `filled` words up to `words`, doubling them, because copying what was just written would stall.
 */
function repeat(target: usize, filled: u32, words: u32): void {
  while (filled < words) {
    const more = min(filled, words - filled);
    copyWords(target + ((<usize>filled) << 2), target, more);
    filled += more;
  }
}

/**
 * Writes elements `index` to `index + elements` of the dimensions from `outermost` on, a run of the innermost at a
 * time.
 */
function walk(source: usize, outermost: usize, end: usize, target: usize, index: u32, elements: u32): void {
  const innermost = end - DIMENSION_BYTES;
  const innerSize = sizeOf(innermost);
  const innerStride = strideBytes(innermost);
  // An operand of one dimension has no others to count.
  if (innermost == outermost) {
    copyRun(source + <usize>index * innerStride, innerStride, target, elements);
    return;
  }
  const coordinates = coordinatesPointer() - outermost;
  let inner = index % innerSize;
  let rest = index / innerSize;
  for (let dimension = innermost; dimension > outermost;) {
    dimension -= DIMENSION_BYTES;
    const size = sizeOf(dimension);
    const coordinate = rest % size;
    rest /= size;
    store<u32>(coordinates + dimension, coordinate);
    source += <usize>coordinate * strideBytes(dimension);
  }
  for (;;) {
    const run = min(elements, innerSize - inner);
    copyRun(source + <usize>inner * innerStride, innerStride, target, run);
    elements -= run;
    if (!elements) return;
    target += (<usize>run) << 2;
    inner = 0;
    source = advance(source, outermost, innermost, coordinates);
  }
}

/** Moves to the next row: counts the dimensions before the innermost up by one, and returns where the row starts. */
@inline
function advance(source: usize, outermost: usize, innermost: usize, coordinates: usize): usize {
  for (let dimension = innermost; dimension > outermost;) {
    dimension -= DIMENSION_BYTES;
    const size = sizeOf(dimension);
    const stride = strideBytes(dimension);
    const coordinate = load<u32>(coordinates + dimension) + 1;
    source += stride;
    if (coordinate < size) {
      store<u32>(coordinates + dimension, coordinate);
      break;
    }
    store<u32>(coordinates + dimension, 0);
    source -= <usize>size * stride;
  }
  return source;
}

/** Copies words that lie `stride` bytes apart. */
function copyRun(source: usize, stride: usize, target: usize, words: u32): void {
  if (stride == 4) {
    copyWords(target, source, words);
  } else if (stride == 0) {
    fillWords(target, load<u32>(source), words);
  } else {
    for (; words; --words, source += stride, target += 4) store<u32>(target, load<u32>(source));
  }
}
