// The module's face: what JavaScript can call. Everything else is reached through a program.

import './lib/abort';
import { CONTRACT } from './opcodes';
import { SCRATCH_BYTES, setScratch } from './lib/scratch';

export { runInstruction } from './dispatch';
export { run, runShared } from './run';
export { philox4x32 } from './lib/philox';
export { setScratch };

/** Bytes that `setScratch` must be given. */
export function scratchBytes(): u32 {
  return SCRATCH_BYTES;
}

/** Tells which instruction set this core was built with. */
export function contract(): u32 {
  return CONTRACT;
}

/** First address after the module's static data: memory from here on is the caller's. */
export function heapBase(): usize {
  return __heap_base;
}
