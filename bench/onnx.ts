// Writes a net as an ONNX model: protocol buffers by hand, and of the operators the few that the cases need.
// Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

import { applyLayer, layerFacts, type ActivationName, type LayerTable, type Shape } from './net.js';
import { Unsupported, type NetCase } from './subject.js';

const IR_VERSION = 8;
const OPSET_VERSION = 17;
const FLOAT = 1;
const ATTRIBUTE_INTS = 7;
const ATTRIBUTE_STRING = 3;

/** The number of a field and its value: an integer, text, bytes, or a message. */
type Field = readonly [number: number, value: number | string | Uint8Array | readonly Field[]];

function* varint(value: number): Generator<number> {
  for (; value > 127; value = Math.floor(value / 128)) yield (value % 128) | 128;
  yield value;
}

const [VARINT, LENGTH_DELIMITED] = [0, 2];

function encode(fields: readonly Field[]): Uint8Array {
  const parts = fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return [[...varint(number * 8 + VARINT), ...varint(value)]];
    const body =
      typeof value === 'string' ? new TextEncoder().encode(value) : value instanceof Uint8Array ? value : encode(value);
    return [[...varint(number * 8 + LENGTH_DELIMITED), ...varint(body.length)], body];
  });
  const bytes = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

/** ValueInfoProto */
const valueInfo = (name: string, shape: Shape): Field[] => {
  const dimensions = shape.map((side): Field => [1, [[1, side]]]);
  return [
    [1, name],
    [2, [[1, [[1, FLOAT], [2, dimensions]]]]], // prettier-ignore
  ];
};

/** TensorProto */
const tensor = (name: string, shape: Shape, values: Float32Array): Field[] => [
  ...shape.map((side): Field => [1, side]),
  [2, FLOAT],
  [8, name],
  [9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
];

/** AttributeProto */
const attribute = (name: string, value: string | readonly number[]): Field[] =>
  typeof value === 'string'
    ? [[1, name], [4, value], [20, ATTRIBUTE_STRING]] // prettier-ignore
    : [[1, name], ...value.map((element): Field => [8, element]), [20, ATTRIBUTE_INTS]];

/** Nodes and initializers of a graph that is a chain. */
class Graph {
  readonly nodes: Field[] = [];
  readonly initializers: Field[] = [];
  /** What the next node reads. */
  last = 'x';

  node(
    op: string,
    operands: readonly string[] = [],
    attributes: Readonly<Record<string, string | readonly number[]>> = {},
  ): void {
    const result = `${op}_${this.nodes.length}`;
    const fields: Field[] = [
      ...[this.last, ...operands].map((name): Field => [1, name]),
      [2, result],
      [4, op],
      ...Object.entries(attributes).map(([name, value]): Field => [5, attribute(name, value)]),
    ];
    this.nodes.push([1, fields]);
    this.last = result;
  }

  initializer(shape: Shape, values: Float32Array): string {
    const name = `parameter_${this.initializers.length}`;
    this.initializers.push([5, tensor(name, shape, values)]);
    return name;
  }
}

interface Context {
  graph: Graph;
  /** Of a sample, channels last. */
  shape: Shape;
  /** Shape of the images that the rows of the next dense layer were flattened from. */
  flattened: Shape | undefined;
  take: () => Float32Array;
}

/** y[a, b, ...] = x with its axes in another order. */
function transpose(values: Float32Array, shape: Shape, axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((size, side) => size * side, 1));
  const sides = axes.map((axis) => shape[axis]!);
  return Float32Array.from(values, (_, index) => {
    let from = 0;
    for (let i = axes.length - 1; i >= 0; i--) {
      from += (index % sides[i]!) * strides[axes[i]!]!;
      index = Math.floor(index / sides[i]!);
    }
    return values[from]!;
  });
}

const ACTIVATIONS: Record<ActivationName, string> = { relu: 'Relu', tanh: 'Tanh' };

const activate = (graph: Graph, name: ActivationName | undefined): void => {
  if (name) graph.node(ACTIVATIONS[name]);
};

const unwritten = (): never => {
  throw new Unsupported('this bench writes no such layer as ONNX');
};

const LAYERS: LayerTable<[Context], void> = {
  conv2d({ filters, size, padding, activation }, { graph, shape, take }) {
    const channels = shape[2]!;
    const kernel = transpose(take(), [size, size, channels, filters], [3, 2, 0, 1]);
    const operands = [graph.initializer([filters, channels, size, size], kernel), graph.initializer([filters], take())];
    // As in Keras, an odd row of padding comes last.
    graph.node('Conv', operands, { auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID', kernel_shape: [size, size] });
    activate(graph, activation);
  },
  maxPooling2d: ({ size }, { graph }) =>
    graph.node('MaxPool', [], { kernel_shape: [size, size], strides: [size, size] }),
  flatten: (_, { graph }) => graph.node('Flatten'),
  activation: ({ name }, { graph }) => activate(graph, name),
  dropout() {},
  dense({ units, useBias = true, activation }, { graph, shape, flattened, take }) {
    const features = shape[0]!;
    // Images are flattened channels first here: the rows of the kernel follow.
    const kernel = flattened ? transpose(take(), [...flattened, units], [2, 0, 1, 3]) : take();
    const operands = [graph.initializer([features, units], kernel)];
    if (useBias) operands.push(graph.initializer([units], take()));
    graph.node('Gemm', operands);
    activate(graph, activation);
  },
  batchNormalization: unwritten,
  layerNormalization: unwritten,
  lstm: unwritten,
  selfAttention: unwritten,
  residual: unwritten,
  averageOverTime: unwritten,
};

/** The bytes of a model with input `x`, channels first where it is an image, and output `y`. */
export function writeOnnx({ name, batch, inputShape, layers, weights }: NetCase): Uint8Array {
  const graph = new Graph();
  const rest = weights.values();
  let shape = inputShape;
  let flattened: Shape | undefined;
  for (const spec of layers) {
    applyLayer(LAYERS, spec, { graph, shape, flattened, take: () => rest.next().value! });
    if (spec.kind === 'flatten') flattened = shape;
    else if (spec.kind === 'dense') flattened = undefined;
    shape = layerFacts(spec, shape).output;
  }
  graph.node('Identity');
  return encode([
    [1, IR_VERSION],
    [8, [[2, OPSET_VERSION]]],
    [
      7,
      [
        ...graph.nodes,
        [2, name],
        ...graph.initializers,
        [11, valueInfo('x', [batch, ...channelsFirst(inputShape)])],
        [12, valueInfo(graph.last, [batch, ...shape])],
      ],
    ],
  ]);
}

export const channelsFirst = (shape: Shape): Shape => (shape.length === 3 ? [shape[2]!, shape[0]!, shape[1]!] : shape);
