import type { Fold } from '../data/splits/folds.js';
import { checkExecutor, isReference, taskSeed, type Executor, type TaskReference } from '../executors/executor.js';
import { inline } from '../executors/inline.js';
import { runAll } from '../executors/runAll.js';
import { figureName } from '../diagnosis/figure.js';
import { isBetter, resolveMode, worstOf, type MonitorMode } from '../model/callbacks/monitor.js';
import { DataError, OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { checkData, summarize, type CrossValidation } from './crossValidate.js';
import { allIndices, resolveFolds, type FoldPlan } from './foldPlan.js';
import { checkReference, type FoldData, type FoldScores } from './foldTask.js';
import { nestedFoldTask, type NestedFoldPayload, type NestedFoldTaskOptions } from './nestedFoldTask.js';
import { countSamples, labelsOf } from './rows.js';

export interface NestedCrossValidateOptions<S> {
  /** What to choose from, at least one. */
  settings: readonly S[];
  /** Folds whose held-out parts score the whole procedure; 5 by default. */
  outer?: FoldPlan;
  /** Folds of each outer training part, by which a setting is chosen; 5 by default. Not folds as such: a number or a function. */
  inner?: Exclude<FoldPlan, readonly Fold[]>;
  /** Figure to choose by; by default the accuracy, else the first metric, else the loss without penalties. */
  metric?: string;
  /** Whether it is to rise; `auto` goes by its name. */
  mode?: MonitorMode;
  preprocessing?: NestedFoldTaskOptions<S>['preprocessing'];
  fit?: NestedFoldTaskOptions<S>['fit'];
  seed?: number;
  confidence?: number;
  /** Where folds are trained; `inline()` by default. Another one needs a `nestedFoldTask` of a module in the place of `build`. */
  executor?: Executor;
  signal?: AbortSignal;
}

export interface NestedCrossValidation<S> extends CrossValidation {
  /** By outer fold: the setting that was chosen, its number, and the inner means of all settings. */
  choices: { setting: S; index: number; means: number[] }[];
  metric: string;
}

const WHERE = 'nestedCrossValidate';
const TASK_OPTIONS = ['preprocessing', 'fit'] as const;
const OPTIONS = [
  ...['settings', 'outer', 'inner', 'metric', 'mode', 'seed', 'confidence', 'executor', 'signal'],
  ...TASK_OPTIONS,
];

/**
 * Scores a choice of settings along with the training: within each outer fold, inner cross-validation of the training part picks a
 * setting, a model is trained with it on that whole part, and scored on samples that neither has seen. The score of the best setting
 * of a plain cross-validation flatters: it was chosen for its luck, too (Cawley & Talbot 2010, "On over-fitting in model selection").
 *
 * Inner folds of all outer folds and settings are independent of each other, and so are the outer folds once their settings are
 * chosen: an executor runs them at once, with the same bits as one after another.
 *
 * @param build Makes a compiled model with a setting; or the address of a `nestedFoldTask` for executors that run elsewhere.
 * @throws OptionError for no settings, folds as inner, and unknown options.
 * @example
 * const nested = await nestedCrossValidate((width, { seed }) => makeModel(width, seed), { x, y }, { settings: [8, 32, 128], fit: { epochs: 20 } });
 * nested.test.accuracy.mean; nested.choices.map(({ setting }) => setting);
 */
export async function nestedCrossValidate<S>(
  build: NestedFoldTaskOptions<S>['build'] | TaskReference,
  data: FoldData,
  options: NestedCrossValidateOptions<S>,
): Promise<NestedCrossValidation<S>> {
  const { settings, inner, executor, confidence, seed } = resolveOptions(options);
  checkData(data);
  const samples = countSamples(WHERE, data.x, data.y);
  const sourceOf = (indices: Int32Array) => ({
    samples: indices.length,
    indices,
    get labels() {
      const labels = labelsOf(WHERE, data.y, samples);
      return Float64Array.from(indices, (index) => labels[index]!);
    },
  });
  const outer = resolveFolds(WHERE, options.outer ?? 5, sourceOf(allIndices(samples)), seed);
  const run = taskOf(build, options);
  /** Trains and scores on so many folds at once, each with its setting. */
  const score = (jobs: readonly Job<S>[], check?: (scores: FoldScores) => void): Promise<FoldScores[]> =>
    runAll(executor, jobs.length, options.signal, async (number, signal) => {
      const { seed: own, ...job } = jobs[number]!;
      const payload: NestedFoldPayload<S> = { ...job, samples };
      const scores = await executor.run({ run, payload, seed: own, data }, { signal });
      check?.(scores);
      return scores;
    });

  const parts = outer.map(({ train }, fold) => {
    const rows = Int32Array.from(train);
    const own = taskSeed(seed, fold);
    return { seed: own, folds: placed(resolveFolds(`${WHERE}: inner`, inner, sourceOf(rows), own), rows) };
  });
  const jobs = parts.flatMap((part) => settings.flatMap((setting) => jobsOf(part, () => setting)));
  const innerScores = await score(jobs, checkMetric(options.metric));
  const { choices, metric } = chooseSettings(settings, parts, innerScores, { ...options, confidence });
  const whole = { seed, folds: placed(outer, allIndices(samples)) };
  const scores = await score(jobsOf(whole, (fold) => choices[fold]!.setting));
  return { ...summarize(scores, outer, confidence), choices, metric };
}

/** One model to train and score: a fold with a setting, and its seed. */
interface Job<S> extends Omit<NestedFoldPayload<S>, 'samples'> {
  seed: number;
}

/** What is divided into folds: all samples, or an outer training part. */
interface Part {
  seed: number;
  /** By places in the data. */
  folds: readonly Fold[];
}

/** Folds of some rows, by the places of these in the data. */
const placed = (folds: readonly Fold[], rows: Int32Array): Fold[] =>
  folds.map(({ train, test }) => ({
    train: Int32Array.from(train, (index) => rows[index]!),
    test: Int32Array.from(test, (index) => rows[index]!),
  }));

const jobsOf = <S>({ seed, folds }: Part, settingOf: (fold: number) => S): Job<S>[] =>
  folds.map(({ train, test }, fold) => ({ setting: settingOf(fold), fold, seed: taskSeed(seed, fold), train, test }));

function resolveOptions<S>(options: NestedCrossValidateOptions<S>) {
  checkOptions(WHERE, options, OPTIONS);
  const { settings, inner = 5, seed = 0, confidence = 0.95, executor = inline() } = options;
  if (!Array.isArray(settings) || settings.length === 0) {
    throw new OptionError(`${WHERE}: settings must be an array of at least one, got ${describeValue(settings)}.`);
  }
  if (typeof inner !== 'number' && typeof inner !== 'function') {
    throw new OptionError(`${WHERE}: inner must be a number or a function: each outer fold has samples of its own.`);
  }
  checkExecutor(WHERE, executor);
  checkNumber(WHERE, 'confidence', confidence, { above: 0, below: 1 });
  return { settings: settings as readonly S[], inner, seed, confidence, executor };
}

function taskOf<S>(build: NestedFoldTaskOptions<S>['build'] | TaskReference, options: NestedCrossValidateOptions<S>) {
  if (isReference(build)) return checkReference(WHERE, build, options, TASK_OPTIONS, 'nestedFoldTask');
  const { preprocessing, fit } = options;
  return nestedFoldTask({ build, ...(preprocessing && { preprocessing }), ...(fit && { fit }) });
}

/** Throws with the first scores where they lack the figure to choose by, rather than after hours. */
const checkMetric =
  (metric: string | undefined) =>
  ({ test }: FoldScores): void =>
    void (Object.keys(test).length > 0 && figureName(WHERE, test, metric));

/** The best setting of each outer training part. `scores`: by part, setting and fold. */
function chooseSettings<S>(
  settings: readonly S[],
  parts: readonly Part[],
  scores: readonly FoldScores[],
  {
    metric: wanted,
    mode: wantedMode = 'auto',
    confidence,
  }: Pick<NestedCrossValidateOptions<S>, 'metric' | 'mode'> & { confidence: number },
): Pick<NestedCrossValidation<S>, 'choices' | 'metric'> {
  let metric = wanted;
  let begin = 0;
  const choices = parts.map(({ folds }) => {
    const means = settings.map(() => {
      const own = scores.slice(begin, (begin += folds.length));
      const { test } = summarize(own, folds, confidence);
      if (Object.keys(test).length > 0) metric = figureName(WHERE, test, metric);
      return test[metric ?? '']?.mean ?? NaN;
    });
    if (metric === undefined) throw new DataError(`${WHERE}: with every setting the loss stopped being finite.`);
    const mode = resolveMode(WHERE, metric, wantedMode);
    let [index, best] = [0, worstOf(mode)];
    means.forEach((mean, i) => {
      if (isBetter(mode, mean, best)) [index, best] = [i, mean];
    });
    return { setting: settings[index]!, index, means };
  });
  return { choices, metric: metric ?? 'loss' };
}
