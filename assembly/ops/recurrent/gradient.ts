// The gradients of a recurrent layer: back through all steps in one instruction, shared among the parts by rows of the batch as
// in ops/recurrent.ts. Those of the kernel and of biases are sums over rows and steps, which the graph computes from this.

import { RecurrentCell, RecurrentGradientField } from '../../opcodes';
import { count, pointer } from '../../lib/fields';
import { storeLanes } from '../../lib/lanes';
import { partStart } from '../../lib/split';
import { copyWords, fillWords } from '../../lib/words';
import { candidateBackward, gruBackward, resetBackward } from './gru';
import { floats, gatesOf, inputStep, tapeGates, tapeStep } from './layout';
import { lstmBackward } from './lstm';
import { blockRows, multiplyStep, paddedUnits, setMatrix, stepSums } from './product';
import { simpleRNNBackward } from './simpleRNN';

export function recurrentGradient(instruction: usize, part: u32, parts: u32): void {
  const cell = count(instruction, RecurrentGradientField.cell);
  const units = count(instruction, RecurrentGradientField.units);
  const rows = count(instruction, RecurrentGradientField.rows);
  const columns = gatesOf(cell) * units;
  const end = partStart(rows, part + 1, parts, 1);
  let row = partStart(rows, part, parts, 1);
  if (row == end) return;
  fillWords(stateGradient(instruction, row), 0, (end - row) * units);
  if (cell == RecurrentCell.lstm) fillWords(extraGradient(instruction, row), 0, (end - row) * units);
  const kernel = pointer(instruction, RecurrentGradientField.transposedKernelPointer);
  setMatrix(kernel, columns, 1, units, paddedUnits(units));
  for (const block = blockRows(paddedUnits(units)); row < end; row += block) {
    const height = min(block, end - row);
    for (let step = count(instruction, RecurrentGradientField.steps); step > 0;) {
      backwardStep(instruction, row, height, --step);
    }
  }
}

// Places in the target, see RecurrentGradientField.

/** h' of a row and step of the input. */
function statesBefore(instruction: usize, at: u32): usize {
  const cell = count(instruction, RecurrentGradientField.cell);
  const units = count(instruction, RecurrentGradientField.units);
  const all = count(instruction, RecurrentGradientField.rows) * count(instruction, RecurrentGradientField.steps);
  return pointer(instruction, RecurrentGradientField.targetPointer) + floats((all * gatesOf(cell) + at) * units);
}

/** d h0 of a row: during the run, what is carried from step to step. */
function stateGradient(instruction: usize, row: u32): usize {
  const units = count(instruction, RecurrentGradientField.units);
  const all = count(instruction, RecurrentGradientField.rows) * count(instruction, RecurrentGradientField.steps);
  return statesBefore(instruction, all) + floats(row * units);
}

/** What a cell has behind d h0, `at` units from its start. */
function extraGradient(instruction: usize, at: u32): usize {
  const units = count(instruction, RecurrentGradientField.units);
  return stateGradient(instruction, count(instruction, RecurrentGradientField.rows)) + floats(at * units);
}

/** Where the tape has what was read as number `step` of a row, in [rows, steps]. */
function tapeRow(instruction: usize, row: u32, step: u32): u32 {
  const steps = count(instruction, RecurrentGradientField.steps);
  const isReversed = count(instruction, RecurrentGradientField.isReversed);
  return row * steps + tapeStep(step, steps, isReversed, count(instruction, RecurrentGradientField.isAligned));
}

/** One step of a block of rows. */
function backwardStep(instruction: usize, first: u32, rows: u32, step: u32): void {
  const cell = count(instruction, RecurrentGradientField.cell);
  const units = count(instruction, RecurrentGradientField.units);
  const steps = count(instruction, RecurrentGradientField.steps);
  const sumRowBytes = floats(paddedUnits(units));
  const from = inputStep(step, steps, count(instruction, RecurrentGradientField.isReversed));
  const at = first * steps + from;
  const columns = gatesOf(cell) * units;
  const dProjection = pointer(instruction, RecurrentGradientField.targetPointer) + floats(at * columns);
  const rowBytes = floats(steps * columns);
  backwardRows(instruction, first, rows, step, false);
  if (cell == RecurrentCell.gruResetBefore) {
    multiplyStep(dProjection + floats(2 * units), rowBytes, rows, 2 * units, units, 0, 1, units, sumRowBytes);
    backwardRows(instruction, first, rows, step, true);
    multiplyStep(dProjection, rowBytes, rows, 0, 2 * units, 0, 1, units, sumRowBytes);
  } else {
    const source = cell == RecurrentCell.gru ? extraGradient(instruction, 3 * at) : dProjection;
    multiplyStep(source, rowBytes, rows, 0, columns, 0, 1, units, sumRowBytes);
  }
  for (let row: u32 = 0; row < rows; ++row) {
    addRow(stateGradient(instruction, first + row), stepSums() + <usize>row * sumRowBytes, units);
  }
}

@inline
function addRow(target: usize, source: usize, elements: u32): void {
  for (let i: u32 = 0; i < elements; i += 4) {
    const at = floats(i);
    storeLanes(target + at, f32x4.add(v128.load(target + at), v128.load(source + at)), elements - i);
  }
}

/** What comes before the product: the gradients inside the gates, and of the state what does not pass by the kernel. */
function backwardRows(instruction: usize, first: u32, rows: u32, step: u32, isSecond: bool): void {
  const cell = count(instruction, RecurrentGradientField.cell);
  const units = count(instruction, RecurrentGradientField.units);
  const steps = count(instruction, RecurrentGradientField.steps);
  const batch = count(instruction, RecurrentGradientField.rows);
  const tape = pointer(instruction, RecurrentGradientField.tapePointer);
  const cells = tape + floats(batch * steps * units);
  const initialState = pointer(instruction, RecurrentGradientField.initialStatePointer);
  const initialCell = pointer(instruction, RecurrentGradientField.initialCellPointer);
  const mask = pointer(instruction, RecurrentGradientField.maskPointer);
  const target = pointer(instruction, RecurrentGradientField.targetPointer);
  const dOutputs = pointer(instruction, RecurrentGradientField.outputGradientPointer);
  const hasCellGradient = count(instruction, RecurrentGradientField.hasCellGradient) != 0;
  const from = inputStep(step, steps, count(instruction, RecurrentGradientField.isReversed));
  const columns = gatesOf(cell) * units;
  for (let row = first; row < first + rows; ++row) {
    const at = tapeRow(instruction, row, step);
    const before = step ? tapeRow(instruction, row, step - 1) : row;
    const hBefore = (step ? tape : initialState) + floats(before * units);
    const cBefore = (step ? cells : initialCell) + floats(before * units);
    const dOutput = dOutputs + floats(at * units);
    const dCellOutput = hasCellGradient ? dOutput + floats(batch * steps * units) : 0;
    const dh = stateGradient(instruction, row);
    const read = row * steps + from;
    const dProjection = target + floats(read * columns);
    const gates = tapeGates(tape, cell, batch, steps, units, row, at - row * steps);
    if (!isSecond) copyWords(statesBefore(instruction, read), hBefore, units);
    if (mask && load<f32>(mask + floats(read)) == 0) {
      if (isSecond) {
        fillWords(extraGradient(instruction, read), 0, units);
        continue;
      }
      fillWords(dProjection, 0, columns);
      addRow(dh, dOutput, units);
      if (dCellOutput) addRow(extraGradient(instruction, row), dCellOutput, units);
      if (cell == RecurrentCell.gru) fillWords(extraGradient(instruction, 3 * read), 0, columns);
    } else if (cell == RecurrentCell.simpleRNN) {
      simpleRNNBackward(units, tape + floats(at * units), dOutput, dh, dProjection);
    } else if (cell == RecurrentCell.lstm) {
      const dc = extraGradient(instruction, row);
      const c = cells + floats(at * units);
      lstmBackward(units, gates, c, cBefore, dOutput, dCellOutput, dh, dc, dProjection);
    } else if (cell == RecurrentCell.gru) {
      gruBackward(units, gates, hBefore, dOutput, dh, dProjection, extraGradient(instruction, 3 * read));
    } else if (isSecond) {
      const sums = stepSums() + <usize>(row - first) * floats(paddedUnits(units));
      resetBackward(units, sums, gates, hBefore, dh, dProjection, extraGradient(instruction, read));
    } else {
      candidateBackward(units, gates, hBefore, dOutput, dh, dProjection);
    }
  }
}
