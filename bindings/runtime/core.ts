// The compiled core on one linear memory: instantiates the module and checks that the host can run it.

import { CONTRACT } from '../../assembly/opcodes.js';
import { reasonOf, RuntimeError } from './errors.js';

/** What `assembly/index.ts` exports. */
export interface CoreExports {
  run(program: number, steps: number): number;
  runInstruction(instruction: number, part: number, parts: number): number;
  /** Runs an instruction on as many threads as it is worth. */
  runShared(instruction: number): number;
  /** Builds with threads: makes this instance the leader of `size` threads that meet in the block at `address`. */
  setTeam?(address: number, size: number): void;
  philox4x32(target: number, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void;
  setScratch(address: number): void;
  scratchBytes(): number;
  /** Tells which instruction set the core was built with. */
  contract(): number;
  /** First address after the module's static data. */
  heapBase(): number;
}

/** A module with one SIMD instruction: validates only where 128-bit SIMD exists. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

export function assertSimd(): void {
  if (typeof WebAssembly !== 'object')
    throw new RuntimeError('This host has no WebAssembly. wasmgrad cannot run here.');
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw new RuntimeError(
      'This host has WebAssembly without 128-bit SIMD. Use Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or newer.',
    );
  }
}

const REQUIRED_EXPORTS = ['run', 'runInstruction', 'runShared', 'contract', 'setScratch', 'scratchBytes', 'heapBase'];

/** Instantiates the core on `memory`. */
export function instantiateCore(module: WebAssembly.Module, memory: WebAssembly.Memory): CoreExports {
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  for (const name of REQUIRED_EXPORTS) {
    if (!exported.includes(name)) {
      throw new RuntimeError(
        `The given module is not a wasmgrad core: it has no export '${name}'. Pass the core.wasm of this very version.`,
      );
    }
  }
  let core: CoreExports;
  try {
    core = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as CoreExports;
  } catch (cause) {
    throw new RuntimeError(
      `The given core does not fit this library: ${reasonOf(cause)} Pass the core.wasm of this very version.`,
      { cause },
    );
  }
  if (core.contract() !== CONTRACT) {
    throw new RuntimeError(
      'The given core is of another version: its instructions are not those of this library. Pass the core.wasm of this very version; in a clone, run npm run build:core.',
    );
  }
  return core;
}
