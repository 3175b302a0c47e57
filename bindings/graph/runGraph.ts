// Computes tensors once, outside any model, from arrays that are given: for functions of arrays and for previews.

import { RunStateField } from '../../assembly/opcodes.js';
import type { Runtime } from '../runtime/runtime.js';
import { compileGraph } from './compile.js';
import type { Graph } from './graph.js';
import { indexError } from './indexError.js';
import { ARENA } from './plan.js';
import { Program } from './program.js';
import type { Shape } from './shape.js';
import type { Tensor } from './tensor.js';

/** Seed and step of the random functions in a graph. */
export interface RandomState {
  seed: number;
  step?: number;
}

/** Values with their shape. */
export interface GraphArray {
  shape: Shape;
  data: Float32Array | Int32Array;
}

/** Runs a graph once, with arrays in the regions of its leaves. Everything that it needs is given back afterwards. */
export function runGraph(
  runtime: Runtime,
  graph: Graph,
  given: ReadonlyMap<string, GraphArray>,
  wanted: ReadonlyMap<string, Tensor>,
  random: RandomState,
): Map<string, GraphArray> {
  for (const [region, tensor] of wanted) graph.output(tensor, { region, byteOffset: 0 });
  const compiled = compileGraph(graph);
  const { heap } = runtime;
  const regions: Record<string, number> = {};
  const allocate = (region: string, bytes: number): number => (regions[region] = heap.allocate(bytes, region));
  const view = (region: string, isInteger: boolean, size: number): Float32Array | Int32Array =>
    isInteger ? runtime.int32(regions[region]!, size) : runtime.float32(regions[region]!, size);
  let program: Program | undefined;
  try {
    allocate(ARENA, compiled.plan.arenaBytes);
    for (const [region, tensor] of wanted) allocate(region, 4 * tensor.size);
    const stateAddress = allocate('state', 4 * RunStateField.end);
    for (const [region, { data }] of given) {
      allocate(region, 4 * data.length);
      view(region, data instanceof Int32Array, data.length).set(data);
    }
    program = new Program(runtime, compiled, { regions, stateAddress });
    writeRandomState(runtime, stateAddress, random);
    const halted = program.run();
    const badIndex = halted && indexError(runtime, program, halted);
    if (badIndex) throw badIndex;
    return new Map(
      [...wanted].map(([region, { shape, size, dtype }]) => [
        region,
        { shape, data: view(region, dtype === 'int32', size).slice() },
      ]),
    );
  } finally {
    program?.dispose();
    for (const address of Object.values(regions)) heap.release(address);
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
