import type { BatchStream } from '../model/dataset.js';
import type { ValidationData } from '../model/fit.js';
import { isStream } from '../model/streams.js';
import type { Logs } from '../model/history.js';
import type { EvaluateOptions, Model } from '../model/model.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import { diagnoseErrors, type Diagnosis } from './diagnoseErrors.js';
import { isScore } from '../metrics/scores.js';
import { figureName } from './figure.js';

export interface DiagnoseOptions extends Pick<EvaluateOptions, 'batchSize' | 'signal'> {
  /** What the model was trained on. */
  train: ValidationData | BatchStream;
  /** Data that are distributed as those for training, but were not trained on. Tells variance from data mismatch. */
  trainDev?: ValidationData | BatchStream;
  /** The data that matter. */
  dev: ValidationData | BatchStream;
  /** The least error that any model could have, such as that of people; 0 by default. */
  bayesError?: number;
  /** Figure of `evaluate` to compare; by default the accuracy, else the first metric, else the loss without penalties. */
  metric?: string;
  /** Makes an error of the figure; by default 1 - value for accuracy, F1, AUC, R² and their like, else the value. */
  toError?: (value: number) => number;
  /** Differences up to this are no problem; 0 by default. */
  tolerance?: number;
}

/** A diagnosis with the figures that it was made of. */
export interface ModelDiagnosis extends Diagnosis {
  /** The figure that was compared. */
  metric: string;
  /** All figures of the evaluations. */
  figures: { train: Logs; trainDev: Logs | undefined; dev: Logs };
}

const WHERE = 'diagnose';
const OPTIONS = ['train', 'trainDev', 'dev', 'bayesError', 'metric', 'toError', 'tolerance', 'batchSize', 'signal'];

/**
 * Evaluates a model (dropout and noise off, moving moments) on what it was trained on and on other data, and names the
 * largest of avoidable bias, variance and data mismatch with the remedies to try next. See `diagnoseErrors`.
 *
 * @throws OptionError for unknown options or metrics; what `evaluate` throws for bad data.
 * @example
 * const diagnosis = await diagnose(model, { train: { x, y }, dev: { x: xDev, y: yDev }, bayesError: 0.01 });
 * console.log(diagnosis.format());
 */
export async function diagnose(model: Model, options: DiagnoseOptions): Promise<ModelDiagnosis> {
  checkOptions(WHERE, options, OPTIONS);
  const { train, trainDev, dev, metric, bayesError, tolerance } = options;
  const evaluate = (name: string, data: ValidationData | BatchStream) => evaluateOn(model, name, data, options);
  const figures = {
    train: await evaluate('train', train),
    trainDev: trainDev === undefined ? undefined : await evaluate('trainDev', trainDev),
    dev: await evaluate('dev', dev),
  };
  const name = figureName(WHERE, figures.train, metric);
  const toError = options.toError ?? (isScore(name) ? (value: number) => 1 - value : (value: number) => value);
  const diagnosis = diagnoseErrors({
    train: toError(figures.train[name]!),
    ...(figures.trainDev && { trainDev: toError(figures.trainDev[name]!) }),
    dev: toError(figures.dev[name]!),
    ...(bayesError !== undefined && { bayesError }),
    ...(tolerance !== undefined && { tolerance }),
  });
  return { ...diagnosis, metric: name, figures };
}

async function evaluateOn(
  model: Model,
  name: string,
  data: ValidationData | BatchStream | undefined,
  { batchSize, signal }: DiagnoseOptions,
): Promise<Logs> {
  const options = { ...(batchSize !== undefined && { batchSize }), ...(signal && { signal }) };
  if (isStream(data)) return model.evaluate(data, options);
  if (data === null || typeof data !== 'object') {
    throw new OptionError(`${WHERE}: ${name} must be { x, y } or a stream of batches, got ${describeValue(data)}.`);
  }
  checkOptions(`${WHERE}: ${name}`, data, ['x', 'y', 'sampleWeight']);
  const { x, y, sampleWeight } = data;
  return model.evaluate(x, y, { ...options, sampleWeight });
}
