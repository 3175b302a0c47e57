// Operators that came from an ONNX file and have no layer of their own, written again.

import type { OperatorConfig } from '../in/operator.js';
import type { LayerToWrite, LayerWriter } from './call.js';
import { reordered } from './call.js';

type Write = (call: LayerToWrite, x: string, config: OperatorConfig) => string;

const unary: Write = ({ builder }, x, { operator }) => builder.op(operator, [x]);

/** The constant of a sample's axes, with an axis for the batch. */
const constant = (call: LayerToWrite): string =>
  reordered(
    call,
    'constant',
    (shape) => [1, ...shape],
    (values) => values,
  );

const binary: Write = (call, x, { operator, constantShape, isLeft }) => {
  const { builder, inputs } = call;
  if (constantShape === undefined) return builder.op(operator, [x, builder.plain(inputs[1]!)]);
  return builder.op(operator, isLeft === true ? [constant(call), x] : [x, constant(call)]);
};

const reduction: Write = ({ builder }, x, { operator, axes = [], keepDims = true }) => {
  const keepdims = Number(keepDims);
  // Of all reductions the sum alone takes its axes as an input at opset 17.
  if (operator === 'ReduceSum') return builder.op(operator, [x, builder.ints(axes)], { keepdims });
  return builder.op(operator, [x], { axes, keepdims });
};

const WRITERS: Readonly<Record<string, Write>> = {
  Abs: unary,
  Add: binary,
  Clip({ builder }, x, { minimum, maximum }) {
    const bound = (value: number | undefined) => (value === undefined ? '' : builder.floats([value]));
    return builder.op('Clip', [x, bound(minimum), bound(maximum)]);
  },
  Div: binary,
  Erf: unary,
  Expand: ({ builder }, x, { constantShape = [] }) => builder.op('Expand', [x, builder.ints([1, ...constantShape])]),
  Log: unary,
  MatMul: binary,
  Max: binary,
  Min: binary,
  Mul: binary,
  Neg: unary,
  Pad({ builder }, x, { pads = [], value = 0 }) {
    const all = [[0, 0] as const, ...pads];
    const list = [...all.map(([before]) => before), ...all.map(([, after]) => after)];
    return builder.op('Pad', [x, builder.ints(list), builder.floats([value])]);
  },
  Pow: ({ builder }, x, { exponent = 1 }) => builder.op('Pow', [x, builder.floats([exponent])]),
  Reciprocal: unary,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceSum: reduction,
  Reverse: ({ builder }, x, { axes = [1] }) =>
    builder.op('Slice', [x, ...[[-1], [-(2 ** 31)], axes, [-1]].map((list) => builder.ints(list))]),
  Slice: ({ builder }, x, { axes = [1], begin = 0, size = 1 }) =>
    builder.op('Slice', [x, builder.ints([begin]), builder.ints([begin + size]), builder.ints(axes)]),
  Sqrt: unary,
  Sub: binary,
  Where: (call, x, { value = 0 }) =>
    call.builder.op('Where', [call.builder.op('Cast', [constant(call)], { to: 9 }), x, call.builder.floats([value])]),
};

/** Names of the operators that are written. */
export const operatorNames: readonly string[] = Object.keys(WRITERS);

export const operatorWriter: LayerWriter = (call) => {
  const { builder, inputs, outputShapes } = call;
  const config = call.config as unknown as OperatorConfig;
  return builder.value(WRITERS[config.operator]!(call, builder.plain(inputs[0]!), config), outputShapes[0]!);
};
