// Sizes and places that both directions share; the tape and the target are drawn at RecurrentField in opcodes.ts.

import { RecurrentCell } from '../../opcodes';

/** Columns of projection and kernel, in units. */
export function gatesOf(cell: u32): u32 {
  return cell == RecurrentCell.simpleRNN ? 1 : cell == RecurrentCell.lstm ? 4 : 3;
}

/** Blocks of states at the start of the tape. */
export function stateBlocksOf(cell: u32): u32 {
  return cell == RecurrentCell.lstm ? 2 : 1;
}

/** What the tape keeps of a row and step behind the states, in units. */
export function tapeGatesOf(cell: u32): u32 {
  return cell == RecurrentCell.simpleRNN ? 0 : 4;
}

/** The step of the input that is read as number `step`. */
@inline
export function inputStep(step: u32, steps: u32, isReversed: u32): u32 {
  return isReversed ? steps - 1 - step : step;
}

/** Where the tape keeps what was read as number `step`. */
@inline
export function tapeStep(step: u32, steps: u32, isReversed: u32, isAligned: u32): u32 {
  return isReversed && isAligned ? steps - 1 - step : step;
}

/** Bytes of `elements` floats. */
@inline
export function floats(elements: u32): usize {
  return (<usize>elements) << 2;
}

/** Where the tape keeps the gates of a row and step. */
export function tapeGates(tape: usize, cell: u32, rows: u32, steps: u32, units: u32, row: u32, to: u32): usize {
  return tape + floats((rows * steps * stateBlocksOf(cell) + (row * steps + to) * tapeGatesOf(cell)) * units);
}
