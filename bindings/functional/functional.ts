// Functions of arrays, computed and differentiated by the core, outside any model: for formulas of one's own, for checking
// gradients, and for layers with parameters that the caller holds.

import { toArray, type ArrayData } from '../data/arrays.js';
import { differentiate } from '../graph/differentiate.js';
import { Graph } from '../graph/graph.js';
import { runGraph, type GraphArray } from '../graph/runGraph.js';
import { formatShape, sameShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { opRules } from '../ops/index.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { getRuntime } from '../runtime/runtime.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';

/** An input: a number, nested arrays, a typed array, or one with its shape. Int32Array data become an int32 tensor. */
export type FunctionalInput = number | ArrayData;

/** A result: values with their shape. */
export type FunctionalArray = GraphArray;

/** A function of named tensors. */
export type TensorFunction<I extends string, O extends string> = (
  inputs: Readonly<Record<I, Tensor>>,
  graph: Graph,
) => Record<O, Tensor>;

export interface EvaluateOptions {
  /** Seed of random functions; 0 by default. */
  seed?: number;
  /** Step coordinate of random functions; 0 by default. */
  step?: number;
}

export interface GradientOptions<O extends string> extends EvaluateOptions {
  /** Weights of the outputs in the sum that is differentiated, in the outputs' shapes; outputs without any are left out. By default the one output, a scalar, weighs 1. */
  cotangents?: Partial<Record<O, FunctionalInput>>;
}

/**
 * Computes named tensors of named arrays, once.
 *
 * @throws ShapeError, DTypeError where operators do not fit; DataError for arrays that are ragged or not numbers.
 * @example evaluateFunction(({ a, b }) => ({ c: a.matmul(b) }), { a: [[1, 2]], b: [[3], [4]] }).c.data // [11]
 */
export function evaluateFunction<I extends string, O extends string>(
  f: TensorFunction<I, O>,
  inputs: Readonly<Record<I, FunctionalInput>>,
  options: EvaluateOptions = {},
): Record<O, FunctionalArray> {
  checkOptions('evaluateFunction', options, ['seed', 'step']);
  return compute(f, inputs, undefined, options).values;
}

/**
 * Computes named tensors of named arrays, and the gradients of a weighted sum of them for every float32 input that it
 * depends on. Reverse mode: sum over outputs of <cotangent, d output / d input>.
 *
 * @throws OptionError if there are several outputs, or one that is no scalar, and no cotangents.
 * @example
 * const { gradients } = valueAndGradients(({ w }) => ({ loss: w.square().sum() }), { w: [1, 2, 3] });
 * gradients.w.data; // [2, 4, 6]
 */
export function valueAndGradients<I extends string, O extends string>(
  f: TensorFunction<I, O>,
  inputs: Readonly<Record<I, FunctionalInput>>,
  options: GradientOptions<O> = {},
): { values: Record<O, FunctionalArray>; gradients: Partial<Record<I, FunctionalArray>> } {
  checkOptions('valueAndGradients', options, ['seed', 'step', 'cotangents']);
  const { cotangents, ...random } = options;
  return compute(f, inputs, cotangents ?? 'scalar', random);
}

function compute<I extends string, O extends string>(
  f: TensorFunction<I, O>,
  inputs: Readonly<Record<I, FunctionalInput>>,
  cotangents: Partial<Record<O, FunctionalInput>> | 'scalar' | undefined,
  { seed = 0, step = 0 }: EvaluateOptions,
) {
  checkNumber('seed', 'seed', seed, { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, integer: true });
  checkNumber('step', 'step', step, { minimum: 0, integer: true });
  const graph = new Graph(opRules);
  const given = new Map<string, FunctionalArray>();
  const leafOf = (region: string, input: FunctionalInput): Tensor => {
    const array = toGiven(region, input);
    given.set(region, array);
    const dtype = array.data instanceof Int32Array ? 'int32' : 'float32';
    return graph.leaf(array.shape, dtype, { region, byteOffset: 0 });
  };
  const leaves = mapRecord(inputs, (input: FunctionalInput, name) => leafOf(`input ${name}`, input));
  const outputs = f(leaves, graph);
  const gradients =
    cotangents === undefined
      ? {}
      : traceGradients(
          weightedSum(outputs, cotangents, (name, input) => leafOf(`cotangent of ${name}`, input)),
          leaves,
        );
  const wanted = new Map<string, Tensor>();
  for (const [name, tensor] of Object.entries<Tensor>(outputs)) wanted.set(`output ${name}`, tensor);
  for (const [name, tensor] of Object.entries<Tensor>(gradients)) wanted.set(`gradient of ${name}`, tensor);
  const results = runGraph(getRuntime(), graph, given, wanted, { seed, step });
  return {
    values: mapRecord(outputs, (_: Tensor, name) => results.get(`output ${name}`)!),
    gradients: mapRecord(gradients, (_: Tensor, name) => results.get(`gradient of ${name}`)!) as Partial<
      Record<I, FunctionalArray>
    >,
  };
}

const mapRecord = <K extends string, T, R>(
  record: Readonly<Record<K, T>>,
  map: (value: T, key: K) => R,
): Record<K, R> =>
  Object.fromEntries((Object.entries(record) as [K, T][]).map(([key, value]) => [key, map(value, key)])) as Record<
    K,
    R
  >;

const toGiven = (where: string, input: FunctionalInput): FunctionalArray =>
  typeof input === 'number' ? { shape: [], data: Float32Array.of(input) } : toArray(where, input);

/** The scalar that is differentiated. */
function weightedSum<O extends string>(
  outputs: Readonly<Record<O, Tensor>>,
  cotangents: Partial<Record<O, FunctionalInput>> | 'scalar',
  leafOf: (name: string, input: FunctionalInput) => Tensor,
): Tensor {
  const names = Object.keys(outputs) as O[];
  if (cotangents === 'scalar') {
    const [only] = names;
    if (names.length === 1 && outputs[only!].rank === 0) return outputs[only!];
    throw new OptionError(
      `valueAndGradients: the outputs ${names.join(', ')} are not one scalar. ` +
        'Give cotangents: the weights of the outputs in the sum that is differentiated.',
    );
  }
  const terms = (Object.entries(cotangents) as [O, FunctionalInput][]).map(([name, input]) => {
    const output = outputs[name] as Tensor | undefined;
    const weight = leafOf(name, input);
    if (output && sameShape(output.shape, weight.shape)) return output.mul(weight).sum();
    throw new ShapeError(
      `valueAndGradients: the cotangent of ${name} has shape ${formatShape(weight.shape)}, ` +
        `the output ${output ? formatShape(output.shape) : 'does not exist'}.`,
    );
  });
  if (terms.length === 0) throw new OptionError('valueAndGradients: cotangents are empty. Give at least one.');
  return terms.reduce((sum, term) => sum.add(term));
}

function traceGradients(sum: Tensor, leaves: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const names = Object.keys(leaves).filter((name) => leaves[name]!.dtype === 'float32');
  const gradients = differentiate(
    sum,
    names.map((name) => leaves[name]!),
  );
  return Object.fromEntries(names.flatMap((name, i) => (gradients[i] ? [[name, gradients[i]]] : [])));
}
