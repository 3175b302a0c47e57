// What learning and validation curves share: models trained at several points with several seeds, and their figures.

import type { FitOptions, ValidationData } from '../model/fit.js';
import type { Model } from '../model/model.js';
import { DataError, NotFiniteError, OptionError } from '../runtime/errors.js';
import { momentsOf } from '../runtime/moments.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { figureName } from './figure.js';
import type { Samples } from './samples.js';

export interface CurveOptions {
  /** Data on which every trained model is evaluated. */
  validationData: ValidationData;
  /** Seeds to train with, each a run of its own; [0] by default. The spread needs at least two. */
  seeds?: readonly number[];
  /** Options of every `fit`. */
  fit?: Omit<FitOptions, 'validationData' | 'validationSplit' | 'signal' | 'sampleWeight'>;
  /** Figure of `evaluate` to follow; by default the accuracy, else the first metric, else the loss without penalties. */
  metric?: string;
  /** Called after each run. */
  onProgress?: (progress: CurveProgress) => void;
  /** Stops: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

export const CURVE_OPTIONS: readonly string[] = ['validationData', 'seeds', 'fit', 'metric', 'onProgress', 'signal'];

/** What a run came to. */
export interface CurveProgress {
  /** Runs that are done, this one included, and in all. */
  done: number;
  total: number;
  /** Number of the point and seed of this run. */
  point: number;
  seed: number;
  /** Its figures. */
  train: number;
  validation: number;
}

/** A figure at each point. */
export interface CurveFigures {
  /** Mean over seeds. */
  mean: number[];
  /** Sample standard deviation (over n - 1) over seeds; 0 with one seed. */
  spread: number[];
  /** By point and seed. NaN where training failed: the loss stopped being finite. */
  values: number[][];
}

/** Both figures of a curve. */
export interface Curve {
  /** The figure that was followed. */
  metric: string;
  seeds: readonly number[];
  /** On what was trained on, in evaluation mode. */
  train: CurveFigures;
  validation: CurveFigures;
}

/** A model and what to train it on. */
export interface CurveRun {
  model: Model;
  data: Samples;
}

/** Trains one model for each point and seed, evaluates it on both sides, and disposes of it. */
export async function traceCurve(
  where: string,
  points: number,
  makeRun: (point: number, seed: number) => Promise<CurveRun>,
  options: CurveOptions,
): Promise<Curve> {
  const { seeds = [0], onProgress, signal } = checkCurve(where, options);
  const values = { train: emptyRows(points), validation: emptyRows(points) };
  const total = points * seeds.length;
  let { metric } = options;
  for (let point = 0; point < points; point++) {
    for (const seed of seeds) {
      signal?.throwIfAborted();
      const { model, data } = await makeRun(point, seed);
      try {
        const figures = await trainAndEvaluate(where, model, data, options);
        metric ??= figures?.metric;
        const { train, validation } = figures ?? { train: NaN, validation: NaN };
        values.train[point]!.push(train);
        values.validation[point]!.push(validation);
        const done = point * seeds.length + values.train[point]!.length;
        onProgress?.({ done, total, point, seed, train, validation });
      } finally {
        model.dispose();
      }
    }
  }
  if (metric === undefined) {
    throw new DataError(
      `${where}: in every run the loss stopped being finite. Lower the learning rate, look at the data.`,
    );
  }
  return { metric, seeds: [...seeds], train: figuresOf(values.train), validation: figuresOf(values.validation) };
}

/** Throws unless `list` is an array of at least one. */
export function checkList(where: string, name: string, list: unknown): void {
  if (Array.isArray(list) && list.length > 0) return;
  throw new OptionError(`${where}: ${name} must be an array of at least one, got ${describeValue(list)}.`);
}

const emptyRows = (count: number): number[][] => Array.from({ length: count }, () => []);

function checkCurve(where: string, options: CurveOptions): CurveOptions {
  const { validationData, seeds = [0], fit = {} } = options;
  if (validationData === null || typeof validationData !== 'object') {
    throw new OptionError(`${where}: validationData must be { x, y }, got ${describeValue(validationData)}.`);
  }
  checkOptions(`${where}: validationData`, validationData, ['x', 'y', 'sampleWeight']);
  checkList(where, 'seeds', seeds);
  const range = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER, integer: true };
  seeds.forEach((seed, i) => checkNumber(where, `seed ${i}`, seed, range));
  for (const name of ['validationData', 'validationSplit', 'signal', 'sampleWeight']) {
    if (name in fit) throw new OptionError(`${where}: fit.${name} cannot be given. See the options of ${where}.`);
  }
  return options;
}

/** The figures after training; undefined where the loss stopped being finite. */
async function trainAndEvaluate(where: string, model: Model, { x, y }: Samples, options: CurveOptions) {
  const { validationData, fit = {}, signal } = options;
  const abort = signal ? { signal } : {};
  try {
    await model.fit(x, y, { ...fit, ...abort });
  } catch (error) {
    if (error instanceof NotFiniteError) return undefined;
    throw error;
  }
  const train = await model.evaluate(x, y, abort);
  const { sampleWeight } = validationData;
  const validation = await model.evaluate(validationData.x, validationData.y, { ...abort, sampleWeight });
  const metric = figureName(where, train, options.metric);
  return { metric, train: train[metric]!, validation: validation[metric]! };
}

function figuresOf(values: number[][]): CurveFigures {
  const moments = values.map(momentsOf);
  return { mean: moments.map(({ mean }) => mean), spread: moments.map(({ spread }) => spread), values };
}
