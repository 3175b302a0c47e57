// Activations and their derivatives. Kernel twins: assembly/ops/elementwise/activation.ts and activationGradient.ts.
// A derivative is written in the output where it can be, so that the input needs not be kept.

import { float32Word } from '../../graph/encode.js';
import { elementwiseRules } from '../elementwise.js';
import { erfcReference } from '../references.js';
import { elementwiseSamples } from '../sample.js';

export const activationRules = elementwiseRules<
  | 'relu'
  | 'leakyRelu'
  | 'elu'
  | 'sigmoid'
  | 'tanh'
  | 'gelu'
  | 'geluTanh'
  | 'silu'
  | 'softplus'
  | 'reluGradient'
  | 'leakyReluGradient'
  | 'eluGradient'
  | 'sigmoidGradient'
  | 'tanhGradient'
  | 'geluGradient'
  | 'geluTanhGradient'
  | 'siluGradient'
>({
  relu: { arity: 1, flops: 1, gradient: (y, dy) => [y.graph.emit('reluGradient', [dy, y], {})] },
  leakyRelu: {
    arity: 1,
    flops: 2,
    parameters: ({ slope }) => [float32Word(slope), 0],
    // The output's sign is the input's only for a positive slope.
    gradient: (y, dy) => {
      const { slope } = y.attributes;
      return [y.graph.emit('leakyReluGradient', [dy, slope > 0 ? y : y.inputs[0]!], { slope })];
    },
  },
  elu: {
    arity: 1,
    flops: 17,
    parameters: ({ alpha }) => [float32Word(alpha), 0],
    gradient: (y, dy) => [y.graph.emit('eluGradient', [dy, y], y.attributes)],
  },
  sigmoid: { arity: 1, flops: 17, gradient: (y, dy) => [y.graph.emit('sigmoidGradient', [dy, y], {})] },
  tanh: { arity: 1, flops: 20, gradient: (y, dy) => [y.graph.emit('tanhGradient', [dy, y], {})] },
  gelu: { arity: 1, flops: 33, gradient: (y, dy) => [y.graph.emit('geluGradient', [dy, y.inputs[0]!], {})] },
  geluTanh: { arity: 1, flops: 26, gradient: (y, dy) => [y.graph.emit('geluTanhGradient', [dy, y.inputs[0]!], {})] },
  silu: { arity: 1, flops: 18, gradient: (y, dy) => [y.graph.emit('siluGradient', [dy, y.inputs[0]!], {})] },
  softplus: { arity: 1, flops: 35, gradient: ({ inputs: [x] }, dy) => [dy.mul(x!.sigmoid())] },
  reluGradient: { arity: 2, flops: 1 },
  leakyReluGradient: { arity: 2, flops: 2, parameters: ({ slope }) => [float32Word(slope), 0] },
  eluGradient: { arity: 2, flops: 3, parameters: ({ alpha }) => [float32Word(alpha), 0] },
  sigmoidGradient: { arity: 2, flops: 3 },
  tanhGradient: { arity: 2, flops: 3 },
  geluGradient: { arity: 2, flops: 50 },
  geluTanhGradient: { arity: 2, flops: 36 },
  siluGradient: { arity: 2, flops: 22 },
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const normalCdf = (x: number): number => 0.5 * erfcReference(-x * Math.SQRT1_2);
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const geluTanh = (x: number): number => {
  const t = Math.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3));
  return 0.5 * x * (1 + t);
};

/** d geluTanh / dx. */
const geluTanhSlope = (x: number): number => {
  const t = Math.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.7978845608028654 * (1 + 3 * 0.044715 * x * x);
};

const alpha = 0.7;
const slope = 0.1;

/** Samples of the functions above. The gradients' own derivatives are not needed, so they are not compared. */
export const activationSamples = () => {
  const gradient = { isSmooth: false, hasSpecials: false } as const;
  return {
    relu: elementwiseSamples('relu', 1, { reference: (x) => (x > 0 ? x : Number.isNaN(x) ? x : 0) }),
    leakyRelu: elementwiseSamples('leakyRelu', 1, { reference: (x) => (x > 0 ? x : slope * x), attributes: { slope } }),
    elu: elementwiseSamples('elu', 1, { reference: (x) => (x > 0 ? x : alpha * Math.expm1(x)), attributes: { alpha } }),
    sigmoid: elementwiseSamples('sigmoid', 1, { reference: sigmoid }),
    tanh: elementwiseSamples('tanh', 1, { reference: Math.tanh }),
    // At -Infinity the limit is 0, and 0 times infinity is NaN in the formula: not compared.
    gelu: elementwiseSamples('gelu', 1, { reference: (x) => x * normalCdf(x), hasSpecials: false }),
    geluTanh: elementwiseSamples('geluTanh', 1, { reference: geluTanh, hasSpecials: false }),
    silu: elementwiseSamples('silu', 1, { reference: (x) => x * sigmoid(x), hasSpecials: false }),
    softplus: elementwiseSamples('softplus', 1, { reference: softplus }),
    reluGradient: elementwiseSamples('reluGradient', 2, { reference: (dy, y) => (y > 0 ? dy : 0), ...gradient }),
    leakyReluGradient: elementwiseSamples('leakyReluGradient', 2, {
      reference: (dy, y) => (y > 0 ? dy : slope * dy),
      attributes: { slope },
      ...gradient,
    }),
    eluGradient: elementwiseSamples('eluGradient', 2, {
      reference: (dy, y) => (y > 0 ? dy : dy * (y + alpha)),
      attributes: { alpha },
      ...gradient,
    }),
    sigmoidGradient: elementwiseSamples('sigmoidGradient', 2, { reference: (dy, y) => dy * y * (1 - y), ...gradient }),
    tanhGradient: elementwiseSamples('tanhGradient', 2, { reference: (dy, y) => dy * (1 - y * y), ...gradient }),
    geluGradient: elementwiseSamples('geluGradient', 2, {
      reference: (dy, x) => dy * (normalCdf(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)),
      ...gradient,
    }),
    geluTanhGradient: elementwiseSamples('geluTanhGradient', 2, {
      reference: (dy, x) => dy * geluTanhSlope(x),
      ...gradient,
    }),
    siluGradient: elementwiseSamples('siluGradient', 2, {
      reference: (dy, x) => dy * sigmoid(x) * (1 + x * (1 - sigmoid(x))),
      ...gradient,
    }),
  };
};
