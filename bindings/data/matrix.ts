// Tables of numbers as scalers and linear models see them: rows are samples, columns features, in float64.

import { ShapeError } from '../runtime/errors.js';
import { formatShape, sizeOf, type Shape } from '../graph/shape.js';
import { ownShape, toNumbers, type ArrayData } from './arrays.js';

export interface Matrix {
  /** Row-major. */
  data: Float64Array;
  rows: number;
  columns: number;
}

/** Nested arrays or { data, shape } as a matrix; axes behind the first count as columns. A vector is one column. */
export function toMatrix(where: string, given: ArrayData): Matrix {
  const data = Float64Array.from(toNumbers(where, given));
  const shape: Shape = ownShape(given) ?? [data.length];
  const rows = shape[0] ?? 0;
  const columns = sizeOf(shape.slice(1));
  if (shape.length > 0 && rows > 0 && columns > 0) return { data, rows, columns };
  throw new ShapeError(`${where}: expected at least one sample with at least one feature, got ${formatShape(shape)}.`);
}

/** Throws unless a matrix has as many columns as what was fitted. */
export function checkColumns(where: string, { columns }: Matrix, expected: number): void {
  if (columns === expected) return;
  throw new ShapeError(`${where}: fitted on ${expected} features, got samples of ${columns}. Give the same features.`);
}

/** The values of a column. */
export const columnOf = ({ data, rows, columns }: Matrix, column: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => data[row * columns + column]!);

/** A new matrix with `map` applied to every value, given its column. */
export const mapMatrix = (matrix: Matrix, map: (value: number, column: number) => number): Matrix => ({
  ...matrix,
  data: matrix.data.map((value, i) => map(value, i % matrix.columns)),
});

/** Class with the largest value of each row; the lowest of equal ones. */
export const argMaxRows = (values: ArrayLike<number>, classes: number): Int32Array =>
  Int32Array.from({ length: values.length / classes }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[row * classes + c]! > values[row * classes + best]!) best = c;
    return best;
  });
