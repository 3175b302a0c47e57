// Whole training steps of multilayer perceptrons: forward, loss, backward, Adam, on one batch that stays where it is.

import { contest, type Result, type Timing } from '../harness.js';
import { fillUniform, makeRandom } from '../random.js';
import { checkTraining } from '../reference.js';
import { parameterShapes, type Subject, type TrainingCase } from '../subject.js';

const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
/** Validation takes larger steps: the second gradient must differ from the first, or no one would see what Adam makes of both. */
const VALIDATION_RATE = 1e-2;

type Network = Pick<TrainingCase, 'name' | 'batch' | 'sizes' | 'activation' | 'loss' | 'dropout'>;

const NETWORKS: readonly Network[] = [
  { name: 'xor', batch: 4, sizes: [2, 8, 1], activation: 'tanh', loss: 'sigmoid', dropout: 0 },
  { name: 'tab', batch: 32, sizes: [30, 64, 32, 2], activation: 'relu', loss: 'softmax', dropout: 0 },
  { name: 'mlp', batch: 64, sizes: [784, 256, 128, 10], activation: 'relu', loss: 'softmax', dropout: 0.5 },
  { name: 'big', batch: 256, sizes: [1024, 1024, 1024, 10], activation: 'relu', loss: 'softmax', dropout: 0 },
];

export const trainingCaseNames: readonly string[] = NETWORKS.map(({ name }) => name);

export async function* runTraining(
  subjects: readonly Subject[],
  isWanted: (caseName: string) => boolean,
  ceiling: number,
  timing: Timing,
): AsyncGenerator<Result> {
  for (const network of NETWORKS) {
    if (!isWanted(network.name)) continue;
    const timed = makeCase(network);
    // Dropout's masks are every library's own: what is compared is the same net without them.
    const validated = { ...timed, dropout: 0, adam: { ...timed.adam, learningRate: VALIDATION_RATE } };
    yield await contest(
      {
        suite: 'training',
        case: network.name,
        flops: productFlops(network),
        unit: 'ms',
        create: (subject) => subject.trainingStep?.(validated),
        createTimed: (subject) => subject.trainingStep?.(timed),
        check: (outputs) => checkTraining(validated, outputs),
      },
      subjects,
      ceiling,
      timing,
    );
  }
}

/** Of the matrix products of one step: y and dW of every layer, dx of all but the first. */
function productFlops({ batch, sizes }: Network): number {
  return sizes
    .slice(1)
    .map((units, i) => (i === 0 ? 2 : 3) * 2 * batch * sizes[i]! * units)
    .reduce((sum, flops) => sum + flops, 0);
}

function makeCase(network: Network): TrainingCase {
  const { batch, sizes, loss } = network;
  const random = makeRandom(batch + sizes[0]!);
  const features = sizes[0]!;
  // The second half has the inputs of the first and labels of its own, so that the loss has a floor: a net that has learnt
  // its batch by heart has gradients near 0, and times of another kind.
  const half = fillUniform(random, (batch * features) / 2, 1);
  const x = new Float32Array(batch * features);
  x.set(half);
  x.set(half, half.length);
  const classes = loss === 'sigmoid' ? 2 : sizes.at(-1)!;
  const labels = Int32Array.from({ length: batch }, () => Math.floor(random() * classes));
  const given: TrainingCase = { ...network, adam: ADAM, x, labels, weights: [] };
  // Glorot uniform kernels; biases away from 0, so that one that is forgotten shows.
  const weights = parameterShapes(given).map((shape) =>
    shape.length === 2
      ? fillUniform(random, shape[0]! * shape[1]!, Math.sqrt(6 / (shape[0]! + shape[1]!)))
      : fillUniform(random, shape[0]!, 0.1),
  );
  return { ...given, weights };
}
