// One sample through a net: an array is given, an array of the outputs is made.

import type { Ceilings } from '../ceiling.js';
import { contest, type Result, type Timing } from '../harness.js';
import { forwardFlops } from '../net.js';
import { NETWORKS, startingWeights, type Network } from '../networks.js';
import { fillUniform, makeRandom } from '../random.js';
import { checkInference } from '../reference.js';
import type { InferenceCase, Subject } from '../subject.js';

export const inferenceCaseNames: readonly string[] = ['mlp', 'cnn'];

export async function* runInference(
  subjects: readonly Subject[],
  isWanted: (caseName: string) => boolean,
  ceilings: Ceilings,
  timing: Timing,
): AsyncGenerator<Result> {
  for (const network of NETWORKS) {
    if (!inferenceCaseNames.includes(network.name) || !isWanted(network.name)) continue;
    const given = makeCase(network);
    yield await contest(
      {
        suite: 'inference',
        case: given.name,
        work: { flops: forwardFlops(given.layers, given.inputShape) },
        unit: 'ms',
        create: (subject) => subject.inference?.(given),
        check: (outputs) => checkInference(given, outputs),
      },
      subjects,
      ceilings,
      timing,
    );
  }
}

function makeCase({ name, inputShape, layers: trained }: Network): InferenceCase {
  // Dropout is for training.
  const layers = trained.filter(({ kind }) => kind !== 'dropout');
  const features = inputShape.reduce((size, side) => size * side, 1);
  const random = makeRandom(features);
  const weights = startingWeights(random, { layers, inputShape });
  return { name, batch: 1, inputShape, layers, x: fillUniform(random, features, 1), weights };
}
