// Walks a program: the only loop between JavaScript and the kernels.

import { InstructionField, Opcode, ProgramField, RunStateField } from './opcodes';
import { runInstruction } from './dispatch';
import { count, pointer } from './lib/fields';
import { runTogether, teamParts } from './lib/team';

/**
 * Runs `steps` steps of a program. Returns 0, or the address of the instruction that halted it: then the step in which it
 * stood is not counted in the RunState, and nothing after it was executed.
 */
export function run(program: usize, steps: u32): usize {
  const state = pointer(program, ProgramField.statePointer);
  const feedBytes = (<usize>count(program, ProgramField.feedWords)) << 2;
  const feedTarget = pointer(program, ProgramField.feedTargetPointer);
  const start = program + ((<usize>ProgramField.end) << 2);
  const end = program + ((<usize>count(program, ProgramField.words)) << 2);
  let feedSource = pointer(program, ProgramField.feedSourcePointer);
  for (let step: u32 = 0; step < steps; ++step) {
    if (feedBytes) memory.copy(feedTarget, feedSource, feedBytes);
    feedSource += feedBytes;
    for (let instruction = start; instruction < end;) {
      if (!runShared(instruction)) {
        if (count(instruction, InstructionField.opcode) != Opcode.endStepUnless) return instruction;
        break;
      }
      instruction += (<usize>count(instruction, InstructionField.words)) << 2;
    }
    increment(state, RunStateField.step);
    increment(state, RunStateField.batch);
  }
  return 0;
}

/** Runs an instruction on as many threads as it is worth. Returns false if what follows it must not run. */
export function runShared(instruction: usize): bool {
  if (ASC_FEATURE_THREADS) {
    const parts = teamParts(count(instruction, InstructionField.parts));
    if (parts > 1) return runTogether(instruction, parts);
  }
  return runInstruction(instruction, 0, 1);
}

function increment(state: usize, field: i32): void {
  const address = state + ((<usize>field) << 2);
  store<u32>(address, load<u32>(address) + 1);
}
