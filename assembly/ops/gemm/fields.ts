// What the paths of GEMM share: fields of the instruction as they need them, and the end of a row.

import { ElementwiseOp } from '../../opcodes';
import { count } from '../../lib/fields';
import { unaryActivation } from '../elementwise';

/** What the epilogue of a kernel cuts off below: 0 makes it relu. `activation` is an ElementwiseOp + 1, or 0. */
@inline
export function lowestOf(activation: u32): f32 {
  return activation == <u32>ElementwiseOp.relu + 1 ? 0 : -Infinity;
}

/** Activations that the epilogue of a kernel lacks: over finished rows, which are still in the cache. */
export function applyActivation(
  activation: u32,
  parameter: f32,
  c: usize,
  cRowBytes: usize,
  rows: u32,
  columns: u32,
): void {
  if (!activation || activation == <u32>ElementwiseOp.relu + 1) return;
  for (; rows; --rows) {
    unaryActivation(activation - 1, parameter, c, c, columns);
    c += cRowBytes;
  }
}

/** A stride in bytes. */
@inline
export function bytes(instruction: usize, strideField: i32): usize {
  return (<usize>count(instruction, strideField)) << 2;
}

/** Bytes that `elements` take when they are `elementBytes` apart. */
@inline
export function span(elements: u32, elementBytes: usize): usize {
  return <usize>elements * elementBytes;
}
