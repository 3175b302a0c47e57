// GEMM without packing, for products so small that the calls would cost more than the sums.

import { GemmField } from '../../opcodes';
import { count, real } from '../../lib/fields';
import { f32GemmDirect4x4 } from '../../lib/microkernel';
import { applyActivation, bytes, lowestOf, span } from './fields';

/** One rectangle of C, of one block of depth. */
export function multiplySmall(
  instruction: usize,
  a: usize,
  b: usize,
  c: usize,
  rows: u32,
  columns: u32,
  bias: usize,
): void {
  const aRowBytes = bytes(instruction, GemmField.aRowStride);
  const aStep = bytes(instruction, GemmField.aColumnStride);
  const bStep = bytes(instruction, GemmField.bRowStride);
  const bColumnBytes = bytes(instruction, GemmField.bColumnStride);
  const cRowBytes = bytes(instruction, GemmField.cRowStride);
  const k = count(instruction, GemmField.k);
  const activation = count(instruction, GemmField.activation);
  const activationParameter = real(instruction, GemmField.activationParameter);
  const lowest = lowestOf(activation);
  for (let row: u32 = 0; row < rows; row += 4) {
    const aRows = a + span(row, aRowBytes);
    const cRows = c + span(row, cRowBytes);
    for (let column: u32 = 0; column < columns; column += 4) {
      f32GemmDirect4x4(
        aRows,
        aRowBytes,
        aStep,
        b + span(column, bColumnBytes),
        bColumnBytes,
        bStep,
        k,
        min(rows - row, 4),
        min(columns - column, 4),
        cRows + span(column, 4),
        cRowBytes,
        bias ? bias + span(column, 4) : 0,
        lowest,
      );
    }
  }
  applyActivation(activation, activationParameter, c, cRowBytes, rows, columns);
}
