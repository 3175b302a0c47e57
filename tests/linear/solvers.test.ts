// The solvers under the linear models, where their models' data do not press them.

import { describe, expect, test } from 'vitest';
import { lassoRegression } from '../../bindings/index.js';
import { choleskySolve } from '../../bindings/linear/cholesky.js';
import { conjugateGradients } from '../../bindings/linear/conjugateGradients.js';
import { householderSolve } from '../../bindings/linear/householder.js';
import { drawValues } from '../model/support.js';

/** A random symmetric positive definite matrix with the condition 1 + 1e4. */
function positiveDefinite(n: number): Float64Array {
  const root = drawValues(n * n, 3);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 1e-3 : 0;
    for (let k = 0; k < n; k++) sum += root[i * n + k]! * root[j * n + k]!;
    return sum;
  });
}

const times = (a: Float64Array, x: ArrayLike<number>, n: number) =>
  Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += a[i * n + j]! * x[j]!;
    return sum;
  });

describe.each([1, 2, 7, 20])('a system of %i', (n) => {
  const a = positiveDefinite(n);
  const truth = Array.from({ length: n }, (_, i) => (i % 3) - 1 + i / 10);
  const b = times(a, truth, n);

  test('by Cholesky', () => {
    choleskySolve(a, b, n, 1)!.forEach((value, i) => expect(value).toBeCloseTo(truth[i]!, 8));
  });

  test('by reflections', () => {
    householderSolve(a.slice(), b.slice(), n, n, 1)!.forEach((value, i) => expect(value).toBeCloseTo(truth[i]!, 8));
  });

  test('by conjugate gradients, in no more steps than twice the unknowns', () => {
    let products = 0;
    const x = conjugateGradients((v) => (products++, times(a, v, n)), b, 1e-9);
    expect(products).toBeLessThanOrEqual(2 * n);
    const rest = times(a, x, n).map((value, i) => value - b[i]!);
    expect(Math.hypot(...rest)).toBeLessThanOrEqual(2e-9 * Math.hypot(...b));
  });
});

test('conjugate gradients stop where the tolerance is met, and at nothing', () => {
  const a = positiveDefinite(20);
  const b = times(a, new Array<number>(20).fill(1), 20);
  let products = 0;
  conjugateGradients((v) => (products++, times(a, v, 20)), b, 0.3);
  expect(products).toBeLessThan(5);
  expect([...conjugateGradients((v) => v, new Float64Array(2), 0.1)]).toEqual([0, 0]);
});

test('a reflection loses nothing where a column is nearly an axis already', () => {
  const a = Float64Array.of(1, 1, 1e-9, 1, 0, 1);
  const truth = [3, -2];
  const b = Float64Array.of(1, 3e-9 - 2, -2);
  householderSolve(a, b, 3, 2, 1)!.forEach((value, i) => expect(value).toBeCloseTo(truth[i]!, 14));
});

test('reflections see that a column is a combination of others, to the last bits', () => {
  const [p, q] = [drawValues(12, 1), drawValues(12, 2)];
  const a = Float64Array.from({ length: 36 }, (_, i) => {
    const row = Math.floor(i / 3);
    return [p[row]!, q[row]!, 0.1 * p[row]! + 0.3 * q[row]!][i % 3]!;
  });
  expect(householderSolve(a, new Float64Array(12), 12, 3, 1)).toBeUndefined();
});

test('the lasso reaches its conditions among many features that go together', () => {
  const [samples, features, alpha] = [40, 60, 0.02];
  const [hidden, mix, noise] = [
    drawValues(samples * 4, 1),
    drawValues(4 * features, 2),
    drawValues(samples * features, 3),
  ];
  const data = Float64Array.from({ length: samples * features }, (_, at) => {
    const [row, column] = [Math.floor(at / features), at % features];
    let sum = 0.2 * noise[at]!;
    for (let k = 0; k < 4; k++) sum += hidden[row * 4 + k]! * mix[k * features + column]!;
    return sum;
  });
  const y = Float64Array.from({ length: samples }, (_, row) => data[row * features]! - 2 * data[row * features + 1]!);
  const { coefficients, predict, converged } = lassoRegression({ data, shape: [samples, features] }, y, { alpha });
  expect(converged).toBe(true);
  const residuals = predict({ data, shape: [samples, features] }).map((value, i) => y[i]! - value);
  coefficients.forEach((w, i) => {
    const pull = residuals.reduce((sum, r, row) => sum + r * data[row * features + i]!, 0) / samples;
    if (w === 0) expect(Math.abs(pull)).toBeLessThanOrEqual(alpha + 1e-8);
    else expect(pull).toBeCloseTo(alpha * Math.sign(w), 7);
  });
});
