// Some of the samples of what a user gave, in a form that the model takes again.

import { prepareData, takeSamples, type DataArgument, type PreparedData } from '../model/dataset.js';
import { partsOf, type Model } from '../model/model.js';
import { arrayOf } from '../data/arrays.js';

/** Data as `fit` takes them. */
export interface Samples {
  x: DataArgument;
  y: DataArgument;
}

/** Data that were checked against a model. */
export function prepareSamples(where: string, model: Model, { x, y }: Samples): PreparedData {
  const { network, objectives } = partsOf(model, where, x);
  return prepareData(where, network, objectives, x, y);
}

/** The samples at `indices`. */
export function pickSamples(data: PreparedData, indices: ArrayLike<number>): Samples {
  const { inputs, labels } = takeSamples(data, indices);
  return { x: inputs.map(arrayOf), y: labels.map(arrayOf) };
}
