// The check of splits against reference values, its false alarms, and what it warns of.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  compareDistributions,
  DataError,
  OptionError,
  ShapeError,
  Table,
  trainTestSplit,
} from '../../bindings/index.js';
import { kolmogorovSmirnov } from '../../bindings/data/splits/compareDistributions.js';
import { drawValues } from '../model/support.js';

const printed: string[] = [];
beforeEach(() => {
  printed.length = 0;
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => void vi.restoreAllMocks());
const warnings = () => printed;

const column = (count: number, seed: number, shift = 0) => ({
  data: drawValues(count, seed).map((value) => value + shift),
  shape: [count, 1],
});

describe('Kolmogorov-Smirnov', () => {
  test.each([
    [[1, 2, 3, 4], [1, 2, 3, 4], 0],
    [[1, 2], [3, 4], 1],
    [[1, 1, 1, 2], [1, 1, 1, 2], 0],
    // Ties: F of the first is 3/4 at 2, of the second 1/4.
    [[1, 2, 2, 3], [2, 3, 3, 3], 0.5],
    [[0, 5, 9], [1, 2, 3, 4, 6, 7], 1 / 3],
  ])('of %j and %j is %f', (a, b, expected) => {
    expect(kolmogorovSmirnov(a, b).statistic).toBeCloseTo(expected, 14);
    expect(kolmogorovSmirnov(b, a)).toEqual(kolmogorovSmirnov(a, b));
  });

  test('the p-value is the tail of its limit distribution', () => {
    // Tables of Kolmogorov's distribution: 10 % at 1.2238, 5 % at 1.3581, 1 % at 1.6276.
    const at = (statistic: number, n: number) => {
      const first = Array.from({ length: n }, (_, i) => i);
      const moved = Math.round(statistic * n);
      return kolmogorovSmirnov(
        first,
        first.map((i) => i + moved),
      );
    };
    for (const [critical, p] of [
      [1.2238, 0.1],
      [1.3581, 0.05],
      [1.6276, 0.01],
    ] as const) {
      const n = 200_000;
      expect(at(critical / Math.sqrt(n / 2), n).pValue).toBeCloseTo(p, 3);
    }
  });

  test('of equal parts it is below 5 % in 5 % of the cases', () => {
    let alarms = 0;
    for (let seed = 0; seed < 400; seed++) {
      alarms += Number(kolmogorovSmirnov(drawValues(120, 2 * seed + 1), drawValues(100, 2 * seed + 2)).pValue < 0.05);
    }
    expect(alarms).toBeGreaterThan(5);
    expect(alarms).toBeLessThan(20 + 4 * Math.sqrt(400 * 0.05 * 0.95));
  });
});

describe('labels', () => {
  const of = (counts: Record<string, number>) =>
    Object.entries(counts).flatMap(([label, count]) => new Array<string>(count).fill(label));
  const compare = (first: string[], second: string[]) =>
    compareDistributions({ x: column(first.length, 1), y: first }, { x: column(second.length, 2), y: second }).labels!;

  // chi2_contingency without correction: [[30, 20], [20, 30]] has 4 and p 0.0455; [[10, 20, 30], [30, 20, 10]] has 20 and p e^-10.
  test('chi-square has its textbook values, for even and odd degrees of freedom', () => {
    const one = compare(of({ a: 30, b: 20 }), of({ a: 20, b: 30 }));
    expect(one.chiSquare).toBeCloseTo(4, 12);
    expect(one.pValue).toBeCloseTo(0.04550026389635842, 10);
    expect(one.totalVariation).toBeCloseTo(0.2, 12);
    const two = compare(of({ a: 10, b: 20, c: 30 }), of({ a: 30, b: 20, c: 10 }));
    expect(two.chiSquare).toBeCloseTo(20, 12);
    expect(two.pValue).toBeCloseTo(Math.exp(-10), 10);
    expect(two.differs).toBe(true);
    expect(compare(of({ a: 5 }), of({ a: 9 })).pValue).toBe(1);
  });

  test('a label that one part lacks is named', () => {
    const report = compare(of({ a: 20, b: 20, c: 1 }), of({ a: 10, b: 10 }));
    expect(report).toMatchObject({ absent: ['c'], differs: true });
    expect(warnings()[0]).toContain('only one part has label c');
  });
});

describe('compareDistributions', () => {
  test('says nothing of equal parts', () => {
    const report = compareDistributions(
      { x: column(300, 1), y: new Array(300).fill(1) },
      { x: column(200, 2), y: new Array(200).fill(1) },
    );
    expect(report).toMatchObject({ differs: false, message: '' });
    expect(warnings()).toEqual([]);
  });

  test('warns once, and names the feature that moved', () => {
    const part = (seed: number, shift: number) =>
      new Table(['age', 'fare'], [[...column(200, seed).data], [...column(200, seed + 1, shift).data]]);
    const report = compareDistributions({ x: part(1, 0) }, { x: part(3, 0.8) });
    expect(report.features.map(({ differs }) => differs)).toEqual([false, true]);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toMatch(
      /^wasmgrad: compareDistributions: the parts differ\. 1 of 2 features differ: fare \(D 0\.[34]/,
    );
    compareDistributions({ x: part(1, 0) }, { x: part(3, 0.8) }, { warns: false });
    expect(warnings()).toHaveLength(1);
  });

  test('refuses parts that do not go together', () => {
    const x = column(4, 1);
    expect(() => compareDistributions({ x }, { x: [[1, 2]] })).toThrow(ShapeError);
    expect(() => compareDistributions({ x, y: [1] }, { x, y: [1] })).toThrow(DataError);
    expect(() => compareDistributions({ x, y: [1, 1, 1, 1] }, { x })).toThrow(DataError);
    expect(() => compareDistributions({ x: [[NaN]] }, { x })).toThrow(DataError);
    expect(() => compareDistributions({ x }, { x }, { alpha: 1 })).toThrow(OptionError);
  });
});

test('a split that leaves a class out is warned of, by part and class', () => {
  const labels = ['a', 'a', 'a', 'b', 'b', 'b', 'b', 'c'];
  trainTestSplit(8, { order: 'time', test: 2, validation: 2, labels });
  expect(warnings()).toEqual([
    expect.stringContaining('train has no sample of class c'),
    expect.stringContaining('validation has no sample of class a, c'),
    expect.stringContaining('test has no sample of class a'),
  ]);
  trainTestSplit(6, { order: 'time', test: 2, labels: [1, 2, 1, 2, 1, 2] });
  expect(warnings()).toHaveLength(3);
  expect(() => trainTestSplit(8, { labels: [1] })).toThrow('labels has 1 entries for 8 samples');
});
