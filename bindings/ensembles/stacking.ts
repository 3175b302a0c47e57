// Out-of-fold predictions: each model predicts samples that it was not fitted on, so that a meta-model learns from honest
// ones.

import type { ArrayData, NdArray } from '../data/arrays.js';
import { toMatrix, type Matrix } from '../data/matrix.js';
import { foldsOf } from '../data/splits/folds.js';
import { ShapeError } from '../runtime/errors.js';

/** Fits a model and returns how it predicts: one value a sample. */
export type Learner = (x: NdArray, y: NdArray) => (x: NdArray) => ArrayLike<number> | PromiseLike<ArrayLike<number>>;

const take = ({ data, columns }: Matrix, rows: ArrayLike<number>): NdArray => ({
  data: Float64Array.from(Array.from(rows).flatMap((row) => [...data.subarray(row * columns, (row + 1) * columns)])),
  shape: [rows.length, columns],
});

/**
 * Predictions [samples, learners] row-major, each made by a model that was fitted without the sample's fold. Wolpert 1992.
 *
 * @param testFold The fold in which each sample is held out, 0 .. folds - 1.
 * @throws ShapeError if samples, targets and folds differ in number.
 * @example outOfFold([(x, y) => ridge(x, y).predict], x, y, testFold)
 */
export async function outOfFold(
  learners: readonly Learner[],
  x: ArrayData,
  y: ArrayData,
  testFold: ArrayLike<number>,
): Promise<Float64Array> {
  const [samples, targets] = [toMatrix('outOfFold', x), toMatrix('outOfFold', y)];
  if (samples.rows !== targets.rows || samples.rows !== testFold.length) {
    throw new ShapeError(
      `outOfFold: ${samples.rows} samples, ${targets.rows} targets and ${testFold.length} folds. Give one each.`,
    );
  }
  const folds = Array.from(testFold).reduce((largest, fold) => Math.max(largest, fold), 0) + 1;
  const predictions = new Float64Array(samples.rows * learners.length);
  for (const { train, test } of foldsOf(testFold, folds)) {
    for (const [index, learner] of learners.entries()) {
      const predicted = await learner(take(samples, train), take(targets, train))(take(samples, test));
      test.forEach((sample, i) => (predictions[sample * learners.length + index] = predicted[i]!));
    }
  }
  return predictions;
}
