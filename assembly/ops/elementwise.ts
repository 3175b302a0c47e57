// Interprets an `elementwise` instruction: for each tile, fills the registers of broadcast operands and runs every
// step. The registers lie at the start of this thread's scratch.

import {
  ELEMENTWISE_REGISTERS,
  ELEMENTWISE_TILE,
  ElementwiseField,
  ElementwiseLoadField,
  ElementwiseOp,
  ElementwiseSlotField,
  ElementwiseStepField,
  InstructionField,
  RunStateField,
} from '../opcodes';
import { count, pointer, real } from '../lib/fields';
import { scratch } from '../lib/scratch';
import { partStart } from '../lib/split';
import { fillFromBroadcast, isSameInEveryTile, loadBytes } from './elementwise/broadcast';
import { applyOne, applyTwo } from './elementwise/dispatch';
import { Normalize } from './elementwise/arithmetic';
import { Select } from './elementwise/comparison';
import { mapTriples } from './elementwise/loops';
import { iota } from './elementwise/position';
import { dropout, randomValues } from './elementwise/random';

const TILE: u32 = ELEMENTWISE_TILE;
const SLOT_BYTES: usize = (<usize>ElementwiseSlotField.end) << 2;
const STEP_BYTES: usize = (<usize>ElementwiseStepField.end) << 2;

/** Bound by memory for the cheap functions (4 bytes an operand and result), by arithmetic for the others. */
export function elementwise(instruction: usize, part: u32, parts: u32): void {
  const total = count(instruction, ElementwiseField.count);
  const start = partStart(total, part, parts, TILE);
  const end = partStart(total, part + 1, parts, TILE);
  const state = pointer(instruction, ElementwiseField.statePointer);
  const loadCount = count(instruction, ElementwiseField.loads);
  const loads = instruction + ((<usize>ElementwiseField.end) << 2);
  const slots = skipLoads(loads, loadCount);
  const steps = slots + <usize>count(instruction, ElementwiseField.slots) * SLOT_BYTES;
  const stepsEnd = steps + <usize>count(instruction, ElementwiseField.steps) * STEP_BYTES;
  assert(stepsEnd == instruction + ((<usize>count(instruction, InstructionField.words)) << 2));
  const overwritten = loadCount ? registersWritten(slots, steps, stepsEnd) : 0;
  for (let index = start; index < end; index += TILE) {
    const elements = min(TILE, end - index);
    fillRegisters(loads, loadCount, index, elements, index == start, overwritten);
    for (let step = steps; step < stepsEnd; step += STEP_BYTES) runStep(step, slots, index, elements, state);
  }
}

/** Applies an ElementwiseOp of one operand to adjacent floats; `target` may be `source`. */
export function unaryActivation(op: u32, parameter: f32, source: usize, target: usize, elements: u32): void {
  applyOne(op, source, target, elements, parameter, 0);
}

function skipLoads(operand: usize, loads: u32): usize {
  for (; loads; --loads) operand += loadBytes(operand);
  return operand;
}

/** A bit for each register that a step writes. */
function registersWritten(slots: usize, step: usize, stepsEnd: usize): u32 {
  let written: u32 = 0;
  for (; step < stepsEnd; step += STEP_BYTES) {
    const slot = slots + <usize>count(step, ElementwiseStepField.output) * SLOT_BYTES;
    if (count(slot, ElementwiseSlotField.isRegister)) written |= 1 << count(slot, ElementwiseSlotField.base);
  }
  return written;
}

/** Fills the registers of a tile's broadcast operands; those that already hold the right values are left. */
function fillRegisters(operand: usize, loads: u32, index: u32, elements: u32, isFirst: bool, overwritten: u32): void {
  for (; loads; --loads) {
    const register = count(operand, ElementwiseLoadField.register);
    assert(register < <u32>ELEMENTWISE_REGISTERS);
    if (isFirst || overwritten & (1 << register) || !isSameInEveryTile(operand)) {
      fillFromBroadcast(operand, registerPointer(register), index, elements);
    }
    operand += loadBytes(operand);
  }
}

@inline
function registerPointer(register: u32): usize {
  return scratch() + ((<usize>register * TILE) << 2);
}

/** Where the tile's part of an operand or result begins. */
@inline
function slotPointer(slots: usize, step: usize, field: i32, index: u32): usize {
  const slot = slots + <usize>count(step, field) * SLOT_BYTES;
  const base = count(slot, ElementwiseSlotField.base);
  assert(!count(slot, ElementwiseSlotField.isRegister) || base < <u32>ELEMENTWISE_REGISTERS);
  return count(slot, ElementwiseSlotField.isRegister) ? registerPointer(base) : <usize>base + ((<usize>index) << 2);
}

function runStep(step: usize, slots: usize, index: u32, elements: u32, state: usize): void {
  const op = count(step, ElementwiseStepField.op);
  const target = slotPointer(slots, step, ElementwiseStepField.output, index);
  const a = slotPointer(slots, step, ElementwiseStepField.a, index);
  const b = slotPointer(slots, step, ElementwiseStepField.b, index);
  const p0 = real(step, ElementwiseStepField.p0);
  switch (op) {
    case ElementwiseOp.select:
      mapTriples<Select>(a, b, slotPointer(slots, step, ElementwiseStepField.c, index), target, elements);
      break;
    case ElementwiseOp.normalize:
      mapTriples<Normalize>(a, b, slotPointer(slots, step, ElementwiseStepField.c, index), target, elements);
      break;
    case ElementwiseOp.dropout:
      dropout(a, target, index, elements, p0, count(step, ElementwiseStepField.p1), state);
      break;
    case ElementwiseOp.iota: iota(target, index, elements); break;
    case ElementwiseOp.randomUniform:
    case ElementwiseOp.randomNormal:
      randomValues(
        op == ElementwiseOp.randomNormal,
        target,
        index,
        elements,
        count(step, ElementwiseStepField.p1),
        state,
        count(state, RunStateField.step),
        0,
      );
      break;
    default: applyTwo(op, a, b, target, elements, p0, real(step, ElementwiseStepField.p1));
  }
}
