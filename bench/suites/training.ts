// Whole training steps: forward, loss, backward, Adam, on one batch that stays where it is.

import { netFacts, productFlops } from '../net.js';
import { startingWeights, type Network } from '../networks.js';
import { fillUniform, makeRandom, type Random } from '../random.js';
import { checkTraining } from '../reference.js';
import type { TrainingCase } from '../subject.js';
import { suiteOf, type Suite } from '../suite.js';

const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
/** Validation takes larger steps: the second gradient must differ from the first, or no one would see what Adam makes of both. */
const VALIDATION_RATE = 1e-2;
/** And a larger epsilon: the move of an element whose gradient is a sum that cancels would else be its rounding errors. */
const VALIDATION_EPSILON = 1e-5;

/** The steps of a list of nets as a suite. */
export const stepsOf = (suite: string, networks: readonly Network[]): Suite =>
  suiteOf(
    suite,
    networks,
    ({ name }) => name,
    (network) => {
      const timed = makeCase(network);
      const validated = validatedCase(timed);
      return {
        work: { flops: network.batch * productFlops(network.layers, network.inputShape) },
        unit: 'ms',
        create: (subject) => subject.trainingStep?.(validated),
        createTimed: (subject) => subject.trainingStep?.(timed),
        check: (outputs) => checkTraining(validated, outputs),
      };
    },
  );

/** What is compared: dropout's masks are every library's own. */
export function validatedCase(timed: TrainingCase): TrainingCase {
  const layers = timed.layers.filter(({ kind }) => kind !== 'dropout');
  return { ...timed, layers, adam: { ...timed.adam, learningRate: VALIDATION_RATE, epsilon: VALIDATION_EPSILON } };
}

export function makeCase(network: Network): TrainingCase {
  const { batch, inputShape, layers, loss } = network;
  const features = inputShape.reduce((size, side) => size * side, 1);
  const random = makeRandom(batch + features);
  // The second half has the inputs of the first and labels of its own, so that the loss has a floor: a net that has learnt
  // its batch by heart has gradients near 0, and times of another kind.
  const half = fillUniform(random, (batch * features) / 2, 1);
  const x = new Float32Array(batch * features);
  x.set(half);
  x.set(half, half.length);
  const labels = makeLabels(random, batch, loss, netFacts(layers, inputShape).at(-1)!.output[0]!);
  return { ...network, adam: ADAM, x, labels, weights: startingWeights(random, network) };
}

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
