// What an ensemble is made of: anything that fits targets and predicts. Models of the library are brought to this form.

import type { FitOptions } from '../model/fit.js';
import { sizeOf } from '../graph/shape.js';
import { Model, partsOf, predictorPartsOf } from '../model/model.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { exp } from '../runtime/math.js';
import { describeValue } from '../runtime/suggest.js';
import type { EnsembleTask, Samples, Targets } from './samples.js';

export interface EstimatorFit {
  /** Weight of each sample; 1 each by default. */
  sampleWeight?: Float32Array | undefined;
  signal?: AbortSignal | undefined;
}

/** Predictions of an estimator: probabilities [samples, classes] or values [samples, outputs], row-major. */
export interface EstimatedValues {
  data: Float64Array;
  columns: number;
}

/** The same rows with as many columns: of classes that an estimator has not seen the probability is 0. */
export function widen(values: EstimatedValues, columns: number): EstimatedValues {
  if (values.columns >= columns) return values;
  const rows = values.data.length / values.columns;
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    data.set(values.data.subarray(row * values.columns, (row + 1) * values.columns), row * columns);
  }
  return { data, columns };
}

/** What can be saved of an estimator: plain values and typed arrays. */
export interface EstimatorState {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Fits targets and predicts; probabilities for classes. */
export interface Estimator {
  fit(x: Samples, y: Targets, options: EstimatorFit): Promise<void>;
  predict(x: Samples, signal?: AbortSignal): Promise<EstimatedValues>;
  save(): Promise<EstimatorState>;
  dispose(): void;
}

/** Makes the estimator of a number; its seed differs from that of the others. */
export type EstimatorBuilder = (seed: number, index: number) => Model | Estimator;

/** How the outputs of a model become values or probabilities. */
export type Link = 'identity' | 'sigmoid' | 'probability' | 'softmax';

const isEstimator = (value: unknown): value is Estimator =>
  typeof value === 'object' && value !== null && ['fit', 'predict', 'save'].every((name) => name in value);

/** The estimator that a builder made; compiled models are wrapped, with what their `fit` is to be given. */
export function asEstimator(where: string, made: unknown, task: EnsembleTask, fit: FitOptions): Estimator {
  if (made instanceof Model) return new ModelEstimator(made, task, fit);
  if (isEstimator(made)) return made;
  throw new OptionError(`${where}: build must return a compiled model or an estimator, got ${describeValue(made)}.`);
}

/** A model of the library. */
export class ModelEstimator implements Estimator {
  constructor(
    readonly model: Model,
    private readonly task: EnsembleTask,
    private readonly fitOptions: FitOptions,
    /** Known of a model that was loaded, which is not compiled. */
    private link?: Link,
  ) {}

  async fit(x: Samples, y: Targets, { sampleWeight, signal }: EstimatorFit): Promise<void> {
    this.model.build(x.sampleShape);
    const options = {
      ...this.fitOptions,
      ...(sampleWeight && { sampleWeight }),
      ...(signal && { signal }),
    };
    await this.model.fit(x.data, this.labelsOf(y), options);
  }

  async predict({ data, count, sampleShape }: Samples, signal?: AbortSignal): Promise<EstimatedValues> {
    this.model.build(sampleShape);
    const prediction = await this.model.predict(data, signal ? { signal } : {});
    if (prediction.shape[0] !== count) {
      throw new ShapeError(
        `${this.model.name}: ${prediction.shape[0]} predictions for ${count} samples. Its inputShape is not that of the data.`,
      );
    }
    const columns = prediction.data.length / count;
    return linked(prediction.data, columns, this.resolveLink(columns));
  }

  async save(): Promise<EstimatorState> {
    const file = await this.model.save();
    const { network } = predictorPartsOf(this.model, 'save');
    return { kind: 'model', file, link: this.resolveLink(sizeOf(network.outputs[0]!.shape)) };
  }

  dispose(): void {
    this.model.dispose();
  }

  private resolveLink(columns: number): Link {
    return (this.link ??= this.task === 'regression' ? 'identity' : this.linkOfLoss(columns));
  }

  private linkOfLoss(columns: number): Link {
    const { fromLogits } = partsOf(this.model, 'predict').objectives[0]!.loss;
    if (columns === 1) return fromLogits ? 'sigmoid' : 'probability';
    return fromLogits ? 'softmax' : 'identity';
  }

  /** Class numbers as the loss wants them. */
  private labelsOf(y: Targets): Int32Array | Float32Array {
    const { network, objectives } = partsOf(this.model, 'fit');
    const columns = network.outputs[0]!.shape.at(-1)!;
    if (!(y.data instanceof Int32Array)) return Float32Array.from(y.data);
    if (objectives[0]!.loss.labels === 'classes' || columns === 1) return y.data;
    const rows = new Float32Array(y.count * columns);
    y.data.forEach((label, i) => (rows[i * columns + label] = 1));
    return rows;
  }
}

/** Outputs as values or probabilities in float64; one logit or probability becomes those of two classes. */
function linked(outputs: Float32Array, columns: number, link: Link): EstimatedValues {
  if (link === 'softmax') return { data: softmaxRows(outputs, columns), columns };
  if (link === 'sigmoid') return { data: ofTwo(Float64Array.from(outputs, sigmoid)), columns: 2 };
  if (link === 'probability') return { data: ofTwo(outputs), columns: 2 };
  return { data: Float64Array.from(outputs), columns };
}

export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));

const ofTwo = (ofTrue: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: 2 * ofTrue.length }, (_, i) => (i % 2 ? ofTrue[i >> 1]! : 1 - ofTrue[i >> 1]!));

/** e^x of each row over its sum, without overflow. */
export function softmaxRows(scores: ArrayLike<number>, columns: number): Float64Array {
  const probabilities = new Float64Array(scores.length);
  for (let begin = 0; begin < scores.length; begin += columns) {
    let [top, sum] = [-Infinity, 0];
    for (let c = 0; c < columns; c++) top = Math.max(top, scores[begin + c]!);
    for (let c = 0; c < columns; c++) sum += probabilities[begin + c] = exp(scores[begin + c]! - top);
    for (let c = 0; c < columns; c++) probabilities[begin + c]! /= sum;
  }
  return probabilities;
}
