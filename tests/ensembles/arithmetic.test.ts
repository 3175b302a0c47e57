// The arithmetic of ensembles: what holds beyond the reference values of tests/golden.

import { describe, expect, test } from 'vitest';
import {
  adaBoostM1Stage,
  DataError,
  hardVote,
  leastSquares,
  logisticBoosting,
  OptionError,
  outOfFold,
  sammeStage,
  ShapeError,
  softVote,
  squaredBoosting,
  weightedAverage,
} from '../../bindings/index.js';

test('a vote of equals goes to the lowest class', () => {
  expect([...hardVote([[2, 0], [1, 1]], 3).prediction]).toEqual([1, 0]); // prettier-ignore
  expect([...softVote([[0.5, 0.5]], 2).prediction]).toEqual([0]);
});

test('a stage raises the weights of its misses until half of all weight is on them', () => {
  const weights = new Float64Array(4).fill(0.25);
  const { sampleWeights } = adaBoostM1Stage(weights, [1, 1, -1, -1], [1, -1, -1, -1]);
  expect(sampleWeights[1]).toBeCloseTo(0.5, 12);
  const samme = sammeStage(weights, [0, 1, 1, 0], [0, 0, 1, 0], { classes: 2 });
  expect(samme.sampleWeights[1]).toBeCloseTo(0.5, 12);
});

test('a stage without misses has a finite vote', () => {
  expect(Number.isFinite(sammeStage([0.5, 0.5], [0, 1], [0, 1], { classes: 2 }).alpha)).toBe(true);
});

test.each([
  ['squared', squaredBoosting, [0, 1, 2.5, -1]],
  ['logistic', logisticBoosting, [0, 1, 1, 0]],
] as const)(
  '%s boosting: the residuals are the negative derivatives of the loss, and 0 on average at the start',
  (_, loss, y) => {
    const scores = [0.3, -0.2, 2, -1];
    const factor = loss === squaredBoosting ? 2 : 1;
    loss.residuals(y, scores).forEach((residual, i) => {
      const at = (step: number) =>
        loss.loss(
          y,
          scores.map((s, j) => s + (i === j ? step : 0)),
        );
      expect((-(at(1e-5) - at(-1e-5)) / 2e-5) * y.length).toBeCloseTo(factor * residual, 6);
    });
    const start = new Array<number>(y.length).fill(loss.init(y));
    expect(loss.residuals(y, start).reduce((sum, r) => sum + r, 0)).toBeCloseTo(0, 10);
  },
);

test('outOfFold never predicts a sample that its model has seen', async () => {
  const seen: number[][] = [];
  const spy = (x: { data: ArrayLike<number> }) => {
    const trained = Array.from(x.data);
    return (given: { data: ArrayLike<number> }) => {
      seen.push(Array.from(given.data).filter((value) => trained.includes(value)));
      return Array.from(given.data);
    };
  };
  const x = [[0], [1], [2], [3], [4]];
  const predictions = await outOfFold([spy, (a, b) => leastSquares(a, b).predict], x, [0, 2, 4, 6, 8], [0, 1, 0, 2, 1]);
  expect(seen).toEqual([[], [], []]);
  for (let i = 0; i < 5; i++) {
    expect(predictions[2 * i]).toBe(i);
    expect(predictions[2 * i + 1]).toBeCloseTo(2 * i, 9);
  }
});

describe('refuses', () => {
  test.each([
    ['no members', () => weightedAverage([]), OptionError],
    ['members of different length', () => weightedAverage([[1], [1, 2]]), ShapeError],
    ['too few weights', () => weightedAverage([[1], [2]], [1]), OptionError],
    ['negative weights', () => weightedAverage([[1], [2]], [1, -1]), OptionError],
    ['weights that are all 0', () => weightedAverage([[1], [2]], [0, 0]), OptionError],
    ['a vote for a class that is none', () => hardVote([[3]], 3), OptionError],
    ['labels of AdaBoost.M1 other than -1 and 1', () => adaBoostM1Stage([1], [0], [1]), OptionError],
    ['weights that do not fit', () => sammeStage([1], [0, 1], [0, 1], { classes: 2 }), ShapeError],
    ['predictions that do not fit', () => adaBoostM1Stage([0.5, 0.5], [1, -1], [1]), ShapeError],
    ['weights that are all 0 in a stage', () => sammeStage([0, 0], [0, 1], [0, 0], { classes: 2 }), OptionError],
    ['a weight that is no number', () => adaBoostM1Stage([NaN], [1], [1]), OptionError],
    ['labels of one class', () => logisticBoosting.init([1, 1]), DataError],
  ])('%s', (_, run, kind) => {
    expect(run).toThrow(kind);
  });

  test('folds that do not fit', async () => {
    await expect(outOfFold([], [[1], [2]], [1, 2], [0])).rejects.toThrow(ShapeError);
  });
});
