// Recurrent layers: all steps of one direction in one instruction. The rows of the batch do not know of each other, so the
// parts share them, and each goes through the steps with its own rows, a block of them at a time.
// The gradient is in recurrent/gradient.ts, the cells' arithmetic beside it.

import { RecurrentCell, RecurrentField } from '../opcodes';
import { count, pointer } from '../lib/fields';
import { partStart } from '../lib/split';
import { copyWords } from '../lib/words';
import { tanhGate } from './recurrent/gates';
import { candidateForward, gruForward, resetForward } from './recurrent/gru';
import { floats, gatesOf, inputStep, tapeGates, tapeStep } from './recurrent/layout';
import { lstmForward } from './recurrent/lstm';
import { blockRows, multiplyStep, paddedUnits, setMatrix, stepSums } from './recurrent/product';

export { recurrentGradient } from './recurrent/gradient';

export function recurrent(instruction: usize, part: u32, parts: u32): void {
  const units = count(instruction, RecurrentField.units);
  const rows = count(instruction, RecurrentField.rows);
  const steps = count(instruction, RecurrentField.steps);
  const gates = gatesOf(count(instruction, RecurrentField.cell));
  const columns = gates * paddedUnits(units);
  const end = partStart(rows, part + 1, parts, 1);
  let row = partStart(rows, part, parts, 1);
  if (row == end) return;
  setMatrix(pointer(instruction, RecurrentField.kernelPointer), units, gates, units, columns);
  for (const block = blockRows(columns); row < end; row += block) {
    const height = min(block, end - row);
    for (let step: u32 = 0; step < steps; ++step) forwardStep(instruction, row, height, step);
  }
}

/** Where the tape has what was read as number `step` of a row, in [rows, steps]. */
function tapeRow(instruction: usize, row: u32, step: u32): u32 {
  const steps = count(instruction, RecurrentField.steps);
  const isReversed = count(instruction, RecurrentField.isReversed);
  return row * steps + tapeStep(step, steps, isReversed, count(instruction, RecurrentField.isAligned));
}

/** One step of a block of rows. */
function forwardStep(instruction: usize, first: u32, rows: u32, step: u32): void {
  const cell = count(instruction, RecurrentField.cell);
  const units = count(instruction, RecurrentField.units);
  const steps = count(instruction, RecurrentField.steps);
  const tape = pointer(instruction, RecurrentField.tapePointer);
  const gates = gatesOf(cell);
  const padded = paddedUnits(units);
  const sumRowBytes = floats(gates * padded);
  const hBefore = step
    ? tape + floats(tapeRow(instruction, first, step - 1) * units)
    : pointer(instruction, RecurrentField.initialStatePointer) + floats(first * units);
  const hRowBytes = floats(step ? steps * units : units);
  const isInTwo = cell == RecurrentCell.gruResetBefore;
  multiplyStep(hBefore, hRowBytes, rows, 0, units, 0, isInTwo ? 2 : gates, units, sumRowBytes);
  forwardRows(instruction, first, rows, step, hBefore, hRowBytes, stepSums(), sumRowBytes, false);
  if (!isInTwo) return;
  const to = tapeRow(instruction, first, step) - first * steps;
  const resetState = tapeGates(tape, cell, count(instruction, RecurrentField.rows), steps, units, first, to);
  multiplyStep(resetState + floats(3 * units), floats(4 * units * steps), rows, 0, units, 2, 1, units, sumRowBytes);
  const sums = stepSums() + floats(2 * padded);
  forwardRows(instruction, first, rows, step, hBefore, hRowBytes, sums, sumRowBytes, true);
}

/** What comes after the product: gates and state of each row, or its state as it was where the mask is 0. */
function forwardRows(
  instruction: usize,
  first: u32,
  rows: u32,
  step: u32,
  hBefore: usize,
  hRowBytes: usize,
  sums: usize,
  sumRowBytes: usize,
  isSecond: bool,
): void {
  const cell = count(instruction, RecurrentField.cell);
  const units = count(instruction, RecurrentField.units);
  const steps = count(instruction, RecurrentField.steps);
  const batch = count(instruction, RecurrentField.rows);
  const tape = pointer(instruction, RecurrentField.tapePointer);
  const cells = tape + floats(batch * steps * units);
  const initialCell = pointer(instruction, RecurrentField.initialCellPointer);
  const projections = pointer(instruction, RecurrentField.projectionPointer);
  const bias = pointer(instruction, RecurrentField.biasPointer);
  const mask = pointer(instruction, RecurrentField.maskPointer);
  const from = inputStep(step, steps, count(instruction, RecurrentField.isReversed));
  const sumBytes = floats(paddedUnits(units));
  for (const end = first + rows; first < end; ++first) {
    const at = tapeRow(instruction, first, step);
    const h = tape + floats(at * units);
    const c = cells + floats(at * units);
    const cBefore = step
      ? cells + floats(tapeRow(instruction, first, step - 1) * units)
      : initialCell + floats(first * units);
    const read = first * steps + from;
    if (mask && load<f32>(mask + floats(read)) == 0) {
      copyWords(h, hBefore, units);
      if (cell == RecurrentCell.lstm) copyWords(c, cBefore, units);
    } else {
      const projection = projections + floats(read * gatesOf(cell) * units);
      const gates = tapeGates(tape, cell, batch, steps, units, first, at - first * steps);
      if (cell == RecurrentCell.simpleRNN) {
        tanhGate(units, sums, projection, h);
      } else if (cell == RecurrentCell.lstm) {
        lstmForward(units, sums, sumBytes, projection, cBefore, h, c, gates);
      } else if (cell == RecurrentCell.gru) {
        gruForward(units, sums, sumBytes, projection, bias, hBefore, h, gates);
      } else if (isSecond) {
        candidateForward(units, sums, projection, hBefore, h, gates);
      } else {
        resetForward(units, sums, sumBytes, projection, hBefore, gates);
      }
    }
    hBefore += hRowBytes;
    sums += sumRowBytes;
  }
}
