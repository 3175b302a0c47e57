// Runs a sample of a primitive on a core of choice, with guard words round every buffer if asked for.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { RunStateField } from '../../assembly/opcodes.js';
import { compileGraph, type CompiledGraph } from '../../bindings/graph/compile.js';
import { differentiate } from '../../bindings/graph/differentiate.js';
import { writeRandomState } from '../../bindings/graph/runGraph.js';
import { Graph } from '../../bindings/graph/graph.js';
import { ARENA } from '../../bindings/graph/plan.js';
import { Program } from '../../bindings/graph/program.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import type { Tensor } from '../../bindings/graph/tensor.js';
import { opRules } from '../../bindings/ops/index.js';
import { int8KernelBytes, packInt8Kernel } from '../../bindings/ops/int8.js';
import type { OpSample, SampleInput } from '../../bindings/ops/sample.js';
import { Runtime } from '../../bindings/runtime/runtime.js';

/** Parts of a sample that is shared among real threads. */
export const TEAM_SIZE = 3;
let team: Runtime | undefined;

/** Has `runSample` use real threads where it is asked to. */
export async function startTeam(): Promise<void> {
  team = new Runtime(moduleOf('threads'), 2 ** 30, true);
  expect(await team.startThreads(TEAM_SIZE)).toBeUndefined();
}

export function endTeam(): void {
  team?.dispose();
  team = undefined;
}

export type CoreTarget = 'release' | 'debug' | 'threads' | 'fast';

const runtimes = new Map<CoreTarget, Runtime>();

/** A runtime on one of the builds. */
export function runtimeOf(target: CoreTarget): Runtime {
  const known = runtimes.get(target);
  if (known) return known;
  const runtime = new Runtime(moduleOf(target), 2 ** 30, target === 'threads');
  runtimes.set(target, runtime);
  return runtime;
}

function moduleOf(target: CoreTarget): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../build/core.${target}.wasm`, import.meta.url)));
}

export const GUARD_BYTES = 64;
const GUARD_BYTE = 0xa5;
/** Four of it are a NaN. */
const NAN_BYTE = 0xff;

/** A small generator for test data: the same values on every run. */
export function makeRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Values of an input, rounded to what its type can hold. */
export function drawInput(input: SampleInput, random: () => number): Float64Array {
  const [low, high] = input.range ?? [-2, 2];
  const isInteger = input.dtype === 'int32' || input.dtype === 'int8';
  const draw = (): number => {
    const value = low + random() * (high - low);
    return isInteger ? Math.floor(value) : Math.fround(value);
  };
  return Float64Array.from({ length: sizeOf(input.shape) }, (_, i) =>
    input.values ? Math.fround(input.values[i]!) : draw(),
  );
}

export interface RunOptions {
  target?: CoreTarget;
  /** Shares each instruction among so many parts, run one after the other, the last one first. */
  parts?: number;
  /** Shares each instruction among the threads of `startTeam`, whether it is worth them or not. */
  onThreads?: boolean;
  guarded?: boolean;
  /** Copies the inputs to intermediates first, so that the result may take their memory. */
  throughIntermediates?: boolean;
  /** Also returns the gradients of sum(result * projection). */
  projection?: Float64Array;
}

export interface SampleResult {
  /** The bits of the result, and its values. */
  bits: Uint32Array;
  values: number[];
  /** One for each input; undefined where there is none. */
  gradients: (Float32Array | undefined)[];
  /** Names of buffers whose guard words were overwritten. */
  broken: string[];
  compiled: CompiledGraph;
}

interface Block {
  name: string;
  address: number;
  bytes: number;
}

export function runSample(sample: OpSample, inputs: readonly Float64Array[], options: RunOptions = {}): SampleResult {
  const { target = 'release', parts = 1, guarded = false } = options;
  const runtime = options.onThreads ? team! : runtimeOf(target);
  const { heap } = runtime;
  const guardBytes = guarded ? GUARD_BYTES : 0;
  const blocks: Block[] = [];
  const allocate = (name: string, bytes: number): number => {
    const address = heap.allocate(bytes + guardBytes, name);
    // What a kernel leaves unwritten must not pass for zeros.
    runtime.uint8(address, bytes).fill(NAN_BYTE);
    blocks.push({ name, address, bytes });
    return address;
  };
  const graph = new Graph(opRules);
  const leaves = sample.inputs.map((input, i) =>
    graph.leaf(input.shape, input.dtype ?? 'float32', { region: `input${i}`, byteOffset: 0 }),
  );
  const operands = options.throughIntermediates
    ? leaves.map((leaf) =>
        leaf.dtype === 'int8' ? leaf : (graph.emit('broadcastTo', [leaf], { shape: leaf.shape }) as Tensor),
      )
    : leaves;
  const result = sample.build(operands);
  const gradients = options.projection ? traceGradients(graph, result, leaves) : leaves.map(() => undefined);
  graph.output(result, { region: 'result', byteOffset: 0 });
  gradients.forEach((gradient, i) => gradient && graph.output(gradient, { region: `gradient${i}`, byteOffset: 0 }));
  const compiled = compileGraph(graph, { guardBytes });

  const regions: Record<string, number> = { [ARENA]: heap.allocate(compiled.plan.arenaBytes, 'arena') };
  runtime.uint8(regions[ARENA]!, compiled.plan.arenaBytes).fill(NAN_BYTE);
  const write = (name: string, values: Float64Array, isInteger: boolean): void => {
    const address = allocate(name, 4 * values.length);
    (isInteger ? runtime.int32(address, values.length) : runtime.float32(address, values.length)).set(values);
    regions[name] = address;
  };
  const writeKernel = (name: string, { shape, scales = [] }: SampleInput, values: Float64Array): void => {
    const bytes = int8KernelBytes(shape);
    regions[name] = allocate(name, bytes);
    packInt8Kernel(Int8Array.from(values), shape, Float32Array.from(scales), runtime.uint8(regions[name], bytes));
  };
  sample.inputs.forEach((input, i) => {
    if (input.dtype === 'int8') writeKernel(`input${i}`, input, inputs[i]!);
    else write(`input${i}`, inputs[i]!, input.dtype === 'int32');
  });
  if (options.projection) write('projection', options.projection, false);
  regions.result = allocate('result', 4 * result.size);
  gradients.forEach((gradient, i) =>
    gradient ? (regions[`gradient${i}`] = allocate(`gradient${i}`, 4 * gradient.size)) : 0,
  );
  const stateAddress = heap.allocate(4 * RunStateField.end, 'state');
  writeRandomState(runtime, stateAddress, { seed: 7, step: 3 });

  const guards = guarded ? [...blocks, ...arenaBlocks(compiled, regions[ARENA]!)] : [];
  for (const { address, bytes } of guards) runtime.uint8(address + bytes, GUARD_BYTES).fill(GUARD_BYTE);
  const program = new Program(runtime, compiled, { regions, stateAddress });
  for (const instruction of program.instructions) {
    if (options.onThreads) program.runShared(instruction, TEAM_SIZE);
    else for (let part = parts - 1; part >= 0; part--) program.runInstruction(instruction, part, parts);
  }
  const broken = guards
    .filter(({ address, bytes }) => runtime.uint8(address + bytes, GUARD_BYTES).some((byte) => byte !== GUARD_BYTE))
    .map(({ name }) => name);
  const bits = runtime.uint32(regions.result, result.size).slice();
  const values = [
    ...(result.dtype === 'int32'
      ? runtime.int32(regions.result, result.size)
      : runtime.float32(regions.result, result.size)),
  ];
  const gradientValues = gradients.map(
    (gradient, i) => gradient && runtime.float32(regions[`gradient${i}`]!, gradient.size).slice(),
  );
  program.dispose();
  heap.release(stateAddress);
  heap.release(regions[ARENA]!);
  for (const { address } of blocks) heap.release(address);
  return { bits, values, gradients: gradientValues, broken, compiled };
}

function traceGradients(graph: Graph, result: Tensor, leaves: readonly Tensor[]): (Tensor | undefined)[] {
  const projection = graph.leaf(result.shape, 'float32', { region: 'projection', byteOffset: 0 });
  const wanted = leaves.map((leaf) => (leaf.dtype === 'float32' ? leaf : undefined));
  const gradients = differentiate(
    result.mul(projection).sum(),
    wanted.filter((leaf) => leaf !== undefined),
  );
  let next = 0;
  return wanted.map((leaf) => (leaf ? gradients[next++] : undefined));
}

function arenaBlocks(compiled: CompiledGraph, arena: number): Block[] {
  return compiled.plan.allocations.map(({ byteOffset, bytes, tensors }) => ({
    name: tensors[0]?.describe() ?? 'workspace',
    address: arena + byteOffset,
    bytes,
  }));
}
