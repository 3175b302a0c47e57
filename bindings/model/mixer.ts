// Blends the samples of a training batch with their neighbours, and their losses with the same share.

import { partnersOf, type Mixing } from '../data/mixing.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss } from '../losses/loss.js';
import { OptionError } from '../runtime/errors.js';
import { RandomSequence } from '../runtime/random.js';
import { plainLoss } from './figures.js';
import { reduceLoss, type LossWeights, type ReducedLoss } from './meanLoss.js';
import type { FeedSource, FeedTime, Training } from './training.js';

const MIXING = 'mixing';

/** A mixing with the random draws of a model: those of a step depend on the seed and the step alone. */
export class Mixer implements FeedSource {
  readonly name = MIXING;
  readonly width: number;

  constructor(
    readonly mixing: Mixing,
    private readonly seed: number,
  ) {
    this.width = mixing.width;
  }

  row({ step }: FeedTime): readonly number[] {
    return this.mixing.draw(new RandomSequence(this.seed, step));
  }
}

/** Inputs of a step, and how its losses are made of them. */
export interface MixedBatch {
  inputs: readonly Tensor[];
  reduce(loss: Loss, yTrue: Tensor, yPred: Tensor, weights: LossWeights): ReducedLoss;
}

/** The batch as it is, or blended where training says so. */
export function mixBatch(graph: Graph, inputs: readonly Tensor[], training: Training | undefined): MixedBatch {
  if (!training?.mixer) return { inputs, reduce: reduceLoss };
  const { mixing, width } = training.mixer;
  if (mixing.needsOneInput && inputs.length > 1) {
    throw new OptionError(`${mixing.name}: the model has ${inputs.length} inputs, expected one. Use mixup.`);
  }
  const row = training.feed(graph, MIXING);
  const drawn = Array.from({ length: width }, (_, i) => row.slice([i], [1]).reshape([]));
  const blends = inputs.map((x) => graph.withScope(mixing.name, () => mixing.blend(x, partnersOf(x), drawn)));
  const { share } = blends[0]!;
  return {
    inputs: blends.map(({ mixed }) => mixed),
    reduce(loss, yTrue, yPred, { sample, mask }) {
      const own = reduceLoss(loss, yTrue, yPred, { sample, mask }).loss;
      const partners = { sample: sample && partnersOf(sample), mask };
      const other = reduceLoss(loss, partnersOf(yTrue), yPred, partners).loss;
      return plainLoss(own.mul(share).add(other.mul(share.affine(-1, 1)))).reduced;
    },
  };
}
