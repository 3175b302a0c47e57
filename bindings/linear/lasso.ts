import type { ArrayData } from '../data/arrays.js';
import { columnOf } from '../data/matrix.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { centre, fitted, type LinearOptions, type LinearRegression } from './linearModel.js';

export interface LassoOptions extends LinearOptions {
  /** Weight of the penalty; 1 by default. */
  alpha?: number;
  /** Share of the L1 penalty in it, the rest is L2; 1 by default in `lassoRegression`, 0.5 in `elasticNetRegression`. */
  l1Ratio?: number;
  /** Most passes over the features; 10000 by default. */
  maxIterations?: number;
  /** Ends when no coefficient moves by more than this share of the largest one in a pass; 1e-10 by default. */
  tolerance?: number;
}

/** Each coefficient in turn to its best value given the others, until none moves. Friedman, Hastie & Tibshirani 2010. */
function coordinateDescent(where: string, x: ArrayData, y: ArrayData, options: LassoOptions, l1Default: number) {
  checkOptions(where, options, ['alpha', 'l1Ratio', 'fitIntercept', 'maxIterations', 'tolerance']);
  const { alpha = 1, l1Ratio = l1Default, fitIntercept = true, maxIterations = 10_000, tolerance = 1e-10 } = options;
  checkNumber(where, 'alpha', alpha, { minimum: 0 });
  checkNumber(where, 'l1Ratio', l1Ratio, { minimum: 0, maximum: 1 });
  checkNumber(where, 'maxIterations', maxIterations, { minimum: 1, integer: true });
  checkNumber(where, 'tolerance', tolerance, { above: 0 });
  const data = centre(where, x, y, fitIntercept);
  if (data.y.columns !== 1) throw new ShapeError(`${where}: expected one target a sample, got ${data.y.columns}.`);
  const { rows: samples, columns: features } = data.x;
  const columns = Array.from({ length: features }, (_, i) => columnOf(data.x, i));
  const curvatures = columns.map((column) => column.reduce((sum, value) => sum + value * value, 0) / samples);
  const threshold = alpha * l1Ratio;
  const coefficients = new Float64Array(features);
  const residual = data.y.data.slice();

  for (let pass = 0; pass < maxIterations; pass++) {
    let [largest, moved] = [0, 0];
    columns.forEach((column, i) => {
      const before = coefficients[i]!;
      const pull =
        column.reduce((sum, value, row) => sum + value * residual[row]!, 0) / samples + curvatures[i]! * before;
      const shrunk = Math.max(Math.abs(pull) - threshold, 0);
      const after = shrunk === 0 ? 0 : (Math.sign(pull) * shrunk) / (curvatures[i]! + alpha * (1 - l1Ratio));
      coefficients[i] = after;
      if (after !== before) column.forEach((value, row) => (residual[row]! -= value * (after - before)));
      largest = Math.max(largest, Math.abs(after));
      moved = Math.max(moved, Math.abs(after - before));
    });
    if (moved <= tolerance * largest) break;
  }
  return fitted(where, coefficients, data);
}

/**
 * Lasso: the w, b that make ||y - X w - b||^2 / (2 n) + alpha ||w||_1 smallest: coefficients of features that do not help
 * are exactly 0. scikit-learn's Lasso, by coordinate descent in float64. Tibshirani 1996. For nets see the regulariser `l1`.
 *
 * Shapes: x [samples, features], y [samples].
 *
 * @throws OptionError for a negative alpha. @throws ShapeError for several targets a sample.
 * @example [...lassoRegression(x, y, { alpha: 0.1 }).coefficients].filter((w) => w !== 0)
 */
export const lassoRegression = (
  x: ArrayData,
  y: ArrayData,
  options: Omit<LassoOptions, 'l1Ratio'> = {},
): LinearRegression => coordinateDescent('lassoRegression', x, y, options, 1);

/**
 * Elastic net: ||y - X w - b||^2 / (2 n) + alpha (l1Ratio ||w||_1 + (1 - l1Ratio)/2 ||w||^2). scikit-learn's ElasticNet.
 *
 * @example elasticNetRegression(x, y, { alpha: 0.1, l1Ratio: 0.5 })
 */
export const elasticNetRegression = (x: ArrayData, y: ArrayData, options: LassoOptions = {}): LinearRegression =>
  coordinateDescent('elasticNetRegression', x, y, options, 0.5);
