// Makes an estimator of what its `save` gave. Nothing in it is trusted.

import { loadModel, type LoadOptions } from '../model/saving/load.js';
import { readText } from '../model/saving/fields.js';
import { DataError } from '../runtime/errors.js';
import { ModelEstimator, type Estimator, type Link } from './estimator.js';
import type { EnsembleTask } from './samples.js';
import { TreeEstimator } from './tree/decisionTree.js';
import { readTree } from './tree/readTree.js';

const LINKS: readonly Link[] = ['identity', 'sigmoid', 'probability', 'softmax'];

type Fields = Readonly<Record<string, unknown>>;

/** Estimators by the kind that their state names. */
const READERS: Readonly<
  Record<string, (state: Fields, task: EnsembleTask, options: LoadOptions) => Promise<Estimator>>
> = {
  async model({ file, link }, task, options) {
    const known = LINKS.find((name) => name === link);
    if (!(file instanceof Uint8Array) || !known) throw new DataError('a model: expected a file and a link');
    return new ModelEstimator(await loadModel(file, options), task, {}, known);
  },
  tree: (state) => Promise.resolve(new TreeEstimator(undefined, readTree(state))),
};

/** The estimator of a state. `path` names it in errors. @throws DataError for what is none; what `loadModel` throws. */
export function readMember(state: Fields, path: string, task: EnsembleTask, options: LoadOptions): Promise<Estimator> {
  const kind = readText(state.kind, `${path}.kind`);
  if (Object.hasOwn(READERS, kind)) return READERS[kind]!(state, task, options);
  throw new DataError(`${path}.kind: expected a model or a tree, got '${kind}'`);
}
