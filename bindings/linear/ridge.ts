import type { ArrayData } from '../data/arrays.js';
import { DataError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { choleskySolve } from './cholesky.js';
import { centre, fitted, type LinearOptions, type LinearRegression } from './linearModel.js';

/** Solves (X^T X + alpha I) w = X^T y on centred data. */
function solve(
  where: string,
  x: ArrayData,
  y: ArrayData,
  alpha: number,
  { fitIntercept = true }: LinearOptions,
): LinearRegression {
  const data = centre(where, x, y, fitIntercept);
  const [features, outputs] = [data.x.columns, data.y.columns];
  const gram = new Float64Array(features * features);
  const moments = new Float64Array(features * outputs);
  for (let row = 0; row < data.x.rows; row++) {
    const own = data.x.data.subarray(row * features, (row + 1) * features);
    own.forEach((value, i) => {
      for (let j = 0; j < features; j++) gram[i * features + j]! += value * own[j]!;
      for (let k = 0; k < outputs; k++) moments[i * outputs + k]! += value * data.y.data[row * outputs + k]!;
    });
  }
  for (let i = 0; i < features; i++) gram[i * features + i]! += alpha;
  const coefficients = choleskySolve(gram, moments, features, outputs);
  if (coefficients) return fitted(where, coefficients, data);
  throw new DataError(
    `${where}: the features are linearly dependent, so that the solution is not unique. ` +
      'Remove some of them, give more samples, or use ridge with an alpha above 0.',
  );
}

/**
 * Ridge regression: the w, b that make ||y - X w - b||^2 + alpha ||w||^2 smallest. scikit-learn's Ridge. Exact, in float64.
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
 * Ordinary least squares: the w, b that make ||y - X w - b||^2 smallest. Exact, in float64.
 *
 * @throws DataError for linearly dependent features.
 * @example leastSquares(x, y).predict(xTest)
 */
export function leastSquares(x: ArrayData, y: ArrayData, options: LinearOptions = {}): LinearRegression {
  checkOptions('leastSquares', options, ['fitIntercept']);
  return solve('leastSquares', x, y, 0, options);
}
