// One fold of nested cross-validation: a fold with one of the settings that are chosen from.

import type { PreprocessingStep } from '../data/preprocessing/preprocessor.js';
import type { TaskFunction } from '../executors/executor.js';
import { checkOptions } from '../runtime/suggest.js';
import { checkMakers, foldTask, type BuildContext, type FoldData, type FoldPayload, type FoldScores, type FoldTaskOptions, type Trainable } from './foldTask.js'; // prettier-ignore

export interface NestedFoldTaskOptions<S> {
  /** Makes a compiled model with a setting. It is disposed of after its fold. */
  build: (setting: S, context: BuildContext) => Trainable | Promise<Trainable>;
  /** Makes preprocessing anew, unfitted: it learns from the training part of its fold alone. */
  preprocessing?: (setting: S, context: BuildContext) => PreprocessingStep;
  /** Options of `fit`; a function makes them anew for each fold, as callbacks with a memory of their own need. */
  fit?: FoldTaskOptions['fit'];
}

/** What a fold is told. */
export interface NestedFoldPayload<S> extends FoldPayload {
  setting: S;
}

const NESTED_FOLD_OPTIONS = ['build', 'preprocessing', 'fit'];

/**
 * A fold of nested cross-validation as a function of a module, for executors that run elsewhere: export it, and give
 * `nestedCrossValidate` its address. Settings are sent to it, so they must be plain values.
 *
 * @throws OptionError for unknown options, and for a `build` or `preprocessing` that is no function.
 * @example
 * // folds.js
 * export const fold = nestedFoldTask({ build: (width, { seed }) => makeModel(width, seed), fit: { epochs: 20 } });
 * // main.js
 * const fold = { module: new URL('./folds.js', import.meta.url), name: 'fold' };
 * await nestedCrossValidate(fold, { x, y }, { settings: [8, 32, 128], executor: workers() });
 */
export function nestedFoldTask<S>(
  options: NestedFoldTaskOptions<S>,
): TaskFunction<NestedFoldPayload<S>, FoldScores, FoldData> {
  const where = 'nestedFoldTask';
  checkOptions(where, options, NESTED_FOLD_OPTIONS);
  const { build, preprocessing, fit } = options;
  checkMakers(where, options);
  return ({ setting, ...payload }, context) =>
    foldTask({
      build: (own) => build(setting, own),
      ...(preprocessing && { preprocessing: (own: BuildContext) => preprocessing(setting, own) }),
      ...(fit && { fit }),
    })(payload, context);
}
