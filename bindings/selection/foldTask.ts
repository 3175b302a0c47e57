// One fold: preprocessing fitted and a model trained on the training part, both scored on the part held out.

import type { PreprocessingStep } from '../data/preprocessing/preprocessor.js';
import type { TaskContext, TaskFunction, TaskReference } from '../executors/executor.js';
import type { DataArgument } from '../model/dataset.js';
import type { FitOptions } from '../model/fit.js';
import type { Logs } from '../model/history.js';
import { OptionError, type WasmgradError } from '../runtime/errors.js';
import { checkOptions, describeValue, isObject } from '../runtime/suggest.js';
import { takeRows, type RowData } from './rows.js';

/** What is trained and scored: a model of the library, or anything that does the same. */
export interface Trainable {
  fit(x: DataArgument, y: DataArgument, options?: FitOptions): unknown;
  evaluate(x: DataArgument, y: DataArgument, options?: { signal?: AbortSignal }): Logs | Promise<Logs>;
  dispose?(): void;
}

/** What a model is made for. */
export interface BuildContext {
  /** Seed of the model, another one for each fold. */
  seed: number;
  /** Number of the fold. */
  fold: number;
}

export interface FoldTaskOptions {
  /** Makes a compiled model anew. It is disposed of after its fold. */
  build: (context: BuildContext) => Trainable | Promise<Trainable>;
  /** Makes preprocessing anew, unfitted: it learns from the training part of its fold alone. */
  preprocessing?: (context: BuildContext) => PreprocessingStep;
  /** Options of `fit`; a function makes them anew for each fold, as callbacks with a memory of their own need. */
  fit?: FoldFit | ((context: BuildContext) => FoldFit);
  /** Score the training part as well; false by default. */
  scoreTraining?: boolean;
}

/** Options of `fit` within a fold. */
export type FoldFit = Omit<FitOptions, 'validationData' | 'signal' | 'sampleWeight' | 'resume'>;

/** What a fold is told. */
export interface FoldPayload {
  fold: number;
  train: Int32Array;
  test: Int32Array;
  /** Samples in all. */
  samples: number;
}

export interface FoldData {
  x: RowData;
  y: RowData;
}

/** What a fold comes to. */
export interface FoldScores {
  test: Logs;
  train?: Logs;
}

const FOLD_OPTIONS = ['build', 'preprocessing', 'fit', 'scoreTraining'];

const REFUSED = ['validationData', 'signal', 'sampleWeight', 'resume'];

/**
 * A fold as a function of a module, for executors that run elsewhere: export it, and give `crossValidate` its address.
 *
 * @example
 * // folds.js
 * export const fold = foldTask({ build: ({ seed }) => makeModel(seed), preprocessing: () => standardScaler(), fit: { epochs: 20 } });
 * // main.js
 * await crossValidate({ module: new URL('./folds.js', import.meta.url), name: 'fold' }, { x, y }, { executor: workers() });
 */
export function foldTask(options: FoldTaskOptions): TaskFunction<FoldPayload, FoldScores, FoldData> {
  const where = 'foldTask';
  checkOptions(where, options, FOLD_OPTIONS);
  const { build, preprocessing, scoreTraining = false } = options;
  checkMakers(where, options);
  return async ({ fold, train, test, samples }, { data, seed, signal }: TaskContext<FoldData>) => {
    const context = { seed, fold };
    const pick = (part: Int32Array) => ({
      x: takeRows('crossValidate: x', data.x, part, samples),
      y: takeRows('crossValidate: y', data.y, part, samples) as DataArgument,
    });
    const [known, held] = [pick(train), pick(test)];
    const step = newStep(preprocessing?.(context));
    step?.fit(known.x as never);
    const ready = (x: RowData) => (step ? step.transform(x as never) : x) as DataArgument;
    const model = await build(context);
    try {
      const xTrain = ready(known.x);
      if (!(await trains(model, xTrain, known.y, { ...fitOptions(options.fit, context), signal }))) return { test: {} };
      const scores = await model.evaluate(ready(held.x), held.y, { signal });
      if (!scoreTraining) return { test: scores };
      return { test: scores, train: await model.evaluate(xTrain, known.y, { signal }) };
    } finally {
      model.dispose?.();
    }
  };
}

/** The address of a task. Throws if options are given beside it that its module must give to `task`. */
export function checkReference<O extends object>(
  where: string,
  reference: TaskReference,
  options: O,
  names: readonly (keyof O & string)[],
  task: string,
): TaskReference {
  const given = names.filter((name) => options[name] !== undefined);
  if (given.length === 0) return reference;
  throw new OptionError(`${where}: give ${given.join(', ')} to the ${task} of the module instead.`);
}

/** Throws unless what is made anew for each fold is given as functions that make it. */
export function checkMakers(
  where: string,
  { build, preprocessing }: { build: unknown; preprocessing?: unknown },
): void {
  for (const [name, value] of Object.entries({ build, preprocessing })) {
    if (typeof value === 'function' || (name === 'preprocessing' && value === undefined)) continue;
    const hint = name === 'preprocessing' ? `: a fitted one would have seen held-out samples` : '';
    throw new OptionError(
      `${where}: ${name} must be a function that makes one anew${hint}, got ${describeValue(value)}.`,
    );
  }
}

/** A step that is new. One that has learned is refused: it may have seen what is held out. */
function newStep(step: PreprocessingStep | undefined): PreprocessingStep | undefined {
  if (!isObject(step) || step.state === undefined) return step;
  throw new OptionError(
    'crossValidate: preprocessing returned one that is fitted already, so held-out samples may leak. Make a new one each time.',
  );
}

function fitOptions(given: FoldTaskOptions['fit'], context: BuildContext): FoldFit {
  const options = (typeof given === 'function' ? given(context) : given) ?? {};
  const refused = REFUSED.find((name) => name in options);
  if (refused) throw new OptionError(`crossValidate: fit.${refused} cannot be given. The fold decides it.`);
  return options;
}

/** Whether training came to its end; false where the loss stopped being finite. */
async function trains(model: Trainable, x: DataArgument, y: DataArgument, options: FitOptions): Promise<boolean> {
  try {
    await model.fit(x, y, options);
    return true;
  } catch (error) {
    // By its code: the model may come from another copy of the library.
    if ((error as WasmgradError | undefined)?.code === 'NOT_FINITE') return false;
    throw error;
  }
}
