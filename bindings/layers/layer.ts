// What a layer is, and how one is made. A layer declares its parameters once, when it first sees its input's shape, and
// computes its output out of the graph's operators; gradients, fusion, threads and printing follow from that.

import type { Shape } from '../graph/shape.js';
import type { DType } from '../graph/op.js';
import { Graph } from '../graph/graph.js';
import { requireTensor } from '../graph/requireTensor.js';
import type { Tensor } from '../graph/tensor.js';
import type { Constraint } from '../constraints/constraint.js';
import type { Initializer } from '../initializers/initializer.js';
import type { Regularizer } from '../regularizers/regularizer.js';
import { opRules } from '../ops/index.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { ParameterReference, TiedParameter } from './tie.js';

/** How a parameter is treated in training. */
export interface ParameterOptions {
  /** False: no gradient and no update; `assign` may change it, as it does the moments of a batch normalisation. */
  trainable?: boolean;
  /** Adds a penalty to the loss. */
  regularizer?: Regularizer;
  /** Applied after each update. */
  constraint?: Constraint;
}

/** A parameter as a layer declares it; its value lies in the model's memory. */
export interface ParameterSpec extends ParameterOptions {
  name: string;
  shape: Shape;
  /** Its first value, or the parameter whose storage it shares. */
  initializer: Initializer | TiedParameter;
}

/** What `build` is given. */
export interface BuildContext {
  /** Shapes of the inputs, without the batch axis. */
  inputShapes: readonly Shape[];
  /** How errors name the layer. */
  where: string;
  /** Declares a parameter, trainable unless told otherwise. */
  parameter(name: string, shape: Shape, initializer: Initializer | TiedParameter, options?: ParameterOptions): void;
}

/** What `call` is given. */
export interface CallContext {
  graph: Graph;
  /** True in `fit`, false in `evaluate` and `predict`. */
  training: boolean;
  /** Whether dropout and noise are drawn: in `fit`, and in `predict(x, { samples })`. */
  stochastic: boolean;
  /** The tensor of a parameter declared in `build`. */
  parameter(name: string): Tensor;
  /** Gives a parameter that is not trainable its next value, written when the step has succeeded. Only in training. */
  assign(name: string, value: Tensor): void;
  /** Which positions of an input count: [batch, time] of 0 and 1, or undefined where all do. */
  mask(input?: number): Tensor | undefined;
  /** Sets the mask of an output. */
  setMask(mask: Tensor | undefined, output?: number): void;
  /** Adds a scalar to the loss, reported as part of the penalty. */
  addLoss(penalty: Tensor): void;
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
  /** Type of the input of a `sequential` model that begins with the layer; float32 by default. */
  inputDtype?: Exclude<DType, 'uint8' | 'int8'>;
  /** Whether the mask of the first input is that of the output; false by default. */
  passesMask?: boolean;
  build?(context: BuildContext): void;
  /** Traces the layer. Inputs and outputs have a batch axis in front. */
  call(inputs: readonly Tensor[], context: CallContext): Tensor | readonly Tensor[];
}

/** One use of a layer in a functional model. */
export interface LayerCall {
  layer: AnyLayer;
  inputs: readonly SymbolicTensor[];
  outputs: readonly SymbolicTensor[];
}

/** A value inside a functional model: its shape without the batch axis, and the layer call that makes it. */
export class SymbolicTensor {
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly producer: LayerCall | undefined,
    readonly name?: string,
  ) {}
}

/** A layer: call it with the symbolic tensors of a functional model, or list it in `sequential`. */
export interface Layer<Output extends SymbolicTensor | SymbolicTensor[] = SymbolicTensor> {
  (inputs: SymbolicTensor | readonly SymbolicTensor[]): Output;
  readonly definition: LayerDefinition;
  /** What the first call declared; empty before it. */
  readonly parameters: readonly ParameterSpec[];
  /** Declares the parameters for these input shapes, once. */
  build(inputShapes: readonly Shape[]): void;
  /** Names one of its parameters, for `tie`. */
  parameter(name: string): ParameterReference;
}

/** A layer of one output or of several. */
export type AnyLayer = Layer | Layer<SymbolicTensor[]>;

export const isLayer = (value: unknown): value is AnyLayer => typeof value === 'function' && 'definition' in value;

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
export function layer<Output extends SymbolicTensor | SymbolicTensor[] = SymbolicTensor>(
  definition: LayerDefinition,
): Layer<Output> {
  const where = definition.name ?? definition.kind;
  let declared: ParameterSpec[] | undefined;

  function build(inputShapes: readonly Shape[]): void {
    if (declared) return;
    const parameters: ParameterSpec[] = [];
    definition.build?.({
      inputShapes,
      where,
      parameter: (name, shape, initializer, options = {}) => {
        if (initializer instanceof TiedParameter) initializer.checkShape(`${where}/${name}`, shape);
        parameters.push({ name, shape, initializer, ...options });
      },
    });
    declared = parameters;
  }

  const apply = (given: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor | SymbolicTensor[] => {
    const inputs = given instanceof SymbolicTensor ? [given] : given;
    for (const input of inputs) {
      if (input instanceof SymbolicTensor) continue;
      throw new OptionError(
        `${where}: a layer is called with what input() or another layer returned, got ${describeValue(input)}.`,
      );
    }
    build(inputs.map((input) => input.shape));
    const { outputs, isList } = traceOnce(result, inputs);
    const call = { layer: result, inputs, outputs: [] as SymbolicTensor[] };
    call.outputs = outputs.map(({ shape, dtype }) => new SymbolicTensor(shape.slice(1), dtype, call));
    return isList ? call.outputs : call.outputs[0]!;
  };
  const result = Object.defineProperties(apply, {
    definition: { value: definition },
    build: { value: build },
    parameters: { get: () => declared ?? [] },
    parameter: { value: (name: string) => new ParameterReference(result, name) },
  }) as unknown as AnyLayer;
  return result as Layer<Output>;
}

/** Batch size with which shapes are found out: not 1, which would stretch where a real batch would not. */
const PROBE_BATCH = 2;

/** The outputs of a layer for symbolic inputs, found by tracing it. */
function traceOnce(
  traced: AnyLayer,
  inputs: readonly SymbolicTensor[],
): { outputs: readonly Tensor[]; isList: boolean } {
  const graph = new Graph(opRules);
  const leaf = (shape: Shape, dtype: DType) => graph.leaf(shape, dtype, { region: 'probe', byteOffset: 0 });
  const tensors = inputs.map((input) => leaf([PROBE_BATCH, ...input.shape], input.dtype));
  const where = traced.definition.name ?? traced.definition.kind;
  const { outputs, isList } = callLayer(traced, where, tensors, {
    graph,
    training: true,
    stochastic: true,
    parameter: (name) => leaf(findParameter(traced, name).shape, 'float32'),
    assign: () => undefined,
    mask: () => undefined,
    setMask: () => undefined,
    addLoss: () => undefined,
  });
  const ignored = tensors.findIndex(
    (tensor) => !outputs.includes(tensor) && !graph.tensors.some(({ inputs: read }) => read.includes(tensor)),
  );
  if (ignored >= 0) {
    throw new OptionError(
      `${where}: called with ${inputs.length} input(s), but input ${ignored} is not used. Give only what the layer reads.`,
    );
  }
  for (const output of outputs) {
    if (output.shape[0] === PROBE_BATCH) continue;
    throw new ShapeError(
      `${where}: the first axis of a layer's output is the batch; got ${output.describe()} ` +
        `for a batch of ${PROBE_BATCH}.`,
    );
  }
  return { outputs, isList };
}

/** Traces a layer under its name in the model. */
export function callLayer(
  called: AnyLayer,
  name: string,
  inputs: readonly Tensor[],
  context: CallContext,
): { outputs: readonly Tensor[]; isList: boolean } {
  const returned: unknown = context.graph.withScope(name, () => called.definition.call(inputs, context));
  const isList = Array.isArray(returned);
  const outputs = (isList ? (returned as unknown[]) : [returned]).map((output) => requireTensor(name, output));
  return { outputs, isList };
}

export function findParameter(owner: AnyLayer, name: string): ParameterSpec {
  const spec = owner.parameters.find((parameter) => parameter.name === name);
  if (spec) return spec;
  const known = owner.parameters.map((parameter) => parameter.name).join(', ') || 'none';
  throw new OptionError(`${owner.definition.kind}: no parameter '${name}' was declared in build. Declared: ${known}.`);
}
