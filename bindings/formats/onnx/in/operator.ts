// Operators of ONNX for which the library has no layer of its own, as layers: arithmetic with constants, reductions, slices.

import { sizeOf, type Shape } from '../../../graph/shape.js';
import type { Tensor } from '../../../graph/tensor.js';
import { zeros } from '../../../initializers/constant.js';
import { layer, type Layer } from '../../../layers/layer.js';
import { OptionError } from '../../../runtime/errors.js';
import { isObject, unknownName } from '../../../runtime/suggest.js';

/** What an operator is, as plain JSON. Axes count from 0, the batch. */
export interface OperatorConfig {
  operator: string;
  /** Of the constant, without the batch; it stretches over the sample. */
  constantShape?: Shape;
  /** Whether the constant stands on the left. */
  isLeft?: boolean;
  /** Whether the constant is trained. */
  trainable?: boolean;
  axes?: readonly number[];
  keepDims?: boolean;
  begin?: number;
  size?: number;
  minimum?: number;
  maximum?: number;
  exponent?: number;
  value?: number;
  /** Before and after each axis of a sample. */
  pads?: readonly (readonly [number, number])[];
}

export const OPERATOR_KIND = 'onnxOperator';

type Apply = (inputs: readonly Tensor[], config: OperatorConfig, constant: Tensor | undefined) => Tensor;

const unary =
  (apply: (x: Tensor) => Tensor): Apply =>
  ([x]) =>
    apply(x!);

const binary =
  (apply: (a: Tensor, b: Tensor) => Tensor): Apply =>
  ([a, b], { isLeft }, constant) => {
    if (!constant) return apply(a!, b!);
    return isLeft === true ? apply(constant, a!) : apply(a!, constant);
  };

const reduction =
  (method: 'mean' | 'sum' | 'max' | 'min'): Apply =>
  ([x], { axes = [], keepDims = true }) =>
    x![method]({ axis: axes, keepDims });

/** A stretch along one axis. */
function stretch(x: Tensor, axis: number, begin: number, size: number): Tensor {
  return x.slice(
    x.shape.map((_, i) => (i === axis ? begin : 0)),
    x.shape.map((side, i) => (i === axis ? size : side)),
  );
}

function reverse(x: Tensor, axis: number): Tensor {
  const steps = Array.from({ length: x.shape[axis]! }, (_, i) => stretch(x, axis, x.shape[axis]! - 1 - i, 1));
  return steps.length > 1 ? steps[0]!.concat(steps.slice(1), axis) : x;
}

/** A border of a value, such as the least of all in front of a maximum. */
function pad(x: Tensor, pads: OperatorConfig['pads'] = [], value: number): Tensor {
  const all = [[0, 0], ...pads] as const;
  const attributes = {
    begin: all.map(([before]) => before),
    shape: x.shape.map((side, axis) => side + all[axis]![0] + all[axis]![1]),
  };
  const padded = x.graph.emit('padTo', [x], attributes);
  if (value === 0) return padded;
  const inside = x.graph.emit('padTo', [x.graph.constant(1).broadcastTo(x.shape)], attributes);
  return inside.where(padded, value);
}

const OPERATORS: Readonly<Record<string, Apply>> = {
  Abs: unary((x) => x.abs()),
  Add: binary((a, b) => a.add(b)),
  Clip: ([x], { minimum = -Infinity, maximum = Infinity }) => {
    const raised = Number.isFinite(minimum) ? x!.maximum(minimum) : x!;
    return Number.isFinite(maximum) ? raised.minimum(maximum) : raised;
  },
  Div: binary((a, b) => a.div(b)),
  Erf: unary((x) => x.erf()),
  Expand: ([x], { constantShape = [] }) => x!.broadcastTo([x!.shape[0]!, ...constantShape]),
  Log: unary((x) => x.log()),
  MatMul: ([a, b]) => a!.matmul(b!),
  Max: binary((a, b) => a.maximum(b)),
  Min: binary((a, b) => a.minimum(b)),
  Mul: binary((a, b) => a.mul(b)),
  Neg: unary((x) => x.neg()),
  Pad: ([x], { pads, value = 0 }) => pad(x!, pads, value),
  Pow: ([x], { exponent = 1 }) => (exponent === 2 ? x!.square() : x!.pow(exponent)),
  Reciprocal: unary((x) => x.reciprocal()),
  ReduceMax: reduction('max'),
  ReduceMean: reduction('mean'),
  ReduceMin: reduction('min'),
  ReduceSum: reduction('sum'),
  Reverse: ([x], { axes = [1] }) => reverse(x!, axes[0]!),
  Slice: ([x], { axes = [1], begin = 0, size = 1 }) => stretch(x!, axes[0]!, begin, size),
  Sqrt: unary((x) => x.sqrt()),
  Sub: binary((a, b) => a.sub(b)),
  /** The input where the constant is 1, else a value. */
  Where: ([x], { value = 0 }, constant) => constant!.broadcastTo(x!.shape).where(x!, value),
};

/** Operators whose constant is not one of 0 and 1. */
const CONSTANT = 'constant';

export function operatorLayer(config: OperatorConfig & { name?: string }): Layer {
  const { name, ...own } = config;
  const { operator, constantShape, trainable = false } = own;
  if (!Object.hasOwn(OPERATORS, operator)) {
    unknownName(OPERATOR_KIND, 'operator', String(operator), Object.keys(OPERATORS));
  }
  if (constantShape !== undefined && !(Array.isArray(constantShape) && Number.isInteger(sizeOf(constantShape)))) {
    throw new OptionError(`${OPERATOR_KIND}: constantShape must list whole numbers.`);
  }
  const hasConstant = constantShape !== undefined && operator !== 'Expand';
  return layer({
    kind: OPERATOR_KIND,
    ...(name !== undefined && { name }),
    config: { ...own },
    passesMask: true,
    build(context) {
      if (hasConstant) context.parameter(CONSTANT, constantShape, zeros(), { trainable });
    },
    call: (inputs, { parameter }) => OPERATORS[operator]!(inputs, own, hasConstant ? parameter(CONSTANT) : undefined),
  });
}

/**
 * What `loadModel` needs to load a saved model that came from ONNX with operators for which there is no layer.
 *
 * @example const model = await loadModel(bytes, { custom: { layers: onnxLayers } });
 */
export const onnxLayers = {
  [OPERATOR_KIND]: (config: OperatorConfig & { name?: string }): Layer => {
    if (!isObject(config)) throw new OptionError(`${OPERATOR_KIND}: expected a configuration.`);
    return operatorLayer(config);
  },
};
