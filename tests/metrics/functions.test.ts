// Figures of arrays where references are silent: undefined cases, ties, weights, and what is refused.

import { expect, test } from 'vitest';
import { DataError, metrics, OptionError, ShapeError } from '../../bindings/index.js';
import { log } from '../../bindings/runtime/math.js';
import { makeRandom } from '../support/sampleRun.js';

const random = makeRandom(4);
const COUNT = 40;
const truth = Array.from({ length: COUNT }, () => Number(random() < 0.4));
const scores = Array.from({ length: COUNT }, () => Math.floor(random() * 9) / 8);
const weights = Array.from({ length: COUNT }, () => Math.floor(random() * 3));

/** Each sample as often as it weighs. */
const repeated = (values: readonly number[], width = 1): number[] =>
  weights.flatMap((weight, i) => Array.from({ length: weight }, () => values.slice(i * width, (i + 1) * width)).flat());

const rows = Array.from({ length: COUNT }, () => [random() + 0.1, random() + 0.1, random() + 0.1]).flatMap((row) =>
  row.map((value) => value / (row[0]! + row[1]! + row[2]!)),
);
const classes = Array.from({ length: COUNT }, (_, i) => (i * 7) % 3);
const guesses = classes.map((label, i) => (i % 4 === 0 ? (label + 1) % 3 : label));

type Figure = (yTrue: number[], yPred: number[], options: { sampleWeight?: number[] }) => unknown;
const FIGURES: [string, Figure, number[], number[]][] = [
  ...(['accuracy', 'balancedAccuracy', 'cohenKappa', 'matthewsCorrelation', 'precision', 'recall', 'f1'] as const).map(
    (name): [string, Figure, number[], number[]] => [name, metrics[name], classes, guesses],
  ),
  ['confusionMatrix', metrics.confusionMatrix, classes, guesses],
  ['classificationReport', metrics.classificationReport, classes, guesses],
  ...(
    ['rocAuc', 'averagePrecision', 'prAuc', 'logLoss', 'brierScore', 'rocCurve', 'precisionRecallCurve'] as const
  ).map((name): [string, Figure, number[], number[]] => [name, metrics[name], truth, scores]),
  ...(['rocAuc', 'logLoss', 'brierScore', 'topKAccuracy', 'expectedCalibrationError'] as const).map(
    (name): [string, Figure, number[], number[]] => [`${name} of rows`, metrics[name], classes, rows],
  ),
  ...(
    ['meanSquaredError', 'rootMeanSquaredError', 'meanAbsoluteError', 'r2', 'meanAbsolutePercentageError'] as const
  ).map((name): [string, Figure, number[], number[]] => [name, metrics[name], classes.map((c) => c + 1), guesses]),
];

const numbersIn = (value: unknown): number[] =>
  typeof value === 'number' ? [value] : Object.values(value as object).flatMap(numbersIn);

test.each(FIGURES)('%s: a weight of 2 is a sample twice, one of 0 is none', (_, figure, yTrue, yPred) => {
  const width = yPred.length / yTrue.length;
  const got = numbersIn(figure(yTrue, yPred, { sampleWeight: weights }));
  const expected = numbersIn(figure(repeated(yTrue), repeated(yPred, width), {}));
  expect(got).toHaveLength(expected.length);
  got.forEach((value, i) =>
    Number.isFinite(expected[i]) ? expect(value).toBeCloseTo(expected[i]!, 10) : expect(value).toBe(expected[i]),
  );
});

test.each(FIGURES)('%s refuses lengths, weights and options that do not fit', (_, figure, yTrue, yPred) => {
  expect(() => figure(yTrue, yPred.slice(1), {})).toThrow(ShapeError);
  expect(() => figure([], [], {})).toThrow(DataError);
  expect(() => figure(yTrue, yPred, { sampleWeight: [1] })).toThrow(ShapeError);
  expect(() => figure(yTrue, yPred, { sampleWeight: yTrue.map(() => -1) })).toThrow(DataError);
  expect(() => figure(yTrue, yPred, { absent: 1 } as never)).toThrow(OptionError);
  expect(() => figure(yTrue, [NaN, ...yPred.slice(1)], {})).toThrow(DataError);
});

test('rank figures agree with the comparison of all pairs, ties counted half', () => {
  let [won, pairs] = [0, 0];
  truth.forEach((a, i) =>
    truth.forEach((b, j) => {
      if (a !== 1 || b !== 0) return;
      pairs++;
      won += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    }),
  );
  expect(metrics.rocAuc(truth, scores)).toBeCloseTo(won / pairs, 12);
  const { falsePositiveRate, truePositiveRate, thresholds } = metrics.rocCurve(truth, scores);
  thresholds.forEach((threshold, i) => {
    const share = (label: number) => {
      const own = scores.filter((_, at) => truth[at] === label);
      return own.filter((score) => score >= threshold).length / own.length;
    };
    expect([falsePositiveRate[i], truePositiveRate[i]]).toEqual([share(0), share(1)]);
  });
  expect(metrics.rocAuc([0, 1, 0, 1], [3, 3, 3, 3])).toBe(0.5);
  expect(metrics.averagePrecision([0, 1, 0, 1], [3, 3, 3, 3])).toBe(0.5);
});

test('undefined cases are what the docs say', () => {
  expect(metrics.rocAuc([1, 1], [0.1, 0.2])).toBeNaN();
  expect(metrics.averagePrecision([0, 0], [0.1, 0.2])).toBeNaN();
  expect(metrics.prAuc([0, 0], [0.1, 0.2])).toBeNaN();
  expect(metrics.precision([1, 0], [0, 0])).toBe(0);
  expect(metrics.recall([0, 0], [1, 0])).toBe(0);
  expect(metrics.f1([0, 0], [0, 0])).toBe(0);
  expect(metrics.cohenKappa([1, 1], [1, 1])).toBeNaN();
  expect(metrics.matthewsCorrelation([1, 1], [1, 0])).toBe(0);
  expect(metrics.balancedAccuracy([0, 0, 2], [0, 1, 2], { classes: 4 })).toBe(0.75);
  expect(metrics.r2([2, 2], [2, 2])).toBe(1);
  expect(metrics.r2([2, 2], [2, 3])).toBe(0);
  expect(metrics.logLoss([1], [0])).toBeCloseTo(36.04, 2);
  expect(metrics.confusionMatrix([0], [0])).toEqual([
    [1, 0],
    [0, 0],
  ]);
});

test('labels and probabilities out of range are refused', () => {
  expect(() => metrics.accuracy([0, 1.5], [0, 1])).toThrow('class number 1 is 1.5');
  expect(() => metrics.accuracy([0, 3], [0, 1], { classes: 3 })).toThrow('0 to 2');
  expect(() => metrics.rocAuc([0, 2], [0.1, 0.2])).toThrow('label 1 is 2');
  expect(() => metrics.logLoss([0, 1], [0.1, 1.2])).toThrow('probability 1 is 1.2');
  expect(() => metrics.precision([0, 1], [0, 1], { average: 'binary', positiveClass: 2 })).toThrow(OptionError);
  expect(() => metrics.expectedCalibrationError([0, 1], [0.1, 0.2], { bins: 0 })).toThrow(OptionError);
});

test('the reliability table holds each sample in its bin, edges below', () => {
  const { bins, error } = metrics.expectedCalibrationError([0, 1, 1, 1], [0, 0.25, 0.5, 1], { bins: 4 });
  expect(bins.map(({ weight }) => weight)).toEqual([2, 1, 0, 1]);
  expect(bins.map(({ low, high }) => [low, high])).toEqual([
    [0, 0.25],
    [0.25, 0.5],
    [0.5, 0.75],
    [0.75, 1],
  ]);
  expect(bins[0]).toMatchObject({ confidence: 0.125, accuracy: 0.5 });
  expect(bins[2]!.accuracy).toBeNaN();
  expect(error).toBeCloseTo((Math.abs(1 - 0.25) + 0.5) / 4, 12);
});

test('the logarithm is within 2 ULP of the host', () => {
  const values = [
    1,
    2,
    0.5,
    Math.SQRT2,
    1 + 2 ** -52,
    1 - 2 ** -53,
    1e-308,
    5e-324,
    1.7e308,
    ...Array.from({ length: 2000 }, () => random() * 10),
  ];
  for (const value of values) {
    const expected = Math.log(value);
    expect(Math.abs(log(value) - expected), String(value)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -51);
  }
  expect([log(0), log(-1), log(NaN), log(Infinity)]).toEqual([-Infinity, NaN, NaN, Infinity]);
});
