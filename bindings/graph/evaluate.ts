// Computes tensors once, outside any model: for initialisers, utilities and tests.

import { RunStateField } from '../../assembly/opcodes.js';
import type { Runtime } from '../runtime/runtime.js';
import { compileGraph } from './compile.js';
import { indexError } from './indexError.js';
import { ARENA } from './plan.js';
import { Program } from './program.js';
import type { Tensor } from './tensor.js';

/** Seed and step of the random functions in a graph. */
export interface RandomState {
  seed: number;
  step?: number;
}

const RESULTS = 'results';

/** The values of `tensors`, which must depend on no leaf. */
export function evaluate(
  runtime: Runtime,
  tensors: readonly Tensor[],
  random: RandomState = { seed: 0 },
): Float32Array[] {
  const { graph } = tensors[0]!;
  const offsets: number[] = [];
  let resultBytes = 0;
  for (const tensor of tensors) {
    offsets.push(resultBytes);
    graph.output(tensor, { region: RESULTS, byteOffset: resultBytes });
    resultBytes += Math.ceil(tensor.size / 4) * 16;
  }
  const compiled = compileGraph(graph);
  const { heap } = runtime;
  const stateAddress = heap.allocate(4 * RunStateField.end, 'the state of an evaluation');
  const arena = heap.allocate(compiled.plan.arenaBytes, 'the intermediates of an evaluation');
  const results = heap.allocate(resultBytes, 'the results of an evaluation');
  const program = new Program(runtime, compiled, { regions: { [ARENA]: arena, [RESULTS]: results }, stateAddress });
  try {
    writeRandomState(runtime, stateAddress, random);
    const halted = program.run();
    const badIndex = halted && indexError(runtime, program, halted);
    if (badIndex) throw badIndex;
    return tensors.map((tensor, i) => runtime.float32(results + offsets[i]!, tensor.size).slice());
  } finally {
    program.dispose();
    for (const address of [stateAddress, arena, results]) heap.release(address);
  }
}

/** Writes seed and step into a RunState; the batch restarts at 0. A seed may use 53 bits. */
export function writeRandomState(runtime: Runtime, stateAddress: number, { seed, step = 0 }: RandomState): void {
  const state = runtime.uint32(stateAddress, RunStateField.end);
  state[RunStateField.step] = step;
  state[RunStateField.batch] = 0;
  state[RunStateField.seedLow] = seed >>> 0;
  state[RunStateField.seedHigh] = Math.floor(seed / 2 ** 32) >>> 0;
}
