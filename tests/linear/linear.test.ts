// Linear models: optimality, exact recovery, and refusals. Reference values are in tests/golden.

import { describe, expect, test } from 'vitest';
import {
  DataError,
  elasticNetRegression,
  lassoRegression,
  leastSquares,
  logisticRegression,
  OptionError,
  ridge,
  ShapeError,
} from '../../bindings/index.js';
import { drawValues } from '../model/support.js';

const [SAMPLES, FEATURES] = [60, 5];
const x = { data: drawValues(SAMPLES * FEATURES, 1), shape: [SAMPLES, FEATURES] };
const truth = [2, 0, -3, 0, 0.5];
const y = Float64Array.from({ length: SAMPLES }, (_, row) =>
  truth.reduce((sum, w, i) => sum + w * x.data[row * FEATURES + i]!, 1.5),
);
const noisy = y.map((value, i) => value + 0.1 * drawValues(SAMPLES, 9)[i]!);

test('leastSquares finds the coefficients of exact data', () => {
  const { coefficients, intercept, predict } = leastSquares(x, y);
  coefficients.forEach((w, i) => expect(w).toBeCloseTo(truth[i]!, 9));
  expect(intercept[0]).toBeCloseTo(1.5, 9);
  predict(x).forEach((value, i) => expect(value).toBeCloseTo(y[i]!, 9));
});

test('leastSquares keeps its accuracy where two features nearly agree', () => {
  const near = Float64Array.from({ length: 3 * SAMPLES }, (_, i) => {
    const row = Math.floor(i / 3);
    const first = x.data[row * FEATURES]!;
    return [first, x.data[row * FEATURES + 1]!, first + 1e-6 * x.data[row * FEATURES + 2]!][i % 3]!;
  });
  const target = Float64Array.from({ length: SAMPLES }, (_, row) => near[3 * row]! - 2 * near[3 * row + 1]! + 3 * near[3 * row + 2]!); // prettier-ignore
  const { coefficients } = leastSquares({ data: near, shape: [SAMPLES, 3] }, target);
  [1, -2, 3].forEach((w, i) => expect(coefficients[i]).toBeCloseTo(w, 7));
});

test('leastSquares takes several targets at once', () => {
  const both = Float64Array.from({ length: 2 * SAMPLES }, (_, i) => (i % 2 ? 2 * y[i >> 1]! : noisy[i >> 1]!));
  const { coefficients, intercept } = leastSquares(x, { data: both, shape: [SAMPLES, 2] });
  const [first, second] = [leastSquares(x, noisy), leastSquares(x, y)];
  first.coefficients.forEach((w, i) => expect(coefficients[2 * i]).toBeCloseTo(w, 10));
  second.coefficients.forEach((w, i) => expect(coefficients[2 * i + 1]).toBeCloseTo(2 * w, 10));
  expect(intercept[1]).toBeCloseTo(3, 9);
});

test('a constant feature gets no weight, whatever its rounding', () => {
  const data = Float64Array.from({ length: 2 * SAMPLES }, (_, i) => (i % 2 ? 0.1 : x.data[(i >> 1) * FEATURES]!));
  for (const alpha of [0, 0.01]) {
    const { coefficients } = lassoRegression({ data, shape: [SAMPLES, 2] }, noisy, { alpha });
    expect(coefficients[1]).toBe(0);
  }
  expect(() => leastSquares({ data, shape: [SAMPLES, 2] }, noisy)).toThrow(DataError);
});

test('solvers that are stopped early say so', () => {
  expect(lassoRegression(x, noisy, { alpha: 0.01, maxIterations: 2 }).converged).toBe(false);
  expect(lassoRegression(x, noisy, { alpha: 0.01 }).converged).toBe(true);
  const labels = Array.from(noisy, (value) => Number(value > 1.5));
  expect(logisticRegression(x, labels, { maxIterations: 1 }).converged).toBe(false);
  expect(logisticRegression(x, labels).converged).toBe(true);
});

test('ridge shrinks the coefficients as alpha grows, and not the intercept', () => {
  const norms = [0, 1, 10, 1000].map((alpha) => Math.hypot(...ridge(x, noisy, { alpha }).coefficients));
  expect([...norms].sort((a, b) => b - a)).toEqual(norms);
  const mean = noisy.reduce((sum, value) => sum + value, 0) / SAMPLES;
  expect(ridge(x, noisy, { alpha: 1e12 }).intercept[0]).toBeCloseTo(mean, 6);
});

test('the lasso drops what does not help, exactly', () => {
  const { coefficients } = lassoRegression(x, noisy, { alpha: 0.05 });
  expect([...coefficients].map((w) => w !== 0)).toEqual(truth.map((w) => w !== 0));
  expect([...lassoRegression(x, noisy, { alpha: 100 }).coefficients].every((w) => w === 0)).toBe(true);
});

test('the optimum of the elastic net satisfies its conditions', () => {
  const [alpha, l1Ratio] = [0.1, 0.6];
  const { coefficients, predict } = elasticNetRegression(x, noisy, { alpha, l1Ratio });
  const residuals = predict(x).map((value, i) => noisy[i]! - value);
  coefficients.forEach((w, i) => {
    const pull = residuals.reduce((sum, r, row) => sum + r * x.data[row * FEATURES + i]!, 0) / SAMPLES;
    const slack = pull - alpha * (1 - l1Ratio) * w;
    if (w === 0) expect(Math.abs(slack)).toBeLessThanOrEqual(alpha * l1Ratio + 1e-9);
    else expect(slack).toBeCloseTo(alpha * l1Ratio * Math.sign(w), 8);
  });
});

describe('logisticRegression', () => {
  const labels = Array.from(noisy, (value) => Number(value > 1.5));

  test('classifies what is nearly separable, with probabilities that sum to 1', () => {
    const model = logisticRegression(x, labels, { C: 100 });
    const right = model.predict(x).filter((label, i) => label === labels[i]).length;
    expect(right / SAMPLES).toBeGreaterThan(0.95);
    const p = model.predictProbabilities(x);
    for (let row = 0; row < SAMPLES; row++) expect(p[2 * row]! + p[2 * row + 1]!).toBeCloseTo(1, 12);
  });

  test.each([2, 4])('the gradient of its objective is 0 at the end, %i classes', (classes) => {
    const own = Array.from(noisy, (value) =>
      Math.min(classes - 1, Math.max(0, Math.floor((value + 4) / 2.5)) % classes),
    );
    const model = logisticRegression(x, own, { classes, C: 3 });
    const p = model.predictProbabilities(x);
    const columns = model.intercept.length;
    for (let c = 0; c < columns; c++) {
      const k = c + classes - columns;
      const miss = (row: number) => p[row * classes + k]! - Number(own[row] === k);
      const slopes = Array.from({ length: FEATURES }, (_, i) => own.reduce((sum, __, row) => sum + miss(row) * x.data[row * FEATURES + i]!, 0)); // prettier-ignore
      slopes.forEach((slope, i) => expect(3 * slope + model.coefficients[i * columns + c]!).toBeCloseTo(0, 6));
      expect(own.reduce((sum, __, row) => sum + miss(row), 0)).toBeCloseTo(0, 6);
    }
  });

  test('stays finite on separable data', () => {
    const model = logisticRegression([[-2], [-1], [1], [2]], [0, 0, 1, 1], { C: 1e6 });
    expect(Number.isFinite(model.coefficients[0])).toBe(true);
    expect([...model.predict([[-2], [-1], [1], [2]])]).toEqual([0, 0, 1, 1]);
  });

  test('a class without samples gets little probability', () => {
    const model = logisticRegression([[0], [1], [2]], [0, 1, 1], { classes: 3 });
    expect(model.predictProbabilities([[1]])[2]).toBeLessThan(0.34);
  });
});

describe('refuses', () => {
  const dependent = { data: Float32Array.of(1, 2, 2, 4, 3, 6, 4, 8), shape: [4, 2] };
  test.each([
    ['dependent features', () => leastSquares(dependent, [1, 2, 3, 4]), DataError],
    ['fewer samples than features', () => leastSquares([[1, 2, 3]], [1]), DataError],
    ['a negative alpha', () => ridge(x, y, { alpha: -1 }), OptionError],
    ['other numbers of targets', () => ridge(x, [1, 2]), ShapeError],
    ['several targets for a lasso', () => lassoRegression(x, { data: drawValues(120, 1), shape: [60, 2] }), ShapeError],
    ['other features', () => ridge(x, y).predict([[1, 2]]), ShapeError],
    ['a label that is no class', () => logisticRegression([[1], [2]], [0, 1.5]), DataError],
    ['a label beyond the classes', () => logisticRegression([[1], [2]], [0, 5], { classes: 3 }), DataError],
    ['a C of 0', () => logisticRegression([[1], [2]], [0, 1], { C: 0 }), OptionError],
    ['missing values', () => ridge([[1], [NaN]], [1, 2]), DataError],
    ['an unknown option', () => ridge(x, y, { lambda: 1 } as never), OptionError],
  ])('%s', (_, fit, kind) => {
    expect(fit).toThrow(kind);
  });
});
