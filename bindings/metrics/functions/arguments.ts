// What functions of labels and predictions check before they count.

import { DataError, ShapeError } from '../../runtime/errors.js';
import { checkNumber } from '../../runtime/suggest.js';

/** Option of every metric function. */
export interface WeightedOptions {
  /** One weight >= 0 a sample; all 1 by default. */
  sampleWeight?: ArrayLike<number>;
}

/** Weights of `count` samples, and their sum. */
export interface Weights {
  of(sample: number): number;
  total: number;
}

const noSamples = (where: string): DataError => new DataError(`${where}: there are no samples. Give at least one.`);

export function readWeights(where: string, count: number, sampleWeight: ArrayLike<number> | undefined): Weights {
  if (count === 0) throw noSamples(where);
  if (sampleWeight === undefined) return { of: () => 1, total: count };
  checkLength(where, 'sampleWeight', sampleWeight, count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const weight = sampleWeight[i]!;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new DataError(`${where}: sampleWeight ${i} is ${weight}. Weights are finite and >= 0.`);
    }
    total += weight;
  }
  return { of: (sample) => sampleWeight[sample]!, total };
}

export function checkLength(where: string, what: string, values: ArrayLike<number>, expected: number): void {
  if (values?.length === expected) return;
  throw new ShapeError(`${where}: ${what} has ${values?.length} values, expected ${expected}.`);
}

/** Throws for a NaN or infinity: figures of them would mean nothing. */
export function checkFiniteValues(where: string, what: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new DataError(`${where}: ${what} ${i} is ${values[i]}.`);
  }
}

/** The number of classes: as given, or one more than the largest class number. Checks all class numbers. */
export function countOfClasses(
  where: string,
  classes: number | undefined,
  ...labels: readonly ArrayLike<number>[]
): number {
  if (classes !== undefined) checkNumber(where, 'classes', classes, { minimum: 1, integer: true });
  let largest = 0;
  for (const list of labels) {
    for (let i = 0; i < list.length; i++) {
      const label = list[i]!;
      if (!(Number.isInteger(label) && label >= 0 && label < (classes ?? Infinity))) {
        const range = classes === undefined ? 'from 0' : `0 to ${classes - 1}`;
        throw new DataError(`${where}: class number ${i} is ${label}. Classes are whole numbers ${range}.`);
      }
      largest = Math.max(largest, label);
    }
  }
  return classes ?? Math.max(2, largest + 1);
}

/** Classes of scores [samples, classes], row-major. */
export function columnsOf(where: string, scores: ArrayLike<number>, samples: number): number {
  if (samples === 0) throw noSamples(where);
  const columns = scores.length / samples;
  if (Number.isInteger(columns) && columns > 0) return columns;
  throw new ShapeError(`${where}: ${scores.length} scores for ${samples} samples. Give as many for each sample.`);
}

/** Labels of a yes/no problem with their scores. */
export function checkBinary(where: string, yTrue: ArrayLike<number>, yScore: ArrayLike<number>): void {
  checkLength(where, 'scores', yScore, yTrue.length);
  checkFiniteValues(where, 'score', yScore);
  for (let i = 0; i < yTrue.length; i++) {
    if (yTrue[i] !== 0 && yTrue[i] !== 1)
      throw new DataError(`${where}: label ${i} is ${yTrue[i]}. Labels are 0 or 1.`);
  }
}

/** Throws unless all values lie in [0, 1]. */
export function checkProbabilities(where: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!(values[i]! >= 0 && values[i]! <= 1)) {
      throw new DataError(
        `${where}: probability ${i} is ${values[i]}. Probabilities lie in [0, 1]; apply softmax or sigmoid.`,
      );
    }
  }
}
