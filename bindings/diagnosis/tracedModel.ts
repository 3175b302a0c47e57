// A model's loss as a function of arrays, for `evaluateFunction` and `checkGradients`: no update, nothing of the model changes.

import type { FunctionalInput } from '../functional/functional.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { arrayOf } from '../data/arrays.js';
import { meanLoss } from '../model/meanLoss.js';
import type { PreparedData } from '../model/dataset.js';
import type { TraceOptions } from '../model/network.js';
import { PARAMETERS } from '../model/parameters.js';
import type { TrainerParts } from '../model/trainer.js';

export interface LossTraceOptions extends Pick<TraceOptions, 'onLayer'> {
  /** Whether dropout and noise are drawn. */
  stochastic: boolean;
  /** Whether the penalties of layers and of smooth regularisers are part of the loss. */
  penalties: boolean;
}

export interface TracedLoss {
  loss: Tensor;
  outputs: readonly Tensor[];
}

/** All parameters by path, copied, and the data as x0, x1 ..., y0, y1 ... */
export function arraysOf({ store }: TrainerParts, data: PreparedData): Record<string, FunctionalInput> {
  const values = store.views(PARAMETERS);
  return {
    ...Object.fromEntries(store.segments.map(({ path, shape }) => [path, { data: values[path]!.slice(), shape }])),
    ...Object.fromEntries(data.inputs.map((input, i) => [`x${i}`, arrayOf(input)])),
    ...Object.fromEntries(data.labels.map((label, i) => [`y${i}`, arrayOf(label)])),
  };
}

/** The loss in training mode (moments of the batch) of tensors that are called as in `arraysOf`. */
export function traceLoss(
  { network, store, objectives }: TrainerParts,
  graph: Graph,
  leaves: Readonly<Record<string, Tensor>>,
  { stochastic, penalties, onLayer }: LossTraceOptions,
): TracedLoss {
  const inputs = network.inputs.map((_, i) => leaves[`x${i}`]!);
  const traced = network.trace(graph, inputs, {
    training: true,
    stochastic,
    parameter: (path) => leaves[path]!,
    assign: () => undefined,
    ...(onLayer && { onLayer }),
  });
  const losses = objectives.map(({ loss, lossWeight }, i) =>
    meanLoss(loss, leaves[`y${i}`]!, traced.outputs[i]!, undefined, traced.masks[i]).mul(lossWeight),
  );
  if (penalties) {
    losses.push(...traced.penalties);
    for (const { path, regularizer } of store.segments) {
      if (regularizer && !regularizer.proximal) losses.push(regularizer.penalty(leaves[path]!));
    }
  }
  return { loss: losses.reduce((sum, loss) => sum.add(loss)), outputs: traced.outputs };
}
