// One sample through a net: an array is given, an array of the outputs is made.

import { forwardFlops } from '../net.js';
import { NETWORKS, startingWeights, type Network } from '../networks.js';
import { fillUniform, makeRandom } from '../random.js';
import { checkInference } from '../reference.js';
import type { InferenceCase } from '../subject.js';
import { suiteOf } from '../suite.js';

const CASES = NETWORKS.filter(({ name }) => ['mlp', 'cnn'].includes(name));

export const inference = suiteOf(
  'inference',
  CASES,
  ({ name }) => name,
  (network) => {
    const given = makeCase(network);
    return {
      work: { flops: forwardFlops(given.layers, given.inputShape) },
      unit: 'ms',
      create: (subject) => subject.inference?.(given),
      check: (outputs) => checkInference(given, outputs),
    };
  },
);

function makeCase({ name, inputShape, layers: trained }: Network): InferenceCase {
  // Dropout is for training.
  const layers = trained.filter(({ kind }) => kind !== 'dropout');
  const features = inputShape.reduce((size, side) => size * side, 1);
  const random = makeRandom(features);
  const weights = startingWeights(random, { layers, inputShape });
  return { name, batch: 1, inputShape, layers, x: fillUniform(random, features, 1), weights };
}
