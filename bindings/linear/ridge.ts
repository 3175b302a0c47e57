import type { ArrayData } from '../data/arrays.js';
import { DataError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { choleskySolve } from './cholesky.js';
import { householderSolve } from './householder.js';
import { centre, fitted, type CentredData, type LinearOptions, type LinearRegression } from './linearModel.js';

/** X^T X + alpha I and X^T y of centred data, each row once. */
function normalEquations({ x, y }: CentredData, alpha: number): { gram: Float64Array; moments: Float64Array } {
  const [features, outputs] = [x.columns, y.columns];
  const gram = new Float64Array(features * features);
  const moments = new Float64Array(features * outputs);
  for (let row = 0; row < x.rows; row++) {
    const own = x.data.subarray(row * features, (row + 1) * features);
    for (let i = 0; i < features; i++) {
      for (let j = 0; j <= i; j++) gram[i * features + j]! += own[i]! * own[j]!;
      for (let k = 0; k < outputs; k++) moments[i * outputs + k]! += own[i]! * y.data[row * outputs + k]!;
    }
  }
  for (let i = 0; i < features; i++) gram[i * features + i]! += alpha;
  return { gram, moments };
}

/** With a penalty the Gram matrix is well enough conditioned; without one the data themselves are decomposed. */
function coefficientsOf(data: CentredData, alpha: number): Float64Array | undefined {
  const { x, y } = data;
  if (alpha === 0) return householderSolve(x.data.slice(), y.data.slice(), x.rows, x.columns, y.columns);
  const { gram, moments } = normalEquations(data, alpha);
  return choleskySolve(gram, moments, x.columns, y.columns);
}

function solve(
  where: string,
  x: ArrayData,
  y: ArrayData,
  alpha: number,
  { fitIntercept = true }: LinearOptions,
): LinearRegression {
  const data = centre(where, x, y, fitIntercept);
  const coefficients = coefficientsOf(data, alpha);
  if (coefficients) return fitted(where, coefficients, data);
  throw new DataError(
    `${where}: the features are linearly dependent, so that the solution is not unique. ` +
      'Remove some of them, give more samples, or use ridge with a larger alpha.',
  );
}

/**
 * Ridge regression: the w, b that make ||y - X w - b||^2 + alpha ||w||^2 smallest. scikit-learn's Ridge. By Cholesky's
 * decomposition in float64.
 *
 * Shapes: x [samples, features], y [samples] or [samples, outputs].
 *
 * @throws OptionError for a negative alpha; DataError for dependent features with alpha 0.
 * @example ridge(x, y, { alpha: 1 }).coefficients
 */
export function ridge(x: ArrayData, y: ArrayData, options: LinearOptions & { alpha?: number } = {}): LinearRegression {
  checkOptions('ridge', options, ['alpha', 'fitIntercept']);
  const alpha = checkNumber('ridge', 'alpha', options.alpha ?? 1, { minimum: 0 });
  return solve('ridge', x, y, alpha, options);
}

/**
 * Ordinary least squares: the w, b that make ||y - X w - b||^2 smallest. By Householder's QR in float64.
 *
 * @throws DataError for linearly dependent features.
 * @example leastSquares(x, y).predict(xTest)
 */
export function leastSquares(x: ArrayData, y: ArrayData, options: LinearOptions = {}): LinearRegression {
  checkOptions('leastSquares', options, ['fitIntercept']);
  return solve('leastSquares', x, y, 0, options);
}
