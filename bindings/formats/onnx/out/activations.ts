// Activations as nodes.

import type { ActivationName } from '../../../layers/activations.js';
import { identity } from '../axes.js';
import type { Builder, Value } from './builder.js';
import type { LayerToWrite } from './call.js';

type Write = (builder: Builder, x: string, parameter: number | undefined) => string;

const op =
  (opType: string, attributes: Readonly<Record<string, number>> = {}): Write =>
  (builder, x) =>
    builder.op(opType, [x], Object.fromEntries(Object.entries(attributes).map(([name, float]) => [name, { float }])));

const SQRT_HALF = 0.7071067811865476;
const SQRT_2_OVER_PI = 0.7978845608028654;

const half = (builder: Builder, x: string, inner: string): string =>
  builder.op('Mul', [builder.op('Mul', [x, builder.op('Add', [inner, builder.floats([1])])]), builder.floats([0.5])]);

/** Those that work on each element by itself. */
const ELEMENTWISE: Readonly<Record<Exclude<ActivationName, 'softmax' | 'logSoftmax'>, Write>> = {
  linear: (_, x) => x,
  relu: op('Relu'),
  relu6: (builder, x) => builder.op('Clip', [x, builder.floats([0]), builder.floats([6])]),
  leakyRelu: (builder, x, slope = 0.2) => builder.op('LeakyRelu', [x], { alpha: { float: slope } }),
  elu: (builder, x, alpha = 1) => builder.op('Elu', [x], { alpha: { float: alpha } }),
  selu: op('Selu', { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  sigmoid: op('Sigmoid'),
  hardSigmoid: op('HardSigmoid', { alpha: 1 / 6, beta: 0.5 }),
  hardSigmoidKeras2: op('HardSigmoid', { alpha: 0.2, beta: 0.5 }),
  tanh: op('Tanh'),
  softsign: op('Softsign'),
  gelu: (builder, x) => half(builder, x, builder.op('Erf', [builder.op('Mul', [x, builder.floats([SQRT_HALF])])])),
  geluTanh(builder, x) {
    const cube = builder.op('Mul', [builder.op('Mul', [builder.op('Mul', [x, x]), x]), builder.floats([0.044715])]);
    const inner = builder.op('Mul', [builder.op('Add', [x, cube]), builder.floats([SQRT_2_OVER_PI])]);
    return half(builder, x, builder.op('Tanh', [inner]));
  },
  silu: (builder, x) => builder.op('Mul', [x, builder.op('Sigmoid', [x])]),
  mish: (builder, x) => builder.op('Mul', [x, builder.op('Tanh', [builder.op('Softplus', [x])])]),
  softplus: op('Softplus'),
  exponential: op('Exp'),
};

/** Those that normalise along an axis. */
const ALONG_AXIS: Readonly<Record<string, string>> = { softmax: 'Softmax', logSoftmax: 'LogSoftmax' };

const PARAMETERS: Readonly<Record<string, string>> = {
  leakyRelu: 'slope',
  elu: 'alpha',
  softmax: 'axis',
  logSoftmax: 'axis',
};

/** The name and the parameter that an option stands for; undefined for a function of the user's own. */
export function readActivation(option: unknown): { name: string; parameter: number | undefined } | undefined {
  if (option === undefined) return { name: 'linear', parameter: undefined };
  if (typeof option === 'string') return { name: option, parameter: undefined };
  const spec = option as Readonly<Record<string, unknown>>;
  if (typeof spec.name !== 'string') return undefined;
  return { name: spec.name, parameter: spec[PARAMETERS[spec.name] ?? ''] as number | undefined };
}

/** Activations that the cells of ONNX's recurrent ops have, without parameters. */
export const CELL_ACTIVATIONS: Readonly<Record<string, string>> = {
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  relu: 'Relu',
  softsign: 'Softsign',
  softplus: 'Softplus',
};

/** An activation of each element of an ONNX tensor, whatever the order of its axes. */
export function activateName(builder: Builder, option: unknown, x: string, rank: number): string {
  const { name, parameter } = readActivation(option)!;
  if (Object.hasOwn(ALONG_AXIS, name)) {
    return builder.op(ALONG_AXIS[name]!, [x], { axis: parameter ?? rank - 1 });
  }
  return ELEMENTWISE[name as keyof typeof ELEMENTWISE](builder, x, parameter);
}

/** A layer's activation of its result. */
export function activate({ builder }: LayerToWrite, option: unknown, value: Value): Value {
  const { name, parameter } = readActivation(option)!;
  if (!Object.hasOwn(ALONG_AXIS, name)) return builder.elementwise(value, (x) => activateName(builder, option, x, 0));
  const { order, name: x } = value.first;
  const axis = order.indexOf(identity(value.rank).at(parameter ?? -1)!);
  return builder.elementwise(value, () => builder.op(ALONG_AXIS[name]!, [x], { axis }));
}
