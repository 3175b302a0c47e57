// What a layer is, and how one is made. A layer declares its parameters once, when it first sees its input's shape, and
// computes its output out of the graph's operators; gradients, fusion, threads and printing follow from that.

import type { Shape } from '../graph/shape.js';
import type { DType } from '../graph/op.js';
import { Graph } from '../graph/graph.js';
import { requireTensor } from '../graph/requireTensor.js';
import type { Tensor } from '../graph/tensor.js';
import type { Initializer } from '../initializers/initializer.js';
import { opRules } from '../ops/index.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';

/** A parameter as a layer declares it; its value lies in the model's memory. */
export interface ParameterSpec {
  name: string;
  shape: Shape;
  initializer: Initializer;
}

/** What `build` is given. */
export interface BuildContext {
  /** Shapes of the inputs, without the batch axis. */
  inputShapes: readonly Shape[];
  /** How errors name the layer. */
  where: string;
  /** Declares a trainable parameter. */
  parameter(name: string, shape: Shape, initializer: Initializer): void;
}

/** What `call` is given. */
export interface CallContext {
  graph: Graph;
  /** True in `fit`, false in `evaluate` and `predict`. */
  training: boolean;
  /** The tensor of a parameter declared in `build`. */
  parameter(name: string): Tensor;
}

/** What makes one kind of layer. */
export interface LayerDefinition {
  /** Keras' name of the kind, such as `dense`. */
  kind: string;
  /** Name in the model; `kind_1`, `kind_2` ... by default. */
  name?: string;
  /** The options, as plain JSON. */
  config?: Readonly<Record<string, unknown>>;
  /** Shape of one sample, for the first layer of a `sequential` model. */
  inputShape?: Shape;
  build?(context: BuildContext): void;
  /** Traces the layer. Inputs have a batch axis in front. */
  call(inputs: readonly Tensor[], context: CallContext): Tensor;
}

/** A value inside a functional model: its shape without the batch axis, and the layer call that makes it. */
export class SymbolicTensor {
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly producer: { layer: Layer; inputs: readonly SymbolicTensor[] } | undefined,
    readonly name?: string,
  ) {}
}

/** A layer: call it with the symbolic tensors of a functional model, or list it in `sequential`. */
export interface Layer {
  (inputs: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor;
  readonly definition: LayerDefinition;
  /** What the first call declared; empty before it. */
  readonly parameters: readonly ParameterSpec[];
  /** Declares the parameters for these input shapes, once. */
  build(inputShapes: readonly Shape[]): void;
}

/**
 * Makes a layer of one's own.
 *
 * @example
 * const scale = layer({
 *   kind: 'scale',
 *   build: ({ inputShapes: [shape], parameter }) => parameter('gain', [shape.at(-1)], ones()),
 *   call: ([x], { parameter }) => x.mul(parameter('gain')),
 * });
 */
export function layer(definition: LayerDefinition): Layer {
  const where = definition.name ?? definition.kind;
  let declared: ParameterSpec[] | undefined;

  function build(inputShapes: readonly Shape[]): void {
    if (declared) return;
    const parameters: ParameterSpec[] = [];
    definition.build?.({
      inputShapes,
      where,
      parameter: (name, shape, initializer) => parameters.push({ name, shape, initializer }),
    });
    declared = parameters;
  }

  const apply = (given: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor => {
    const inputs = given instanceof SymbolicTensor ? [given] : given;
    for (const input of inputs) {
      if (input instanceof SymbolicTensor) continue;
      throw new OptionError(
        `${where}: a layer is called with what input() or another layer returned, got ${describeValue(input)}.`,
      );
    }
    build(inputs.map((input) => input.shape));
    const { shape, dtype } = traceOnce(result, inputs);
    return new SymbolicTensor(shape.slice(1), dtype, { layer: result, inputs });
  };
  const result: Layer = Object.defineProperties(apply, {
    definition: { value: definition },
    build: { value: build },
    parameters: { get: () => declared ?? [] },
  }) as Layer;
  return result;
}

/** Batch size with which shapes are found out: not 1, which would stretch where a real batch would not. */
const PROBE_BATCH = 2;

/** The output of a layer for symbolic inputs, found by tracing it. */
function traceOnce(traced: Layer, inputs: readonly SymbolicTensor[]): Tensor {
  const graph = new Graph(opRules);
  const leaf = (shape: Shape, dtype: DType) => graph.leaf(shape, dtype, { region: 'probe', byteOffset: 0 });
  const tensors = inputs.map((input) => leaf([PROBE_BATCH, ...input.shape], input.dtype));
  const { definition } = traced;
  const where = definition.name ?? definition.kind;
  const returned: unknown = graph.withScope(where, () =>
    definition.call(tensors, {
      graph,
      training: true,
      parameter: (name) => leaf(findParameter(traced, name).shape, 'float32'),
    }),
  );
  const output = requireTensor(where, returned);
  const ignored = tensors.findIndex(
    (tensor) => tensor !== output && !graph.tensors.some(({ inputs: read }) => read.includes(tensor)),
  );
  if (ignored >= 0) {
    throw new OptionError(
      `${where}: called with ${inputs.length} input(s), but input ${ignored} is not used. Give only what the layer reads.`,
    );
  }
  if (output.shape[0] !== PROBE_BATCH) {
    throw new ShapeError(
      `${where}: the first axis of a layer's output is the batch; got ${output.describe()} ` +
        `for a batch of ${PROBE_BATCH}.`,
    );
  }
  return output;
}

export function findParameter(owner: Layer, name: string): ParameterSpec {
  const spec = owner.parameters.find((parameter) => parameter.name === name);
  if (spec) return spec;
  const known = owner.parameters.map((parameter) => parameter.name).join(', ') || 'none';
  throw new OptionError(`${owner.definition.kind}: no parameter '${name}' was declared in build. Declared: ${known}.`);
}
