// The nets of the suites.

import { netFacts, type LayerSpec, type Parameter } from './net.js';
import { fillUniform, type Random } from './random.js';
import type { TrainingCase } from './subject.js';

/** A net and what it is trained by; data come with the case. */
export type Network = Pick<TrainingCase, 'name' | 'batch' | 'inputShape' | 'layers' | 'loss'>;

/** Hidden layers with an activation and dropout, and one that gives the outputs. */
function perceptron(widths: readonly number[], outputs: number, name: 'relu' | 'tanh', rate = 0): LayerSpec[] {
  const hidden = widths.flatMap((units): LayerSpec[] => [
    { kind: 'dense', units, activation: name },
    ...(rate > 0 ? [{ kind: 'dropout', rate } as const] : []),
  ]);
  return [...hidden, { kind: 'dense', units: outputs }];
}

const conv = (filters: number, size: number, padding: 'valid' | 'same' = 'valid'): LayerSpec => ({
  kind: 'conv2d',
  filters,
  size,
  padding,
  activation: 'relu',
});
const POOL: LayerSpec = { kind: 'maxPooling2d', size: 2 };
const FLATTEN: LayerSpec = { kind: 'flatten' };

/** The bias of a layer right before batch normalization has no gradient: there is none. */
const normalized = (units: number): LayerSpec[] => [
  { kind: 'dense', units, useBias: false },
  { kind: 'batchNormalization', epsilon: 1e-3 },
  { kind: 'activation', name: 'relu' },
];

/** An encoder's block that normalizes first: Xiong et al. 2020. */
const encoderBlock = (width: number, heads: number, units: number): LayerSpec[] => [
  {
    kind: 'residual',
    branch: [
      { kind: 'layerNormalization', epsilon: 1e-3 },
      { kind: 'selfAttention', heads },
    ],
  },
  {
    kind: 'residual',
    branch: [{ kind: 'layerNormalization', epsilon: 1e-3 }, ...perceptron([units], width, 'relu')],
  },
];

export const NETWORKS: readonly Network[] = [
  { name: 'xor', batch: 4, inputShape: [2], layers: perceptron([8], 1, 'tanh'), loss: 'sigmoid' },
  { name: 'tab', batch: 32, inputShape: [30], layers: perceptron([64, 32], 2, 'relu'), loss: 'softmax' },
  { name: 'mlp', batch: 64, inputShape: [784], layers: perceptron([256, 128], 10, 'relu', 0.5), loss: 'softmax' },
  { name: 'big', batch: 256, inputShape: [1024], layers: perceptron([1024, 1024], 10, 'relu'), loss: 'softmax' },
  {
    name: 'cnn',
    batch: 64,
    inputShape: [28, 28, 1],
    layers: [
      ...[conv(32, 3), POOL, conv(64, 3), POOL, FLATTEN],
      { kind: 'dropout', rate: 0.5 },
      { kind: 'dense', units: 10 },
    ],
    loss: 'softmax',
  },
  {
    name: 'lenet5',
    batch: 128,
    inputShape: [28, 28, 1],
    layers: [conv(6, 5, 'same'), POOL, conv(16, 5), POOL, FLATTEN, ...perceptron([120, 84], 10, 'relu')],
    loss: 'softmax',
  },
  {
    name: 'bnmlp',
    batch: 128,
    inputShape: [784],
    layers: [...normalized(512), ...normalized(512), { kind: 'dense', units: 10 }],
    loss: 'softmax',
  },
  {
    name: 'lstm',
    batch: 32,
    inputShape: [32, 16],
    layers: [
      { kind: 'lstm', units: 64 },
      { kind: 'dense', units: 1 },
    ],
    loss: 'meanSquared',
  },
  {
    name: 'transformer',
    batch: 16,
    inputShape: [32, 64],
    layers: [...encoderBlock(64, 4, 128), { kind: 'averageOverTime' }, { kind: 'dense', units: 10 }],
    loss: 'softmax',
  },
];

/** One net 256-256-256-10 at batch 64, with one of its sizes changed: how the cost of a step grows with each. */
export const GROWING_NETWORKS: readonly Network[] = [
  ...[1, 4, 16, 64, 256, 1024].map((batch) => growing('batch', batch, { batch })),
  ...[16, 32, 64, 128, 512, 1024].map((width) => growing('width', width, { width })),
  ...[1, 4, 8, 16].map((depth) => growing('depth', depth, { depth })),
];

function growing(name: string, size: number, { batch = 64, width = 256, depth = 2 }): Network {
  const layers = perceptron(new Array<number>(depth).fill(width), 10, 'relu');
  return { name: `${name} ${size}`, batch, inputShape: [width], layers, loss: 'softmax' };
}

/** Of every parameter, in the order of the layers. */
export function startingWeights(
  random: Random,
  { layers, inputShape }: Pick<Network, 'layers' | 'inputShape'>,
): Float32Array[] {
  const parameters = netFacts(layers, inputShape).flatMap((facts) => facts.parameters);
  return parameters.map((parameter) => startingValues(random, parameter));
}

/** Glorot uniform kernels; biases away from 0 and scales away from 1, so that one that is forgotten shows. */
function startingValues(random: Random, { shape, center }: Parameter): Float32Array {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const window = shape.slice(0, -2).reduce((size, side) => size * side, 1);
  if (shape.length === 1) return fillUniform(random, shape[0]!, 0.1).map((value) => center + value);
  return fillUniform(random, window * inputs * outputs, Math.sqrt(6 / (window * (inputs + outputs))));
}
