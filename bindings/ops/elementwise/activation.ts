// Activations and their derivatives. Kernel twins: assembly/ops/elementwise/activation.ts and activationGradient.ts.
// A derivative is written in the output where it can be, so that the input needs not be kept.

import { float32Word } from '../../graph/encode.js';
import { elementwiseRules } from '../elementwise.js';

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
