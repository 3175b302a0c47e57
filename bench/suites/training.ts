// Whole training steps: forward, loss, backward, Adam, on one batch that stays where it is.

import type { Ceilings } from '../ceiling.js';
import { contest, type Result, type Timing } from '../harness.js';
import { netFacts, productFlops, type LayerSpec, type Parameter } from '../net.js';
import { fillUniform, makeRandom } from '../random.js';
import { checkTraining } from '../reference.js';
import type { Subject, TrainingCase } from '../subject.js';

const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
/** Validation takes larger steps: the second gradient must differ from the first, or no one would see what Adam makes of both. */
const VALIDATION_RATE = 1e-2;
/** And a larger epsilon: the move of an element whose gradient is a sum that cancels would else be its rounding errors. */
const VALIDATION_EPSILON = 1e-5;

type Network = Pick<TrainingCase, 'name' | 'batch' | 'inputShape' | 'layers' | 'loss'>;

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

const NETWORKS: readonly Network[] = [
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

export const trainingCaseNames: readonly string[] = NETWORKS.map(({ name }) => name);

export async function* runTraining(
  subjects: readonly Subject[],
  isWanted: (caseName: string) => boolean,
  ceilings: Ceilings,
  timing: Timing,
): AsyncGenerator<Result> {
  for (const network of NETWORKS) {
    if (!isWanted(network.name)) continue;
    const timed = makeCase(network);
    // Dropout's masks are every library's own: what is compared is the same net without them.
    const layers = timed.layers.filter(({ kind }) => kind !== 'dropout');
    const validated = {
      ...timed,
      layers,
      adam: { ...timed.adam, learningRate: VALIDATION_RATE, epsilon: VALIDATION_EPSILON },
    };
    yield await contest(
      {
        suite: 'training',
        case: network.name,
        work: { flops: network.batch * productFlops(network.layers, network.inputShape) },
        unit: 'ms',
        create: (subject) => subject.trainingStep?.(validated),
        createTimed: (subject) => subject.trainingStep?.(timed),
        check: (outputs) => checkTraining(validated, outputs),
      },
      subjects,
      ceilings,
      timing,
    );
  }
}

function makeCase(network: Network): TrainingCase {
  const { batch, inputShape, layers, loss } = network;
  const features = inputShape.reduce((size, side) => size * side, 1);
  const random = makeRandom(batch + features);
  // The second half has the inputs of the first and labels of its own, so that the loss has a floor: a net that has learnt
  // its batch by heart has gradients near 0, and times of another kind.
  const half = fillUniform(random, (batch * features) / 2, 1);
  const x = new Float32Array(batch * features);
  x.set(half);
  x.set(half, half.length);
  const facts = netFacts(layers, inputShape);
  const labels = makeLabels(random, batch, loss, facts.at(-1)!.output[0]!);
  const weights = facts.flatMap(({ parameters }) => parameters.map((parameter) => startingValues(random, parameter)));
  return { ...network, adam: ADAM, x, labels, weights };
}

type Random = ReturnType<typeof makeRandom>;

function makeLabels(
  random: Random,
  batch: number,
  loss: TrainingCase['loss'],
  outputs: number,
): TrainingCase['labels'] {
  if (loss === 'meanSquared') return fillUniform(random, batch, 1);
  const classes = loss === 'sigmoid' ? 2 : outputs;
  return Int32Array.from({ length: batch }, () => Math.floor(random() * classes));
}

/** Glorot uniform kernels; biases away from 0 and scales away from 1, so that one that is forgotten shows. */
function startingValues(random: Random, { shape, center }: Parameter): Float32Array {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const window = shape.slice(0, -2).reduce((size, side) => size * side, 1);
  if (shape.length === 1) return fillUniform(random, shape[0]!, 0.1).map((value) => center + value);
  return fillUniform(random, window * inputs * outputs, Math.sqrt(6 / (window * (inputs + outputs))));
}
