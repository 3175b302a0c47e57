import { DataError, OptionError } from '../../runtime/errors.js';
import { configOf, type NamedConfig } from '../../runtime/named.js';
import { checkNumber, checkOptions, describeValue, isObject } from '../../runtime/suggest.js';
import type { Callback, Logs } from '../history.js';
import type { Model } from '../model.js';
import { readCount, readList, readNumber, readObject } from '../saving/fields.js';
import { isBetter, readMonitor, resolveMode, worstOf, type MonitorMode } from './monitor.js';
import { criterionFromConfig, type StoppingCriterion } from './stoppingCriteria.js';
import { copyParameters } from './weights.js';

export interface EarlyStoppingOptions {
  /** Figure of the history to follow; `val_loss` by default. */
  monitor?: string;
  /** Epochs without improvement after which training ends, at least 1; 1 by default. Not with `criterion`. */
  patience?: number;
  /** An epoch improves only if it is better than the best by more than this; 0 by default. */
  minDelta?: number;
  /** Figure that must be beaten too for an epoch to end the wait. Not with `criterion`. */
  baseline?: number;
  /** Whether the figure is to fall or to rise; by its name by default. */
  mode?: MonitorMode;
  /** Epochs before this one, counted from 0, are not watched: a warm-up. 0 by default. */
  startFromEpoch?: number;
  /** Give the model the weights of the best epoch when training ends; false by default. */
  restoreBest?: boolean;
  /** Share of the past in the exponential moving average that is watched in place of the figure, in [0, 1); 0 by default. */
  smoothing?: number;
  /** When to stop, in place of patience: `generalizationLoss`, `progressQuotient`, `successiveIncreases`, or the config of one. */
  criterion?: StoppingCriterion | NamedConfig;
}

/** The callback, and what it has seen in the last run. */
export interface EarlyStopping extends Callback {
  /** Best value of the watched figure (smoothed, if so asked); undefined before there is one. */
  readonly best: number | undefined;
  /** Epoch of the best value. */
  readonly bestEpoch: number | undefined;
  /** Epoch after which it ended training; undefined if it did not. */
  readonly stoppedEpoch: number | undefined;
}

const OPTIONS = [
  'monitor',
  'patience',
  'minDelta',
  'baseline',
  'mode',
  'startFromEpoch',
  'restoreBest',
  'smoothing',
  'criterion',
];

/** m_t = beta m_(t-1) + (1 - beta) x_t, divided by 1 - beta^t. Values that are not finite leave no trace. */
function smooth(run: { average: number; decay: number }, beta: number, value: number): number {
  if (!Number.isFinite(value)) return value;
  run.average = beta * run.average + (1 - beta) * value;
  run.decay *= beta;
  return run.average / (1 - run.decay);
}

/** What is kept from epoch to epoch: plain values and copies of weights. */
interface Run {
  /** Of the smoothing. */
  average: number;
  decay: number;
  values: number[];
  training: number[];
  best: number | undefined;
  bestEpoch: number | undefined;
  stoppedEpoch: number | undefined;
  weights: Record<string, Float32Array> | undefined;
  wait: number;
}

const begin = (): Run => ({
  average: 0,
  decay: 1,
  values: [],
  training: [],
  best: undefined,
  bestEpoch: undefined,
  stoppedEpoch: undefined,
  weights: undefined,
  wait: 0,
});

/** A state that was saved, checked. */
function readRun(state: unknown, model: Model): Run {
  const path = 'earlyStopping';
  const { average, decay, values, training, best, bestEpoch, stoppedEpoch, weights, wait } = readObject(state, path);
  const numbers = (list: unknown, name: string) =>
    readList(list, name).map((value) => readNumber(value, `${path}.${name}`));
  const optional = (value: unknown, name: string) =>
    value === undefined ? undefined : readNumber(value, `${path}.${name}`);
  return {
    average: readNumber(average, `${path}.average`),
    decay: readNumber(decay, `${path}.decay`),
    values: numbers(values, 'values'),
    training: numbers(training, 'training'),
    best: optional(best, 'best'),
    bestEpoch: optional(bestEpoch, 'bestEpoch'),
    stoppedEpoch: optional(stoppedEpoch, 'stoppedEpoch'),
    weights: weights === undefined ? undefined : readWeights(readObject(weights, `${path}.weights`), model),
    wait: readCount(wait, `${path}.wait`),
  };
}

/** Copies of all parameters of the model. */
function readWeights(given: Readonly<Record<string, unknown>>, model: Model): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(model.parameters()).map(([path, { length }]) => {
      const values = Object.hasOwn(given, path) ? given[path] : undefined;
      if (values instanceof Float32Array && values.length === length) return [path, values.slice()];
      throw new DataError(`earlyStopping.weights: expected ${length} values of ${path}`);
    }),
  );
}

function readCriterion(where: string, given: EarlyStoppingOptions['criterion']): StoppingCriterion | undefined {
  if (given === undefined) return undefined;
  if (isObject(given)) {
    if ('isDue' in given && typeof given.isDue === 'function') return given as StoppingCriterion;
    if (typeof given.name === 'string' && isObject(given.config))
      return criterionFromConfig(where, given as NamedConfig);
  }
  throw new OptionError(`${where}: criterion must be one such as generalizationLoss(), got ${describeValue(given)}.`);
}

function checkEarlyStopping(options: EarlyStoppingOptions) {
  const where = 'earlyStopping';
  checkOptions(where, options, OPTIONS);
  const { monitor = 'val_loss', baseline } = options;
  const criterion = readCriterion(where, options.criterion);
  const mode = resolveMode(where, monitor, options.mode ?? 'auto');
  const count = { minimum: 0, integer: true };
  const patience = Math.max(1, checkNumber(where, 'patience', options.patience ?? 1, count));
  const minDelta = checkNumber(where, 'minDelta', options.minDelta ?? 0, { minimum: 0 });
  const startFromEpoch = checkNumber(where, 'startFromEpoch', options.startFromEpoch ?? 0, count);
  const smoothing = checkNumber(where, 'smoothing', options.smoothing ?? 0, { minimum: 0, below: 1 });
  if (baseline !== undefined) checkNumber(where, 'baseline', baseline);
  if (criterion) {
    if (options.patience !== undefined || baseline !== undefined) {
      throw new OptionError(`${where}: give patience and baseline, or criterion, not both.`);
    }
    if (criterion.needsError && mode === 'max') {
      throw new OptionError(
        `${where}: ${criterion.name} divides by an error, which is to fall. Monitor a loss such as 'val_loss', not '${monitor}'.`,
      );
    }
  }
  const { restoreBest = false } = options;
  return { where, monitor, criterion, baseline, mode, patience, minDelta, startFromEpoch, smoothing, restoreBest };
}

/** Values of the figure in the training data, for the criteria that ask for them. */
function readTraining(where: string, logs: Logs, monitor: string): number {
  if (monitor.startsWith('val_')) return readMonitor(where, logs, monitor.slice('val_'.length));
  throw new OptionError(
    `${where}: the criterion compares a figure of the validation data with that of training. Monitor 'val_loss', not '${monitor}'.`,
  );
}

/**
 * Ends training when a figure stops improving: after `patience` epochs in a row without a value that is better than the best
 * by more than `minDelta` (and better than `baseline`, if given), or when `criterion` says so.
 *
 * - `smoothing` watches the exponential moving average of the figure with bias correction, of all epochs, so that one
 *   lucky epoch is not taken for the best.
 * - `restoreBest` puts back, byte by byte, all parameters of the best epoch, moving moments included, however training ends
 *   short of an error. Optimiser states stay those of the last step.
 * - A value that is NaN is no improvement.
 *
 * A figure that the logs do not have is an OptionError that lists those there are.
 *
 * @example
 * await model.fit(x, y, {
 *   epochs: 200,
 *   validationSplit: 0.2,
 *   callbacks: [earlyStopping({ patience: 5, restoreBest: true })],
 * });
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  const config = checkEarlyStopping(options);
  const { where, monitor, criterion, baseline, mode, patience, minDelta, startFromEpoch, restoreBest } = config;
  let run = begin();

  /** Notes the epoch, and says whether training is to end. */
  const watch = (epoch: number, value: number, model: Model): boolean => {
    run.wait++;
    if (isBetter(mode, value, run.best ?? worstOf(mode), run.best === undefined ? 0 : minDelta)) {
      run.best = value;
      run.bestEpoch = epoch;
      if (restoreBest) run.weights = copyParameters(model);
      if (baseline === undefined || isBetter(mode, value, baseline)) run.wait = 0;
    }
    if (!criterion) return run.wait >= patience;
    run.values.push(Number.isFinite(value) ? value : worstOf(mode));
    if (criterion.needsError && value < 0) {
      throw new OptionError(`${where}: ${criterion.name} divides by an error; '${monitor}' is ${value}, below 0.`);
    }
    return criterion.isDue({ values: run.values, training: run.training, mode });
  };

  return {
    name: where,
    origin: {
      name: where,
      config: { ...options, ...(criterion?.config && { criterion: configOf(criterion as NamedConfig) }) },
    },
    get best() {
      return run.best;
    },
    get bestEpoch() {
      return run.bestEpoch;
    },
    get stoppedEpoch() {
      return run.stoppedEpoch;
    },
    state: () => structuredClone(run),
    loadState(state, { model, stop }) {
      run = readRun(state, model);
      // It had ended training already when the run was saved.
      if (run.stoppedEpoch !== undefined) stop();
    },
    onTrainBegin() {
      run = begin();
    },
    onEpochEnd(epoch, logs, { model, stop }) {
      const value = smooth(run, config.smoothing, readMonitor(where, logs, monitor));
      const training = criterion?.needsTraining ? readTraining(where, logs, monitor) : undefined;
      if (epoch < startFromEpoch) return;
      if (training !== undefined) run.training.push(training);
      if (!watch(epoch, value, model)) return;
      run.stoppedEpoch = epoch;
      stop();
    },
    onTrainEnd(_, { model }) {
      if (!run.weights) return;
      const views = model.parameters();
      for (const [path, values] of Object.entries(run.weights)) views[path]!.set(values);
      delete run.weights;
    },
  };
}
