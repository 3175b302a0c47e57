import type { Fold } from '../data/splits/folds.js';
import { checkExecutor, isReference, taskSeed, type Executor, type TaskReference } from '../executors/executor.js';
import { inline } from '../executors/inline.js';
import { runAll } from '../executors/runAll.js';
import { DataError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { allIndices, resolveFolds, type FoldPlan } from './foldPlan.js';
import {
  checkReference,
  foldTask,
  type FoldData,
  type FoldPayload,
  type FoldScores,
  type FoldTaskOptions,
} from './foldTask.js';
import { countSamples, labelsOf } from './rows.js';
import { figuresOf, testShare, type FoldFigure } from './scores.js';

export interface CrossValidateOptions extends Omit<FoldTaskOptions, 'build'> {
  /** 5 by default: shuffled by the seed. */
  folds?: FoldPlan;
  /** Seed of the shuffle and of the models; 0 by default. */
  seed?: number;
  /** Of the intervals; 0.95 by default. */
  confidence?: number;
  /** Where folds are trained; `inline()` by default. Another one needs a `foldTask` of a module in the place of `build`. */
  executor?: Executor;
  signal?: AbortSignal;
  /** Called after each fold. */
  onProgress?: (progress: { done: number; total: number; fold: number; scores: FoldScores }) => void;
}

/** What cross-validation found. */
export interface CrossValidation {
  /** Figures of `evaluate` on the parts held out. */
  test: Record<string, FoldFigure>;
  /** Of the parts trained on, if `scoreTraining`. */
  train?: Record<string, FoldFigure>;
  folds: readonly Fold[];
  confidence: number;
}

const WHERE = 'crossValidate';
const TASK_OPTIONS = ['preprocessing', 'fit', 'scoreTraining'] as const;
export const VALIDATION_OPTIONS = ['folds', 'seed', 'confidence', 'executor', 'signal', 'onProgress', ...TASK_OPTIONS];

/**
 * Trains a model on each fold's training part and scores it on the part held out: mean, spread and confidence interval of every
 * figure of `evaluate`. Preprocessing is made anew and fitted within each fold, so that nothing of what is held out leaks into it.
 *
 * Fold k has seed k of the seed, so that results are the same bits on any executor. The intervals are those of the corrected
 * resampled t-test (see `compareModels`). A fold whose loss stops being finite has NaN.
 *
 * @param build Makes a compiled model; or the address of a `foldTask` for executors that run elsewhere.
 * @throws OptionError for unknown options. @throws DataError for folds that leak or don't fit, and for what `fit` refuses.
 * @example
 * const { test } = await crossValidate(({ seed }) => makeModel(seed), { x, y }, {
 *   folds: ({ labels }) => stratifiedKFold(labels, { folds: 5, shuffle: true }),
 *   preprocessing: () => standardScaler(),
 *   fit: { epochs: 20 },
 * });
 * test.accuracy.mean;
 */
export async function crossValidate(
  build: FoldTaskOptions['build'] | TaskReference,
  data: FoldData,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  checkOptions(WHERE, options, VALIDATION_OPTIONS);
  const { folds: plan = 5, seed = 0, confidence = 0.95, executor = inline(), signal, onProgress } = options;
  checkExecutor(WHERE, executor);
  checkNumber(WHERE, 'confidence', confidence, { above: 0, below: 1 });
  checkData(data);
  const samples = countSamples(WHERE, data.x, data.y);
  const source = {
    samples,
    indices: allIndices(samples),
    get labels() {
      return labelsOf(WHERE, data.y, samples);
    },
  };
  const folds = resolveFolds(WHERE, plan, source, seed);
  const run = taskOf(build, options);
  let done = 0;
  const scores = await runAll(executor, folds.length, signal, async (fold, abort): Promise<FoldScores> => {
    const { train, test } = folds[fold]!;
    const payload: FoldPayload = { fold, train: Int32Array.from(train), test: Int32Array.from(test), samples };
    const own = await executor.run({ run, payload, seed: taskSeed(seed, fold), data }, { signal: abort });
    onProgress?.({ done: ++done, total: folds.length, fold, scores: own });
    return own;
  });
  return summarize(scores, folds, confidence);
}

export function checkData(data: unknown): void {
  if (data !== null && typeof data === 'object' && 'x' in data && 'y' in data) return;
  throw new DataError(`${WHERE}: expected data { x, y }, got ${describeValue(data)}.`);
}

function taskOf(build: FoldTaskOptions['build'] | TaskReference, options: CrossValidateOptions) {
  if (isReference(build)) return checkReference(WHERE, build, options, TASK_OPTIONS, 'foldTask');
  const { preprocessing, fit, scoreTraining } = options;
  return foldTask({ build, ...(preprocessing && { preprocessing }), ...(fit && { fit }), ...(scoreTraining && { scoreTraining }) }); // prettier-ignore
}

export function summarize(scores: readonly FoldScores[], folds: readonly Fold[], confidence: number): CrossValidation {
  const share = testShare(folds);
  const figures = (part: 'test' | 'train') =>
    figuresOf(
      scores.map((own) => own[part] ?? {}),
      share,
      confidence,
    );
  return {
    test: figures('test'),
    ...(scores.some(({ train }) => train) && { train: figures('train') }),
    folds,
    confidence,
  };
}
