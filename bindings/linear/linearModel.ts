// What linear models share: a fitted one predicts x coefficients + intercept; data are centred so that the intercept is
// never penalised.

import type { ArrayData } from '../data/arrays.js';
import { checkColumns, columnOf, mapMatrix, toMatrix, type Matrix } from '../data/matrix.js';
import { ShapeError } from '../runtime/errors.js';

export interface LinearOptions {
  /** Whether an intercept is fitted, unpenalised; true by default. */
  fitIntercept?: boolean;
}

/** A fitted linear regression. */
export interface LinearRegression {
  /** [features], or [features, outputs] row-major for several outputs. */
  readonly coefficients: Float64Array;
  /** One for each output. */
  readonly intercept: Float64Array;
  readonly outputs: number;
  /** False if `maxIterations` ended it early. */
  readonly converged: boolean;
  /** x coefficients + intercept: [samples], or [samples, outputs] row-major. */
  predict(x: ArrayData): Float64Array;
}

/** Training data with the column means taken off. */
export interface CentredData {
  x: Matrix;
  y: Matrix;
  xMeans: Float64Array;
  yMeans: Float64Array;
}

const meansOf = (matrix: Matrix): Float64Array =>
  Float64Array.from({ length: matrix.columns }, (_, column) => {
    const values = columnOf(matrix, column);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });

/** Distance from the mean, as a share of it, that a value equal to it may have. */
const ROUNDING = 1e-14;

/** Reads training data and centres them where an intercept is fitted. */
export function centre(where: string, given: ArrayData, targets: ArrayData, fitIntercept: boolean): CentredData {
  const [x, y] = [toMatrix(where, given), toMatrix(where, targets)];
  if (x.rows !== y.rows) {
    throw new ShapeError(`${where}: ${x.rows} samples, but ${y.rows} targets. Give one target each.`);
  }
  const zeroOr = (matrix: Matrix) => (fitIntercept ? meansOf(matrix) : new Float64Array(matrix.columns));
  const [xMeans, yMeans] = [zeroOr(x), zeroOr(y)];
  // What is left of a constant column is rounding.
  const shift = (matrix: Matrix, means: Float64Array): Matrix =>
    mapMatrix(matrix, (value, column) => {
      const mean = means[column]!;
      return Math.abs(value - mean) <= ROUNDING * Math.abs(mean) ? 0 : value - mean;
    });
  return { x: shift(x, xMeans), y: shift(y, yMeans), xMeans, yMeans };
}

/** The model of coefficients that were fitted to centred data. */
export function fitted(
  where: string,
  coefficients: Float64Array,
  { xMeans, yMeans }: Pick<CentredData, 'xMeans' | 'yMeans'>,
): LinearRegression {
  const [features, outputs] = [xMeans.length, yMeans.length];
  const dot = (row: ArrayLike<number>, begin: number, output: number): number => {
    let sum = 0;
    for (let i = 0; i < features; i++) sum += row[begin + i]! * coefficients[i * outputs + output]!;
    return sum;
  };
  const intercept = yMeans.map((mean, output) => mean - dot(xMeans, 0, output));
  return {
    coefficients,
    intercept,
    outputs,
    converged: true,
    predict(given) {
      const x = toMatrix(where, given);
      checkColumns(where, x, features);
      return Float64Array.from({ length: x.rows * outputs }, (_, i) => {
        const output = i % outputs;
        return dot(x.data, Math.floor(i / outputs) * features, output) + intercept[output]!;
      });
    },
  };
}
