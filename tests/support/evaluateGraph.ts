// Computes tensors from arrays on the library's runtime, and the gradients of a weighted sum of them: what a step would do.

import { RunStateField } from '../../assembly/opcodes.js';
import { compileGraph } from '../../bindings/graph/compile.js';
import { differentiate } from '../../bindings/graph/differentiate.js';
import { writeRandomState, type RandomState } from '../../bindings/graph/evaluate.js';
import { Graph } from '../../bindings/graph/graph.js';
import { ARENA } from '../../bindings/graph/plan.js';
import { Program } from '../../bindings/graph/program.js';
import { sizeOf, type Shape } from '../../bindings/graph/shape.js';
import type { Tensor } from '../../bindings/graph/tensor.js';
import { opRules } from '../../bindings/ops/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';

/** An array as it is given. Booleans become 0 and 1 in float32. */
export interface GivenArray {
  shape: Shape;
  data: ArrayLike<number>;
  dtype?: 'float32' | 'int32' | 'bool' | undefined;
}

export interface ComputedArray {
  shape: Shape;
  data: Float32Array | Int32Array;
}

export interface EvaluateGraphOptions {
  /** Weights of outputs in the sum that is differentiated, by output; outputs without any are left out of it. */
  cotangents?: Readonly<Record<string, GivenArray>>;
  random?: RandomState;
}

export interface Evaluation {
  outputs: Record<string, ComputedArray>;
  /** By input: of every float32 input that the sum depends on. Empty without cotangents. */
  gradients: Record<string, ComputedArray>;
}

/**
 * @param build Makes the output tensors of the leaves, which have the names of the inputs.
 * @example evaluateGraph({ x: { shape: [2], data: [1, 2] } }, ({ x }) => ({ y: x!.square() })).outputs.y
 */
export function evaluateGraph(
  inputs: Readonly<Record<string, GivenArray>>,
  build: (leaves: Readonly<Record<string, Tensor>>, graph: Graph) => Record<string, Tensor>,
  { cotangents = {}, random = { seed: 0 } }: EvaluateGraphOptions = {},
): Evaluation {
  const graph = new Graph(opRules);
  const leafOf = (region: string, { shape, dtype }: GivenArray): Tensor =>
    graph.leaf(shape, dtype === 'int32' ? 'int32' : 'float32', { region, byteOffset: 0 });
  const leaves = mapEntries(inputs, (array, name) => leafOf(inputRegion(name), array));
  const outputs = build(leaves, graph);
  const terms = Object.entries(cotangents).map(([name, array]) =>
    outputs[name]!.mul(leafOf(cotangentRegion(name), array)).sum(),
  );
  const gradients = terms.length > 0 ? traceGradients(terms, leaves) : {};

  const given = [
    ...Object.entries(inputs).map(([name, array]) => ({ region: inputRegion(name), array })),
    ...Object.entries(cotangents).map(([name, array]) => ({ region: cotangentRegion(name), array })),
  ];
  const wanted = [
    ...Object.entries(outputs).map(([name, tensor]) => ({ region: outputRegion(name), tensor })),
    ...Object.entries(gradients).map(([name, tensor]) => ({ region: gradientRegion(name), tensor })),
  ];
  const results = runGraph(graph, given, wanted, random);
  return {
    outputs: mapEntries(outputs, (_, name) => results.get(outputRegion(name))!),
    gradients: mapEntries(gradients, (_, name) => results.get(gradientRegion(name))!),
  };
}

const inputRegion = (name: string): string => `input ${name}`;
const cotangentRegion = (name: string): string => `cotangent of ${name}`;
const outputRegion = (name: string): string => `output ${name}`;
const gradientRegion = (name: string): string => `gradient of ${name}`;

const mapEntries = <T, R>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));

function traceGradients(terms: readonly Tensor[], leaves: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const names = Object.keys(leaves).filter((name) => leaves[name]!.dtype === 'float32');
  const sum = terms.reduce((total, term) => total.add(term));
  const gradients = differentiate(
    sum,
    names.map((name) => leaves[name]!),
  );
  return Object.fromEntries(names.flatMap((name, i) => (gradients[i] ? [[name, gradients[i]]] : [])));
}

/** Runs a graph once. Everything that it needs is given back afterwards. */
function runGraph(
  graph: Graph,
  given: readonly { region: string; array: GivenArray }[],
  wanted: readonly { region: string; tensor: Tensor }[],
  random: RandomState,
): Map<string, ComputedArray> {
  for (const { region, tensor } of wanted) graph.output(tensor, { region, byteOffset: 0 });
  const compiled = compileGraph(graph);
  const runtime = getRuntime();
  const { heap } = runtime;
  const regions: Record<string, number> = {};
  const allocate = (region: string, bytes: number): number => (regions[region] = heap.allocate(bytes, region));
  let program: Program | undefined;
  try {
    allocate(ARENA, compiled.plan.arenaBytes);
    for (const { region, tensor } of wanted) allocate(region, 4 * tensor.size);
    const stateAddress = allocate('state', 4 * RunStateField.end);
    for (const { region, array } of given) {
      const size = sizeOf(array.shape);
      const address = allocate(region, 4 * size);
      const view = array.dtype === 'int32' ? runtime.int32(address, size) : runtime.float32(address, size);
      view.set(array.data);
    }
    program = new Program(runtime, compiled, { regions, stateAddress });
    writeRandomState(runtime, stateAddress, random);
    program.run();
    return new Map(
      wanted.map(({ region, tensor: { shape, size, dtype } }) => {
        const address = regions[region]!;
        const view = dtype === 'int32' ? runtime.int32(address, size) : runtime.float32(address, size);
        return [region, { shape, data: view.slice() }];
      }),
    );
  } finally {
    program?.dispose();
    for (const address of Object.values(regions)) heap.release(address);
  }
}
