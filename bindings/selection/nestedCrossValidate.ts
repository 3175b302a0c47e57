import type { Fold } from '../data/splits/folds.js';
import { taskSeed } from '../executors/executor.js';
import { figureName } from '../diagnosis/figure.js';
import { isBetter, resolveMode, worstOf, type MonitorMode } from '../model/callbacks/monitor.js';
import { DataError, OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { checkData, crossValidate, type CrossValidation } from './crossValidate.js';
import { allIndices, resolveFolds, type FoldPlan } from './foldPlan.js';
import type { BuildContext, FoldData, FoldTaskOptions, Trainable } from './foldTask.js';
import { countSamples, labelsOf, takeRows } from './rows.js';

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
  preprocessing?: (setting: S) => ReturnType<NonNullable<FoldTaskOptions['preprocessing']>>;
  fit?: FoldTaskOptions['fit'];
  seed?: number;
  confidence?: number;
  signal?: AbortSignal;
}

export interface NestedCrossValidation<S> extends CrossValidation {
  /** By outer fold: the setting that was chosen, its number, and the inner means of all settings. */
  choices: { setting: S; index: number; means: number[] }[];
  metric: string;
}

const WHERE = 'nestedCrossValidate';
const OPTIONS = [
  'settings',
  'outer',
  'inner',
  'metric',
  'mode',
  'preprocessing',
  'fit',
  'seed',
  'confidence',
  'signal',
];

/**
 * Scores a choice of settings along with the training: within each outer fold, inner cross-validation of the training part picks a
 * setting, a model is trained with it on that whole part, and scored on samples that neither has seen. The score of the best setting
 * of a plain cross-validation flatters: it was chosen for its luck, too (Cawley & Talbot 2010, "On over-fitting in model selection").
 *
 * @throws OptionError for no settings, folds as inner, and unknown options.
 * @example
 * const nested = await nestedCrossValidate((width, { seed }) => makeModel(width, seed), { x, y }, { settings: [8, 32, 128], fit: { epochs: 20 } });
 * nested.test.accuracy.mean; nested.choices.map(({ setting }) => setting);
 */
export async function nestedCrossValidate<S>(
  build: (setting: S, context: BuildContext) => Trainable | Promise<Trainable>,
  data: FoldData,
  options: NestedCrossValidateOptions<S>,
): Promise<NestedCrossValidation<S>> {
  checkOptions(WHERE, options, OPTIONS);
  const { settings, outer: plan = 5, inner = 5, seed = 0, preprocessing, fit, signal, confidence = 0.95 } = options;
  if (!Array.isArray(settings) || settings.length === 0) {
    throw new OptionError(`${WHERE}: settings must be an array of at least one, got ${describeValue(settings)}.`);
  }
  if (typeof inner !== 'number' && typeof inner !== 'function') {
    throw new OptionError(`${WHERE}: inner must be a number or a function: each outer fold has samples of its own.`);
  }
  checkNumber(WHERE, 'confidence', confidence, { above: 0, below: 1 });
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
  const outer = resolveFolds(WHERE, plan, sourceOf(allIndices(samples)), seed);
  let metric = options.metric;
  const validate = (setting: S, own: FoldData, folds: readonly Fold[], ownSeed: number) =>
    crossValidate((context) => build(setting, context), own, {
      folds,
      seed: ownSeed,
      confidence,
      ...(preprocessing && { preprocessing: () => preprocessing(setting) }),
      ...(fit && { fit }),
      ...(signal && { signal }),
    });

  /** The number of the best setting for an outer training part. */
  async function choose(train: Int32Array, foldSeed: number): Promise<{ index: number; means: number[] }> {
    const part = { x: takeRows(WHERE, data.x, train, samples), y: takeRows(WHERE, data.y, train, samples) };
    const folds = resolveFolds(`${WHERE}: inner`, inner, sourceOf(train), foldSeed);
    const means: number[] = [];
    for (const setting of settings) {
      const { test } = await validate(setting, part, folds, foldSeed);
      const names = Object.keys(test);
      if (names.length > 0) metric = figureName(WHERE, Object.fromEntries(names.map((name) => [name, 0])), metric);
      means.push(test[metric ?? '']?.mean ?? NaN);
    }
    if (metric === undefined) throw new DataError(`${WHERE}: with every setting the loss stopped being finite.`);
    const mode = resolveMode(WHERE, metric, options.mode ?? 'auto');
    let [index, best] = [0, worstOf(mode)];
    means.forEach((mean, i) => {
      if (isBetter(mode, mean, best)) [index, best] = [i, mean];
    });
    return { index, means };
  }

  const choices: NestedCrossValidation<S>['choices'] = [];
  for (const [fold, { train }] of outer.entries()) {
    const { index, means } = await choose(Int32Array.from(train), taskSeed(seed, fold));
    choices.push({ setting: settings[index] as S, index, means });
  }
  const scored = await crossValidate((context) => build(choices[context.fold]!.setting, context), data, {
    folds: outer,
    seed,
    confidence,
    ...(preprocessing && { preprocessing: ({ fold }: BuildContext) => preprocessing(choices[fold]!.setting) }),
    ...(fit && { fit }),
    ...(signal && { signal }),
  });
  return { ...scored, choices, metric: metric ?? 'loss' };
}
