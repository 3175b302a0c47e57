import type { ArrayData } from '../data/arrays.js';
import { columnOf } from '../data/matrix.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { dot } from './dot.js';
import { centre, fitted, type CentredData, type LinearOptions, type LinearRegression } from './linearModel.js';

export interface LassoOptions extends LinearOptions {
  /** Weight of the penalty; 1 by default. */
  alpha?: number;
  /** Share of the L1 penalty in it, the rest is L2; 1 by default in `lassoRegression`, 0.5 in `elasticNetRegression`. */
  l1Ratio?: number;
  /** Most passes over the features; 100000 by default. */
  maxIterations?: number;
  /** Ends when no coefficient moves by more than this share of the largest one in a pass; 1e-10 by default. */
  tolerance?: number;
}

/** Each coefficient in turn to its best value given the others, until none moves. Friedman, Hastie & Tibshirani 2010. */
function coordinateDescent(where: string, x: ArrayData, y: ArrayData, options: LassoOptions, l1Default: number) {
  checkOptions(where, options, ['alpha', 'l1Ratio', 'fitIntercept', 'maxIterations', 'tolerance']);
  const { alpha = 1, l1Ratio = l1Default, fitIntercept = true, maxIterations = 100_000, tolerance = 1e-10 } = options;
  checkNumber(where, 'alpha', alpha, { minimum: 0 });
  checkNumber(where, 'l1Ratio', l1Ratio, { minimum: 0, maximum: 1 });
  checkNumber(where, 'maxIterations', maxIterations, { minimum: 1, integer: true });
  checkNumber(where, 'tolerance', tolerance, { above: 0 });
  const data = centre(where, x, y, fitIntercept);
  if (data.y.columns !== 1) throw new ShapeError(`${where}: expected one target a sample, got ${data.y.columns}.`);
  const { coefficients, converged } = descend(data, alpha * l1Ratio, alpha * (1 - l1Ratio), maxIterations, tolerance);
  return { ...fitted(where, coefficients, data), converged };
}

/** Passes over all features, and between them over those that are not 0 until they rest. */
function descend({ x, y }: CentredData, l1: number, l2: number, maxIterations: number, tolerance: number) {
  const { rows: samples, columns: features } = x;
  const columns = Array.from({ length: features }, (_, i) => columnOf(x, i));
  const curvatures = columns.map((column) => dot(column, column) / samples);
  const coefficients = new Float64Array(features);
  const residual = y.data.slice();

  /** The best value of coefficient i given the others. Returns how far it moved. */
  function update(i: number): number {
    const [column, before] = [columns[i]!, coefficients[i]!];
    const pull = dot(column, residual) / samples + curvatures[i]! * before;
    const shrunk = Math.max(Math.abs(pull) - l1, 0);
    const after = shrunk === 0 ? 0 : (Math.sign(pull) * shrunk) / (curvatures[i]! + l2);
    const change = after - before;
    if (change === 0) return 0;
    for (let row = 0; row < samples; row++) residual[row]! -= column[row]! * change;
    coefficients[i] = after;
    return Math.abs(change);
  }

  /** Whether no coefficient moved by more than the tolerance. */
  function pass(own: readonly number[]): boolean {
    const moved = own.reduce((largest, i) => Math.max(largest, update(i)), 0);
    return moved <= tolerance * coefficients.reduce((largest, w) => Math.max(largest, Math.abs(w)), 0);
  }

  const all = columns.map((_, i) => i);
  for (let passes = 0; passes < maxIterations; passes++) {
    if (pass(all)) return { coefficients, converged: true };
    const active = all.filter((i) => coefficients[i] !== 0);
    while (++passes < maxIterations && !pass(active));
  }
  return { coefficients, converged: false };
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
