// Parts of the data: nothing is lost or leaks, sizes and shares are as asked, and the same seed gives the same parts.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError, OptionError, trainTestSplit, type TrainTestParts } from '../../bindings/index.js';

const PARTS = ['train', 'validation', 'test'] as const;

function expectPartition(parts: TrainTestParts, samples: number): void {
  const all = PARTS.flatMap((part) => [...parts[part]]);
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
  for (const part of PARTS) expect([...parts[part]]).toEqual([...parts[part]].sort((a, b) => a - b));
}

const sizes = (parts: TrainTestParts) => PARTS.map((part) => parts[part].length);

test.each([
  [100, { test: 0.2, validation: 0.2 }, [60, 20, 20]],
  [1000, { test: 0.01, validation: 0.01 }, [980, 10, 10]],
  [10, {}, [7, 0, 3]],
  [10, { test: 3, validation: 2 }, [5, 2, 3]],
  [5, { test: 0.01 }, [4, 0, 1]],
])('%i samples with %j give %j', (samples, options, expected) => {
  const parts = trainTestSplit(samples, options);
  expectPartition(parts, samples);
  expect(sizes(parts)).toEqual(expected);
});

test('by time the parts follow one another', () => {
  const { train, validation, test: last } = trainTestSplit(10, { order: 'time', validation: 0.2, test: 0.3 });
  expect([[...train], [...validation], [...last]]).toEqual([
    [0, 1, 2, 3, 4],
    [5, 6],
    [7, 8, 9],
  ]);
});

test('stratified parts have each label in its share, to one sample', () => {
  const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 120 });
  fc.assert(
    fc.property(labels, fc.integer({ min: 0, max: 99 }), (stratify, seed) => {
      fc.pre([...new Set(stratify)].every((label) => stratify.filter((own) => own === label).length >= 3));
      const parts = trainTestSplit(stratify.length, { stratify, seed, validation: 0.2, test: 0.3 });
      expectPartition(parts, stratify.length);
      for (const label of new Set(stratify)) {
        const share = stratify.filter((own) => own === label).length / stratify.length;
        for (const part of ['validation', 'test'] as const) {
          const got = [...parts[part]].filter((sample) => stratify[sample] === label).length;
          expect(Math.abs(got - share * parts[part].length)).toBeLessThan(part === 'test' ? 1 : 1.5);
        }
      }
    }),
  );
});

test('no group is in two parts', () => {
  const groups = Array.from({ length: 60 }, (_, i) => `patient ${(i * 7) % 13}`);
  const parts = trainTestSplit(60, { groups, validation: 0.2, test: 0.2, seed: 4 });
  expectPartition(parts, 60);
  const seen = PARTS.map((part) => new Set([...parts[part]].map((sample) => groups[sample]!)));
  expect(seen.map(({ size }) => size)).toEqual([7, 3, 3]);
  expect(new Set(seen.flatMap((own) => [...own])).size).toBe(13);
});

test('the same seed gives the same parts, another one others', () => {
  for (const options of [{}, { stratify: Array.from({ length: 40 }, (_, i) => i % 3) }]) {
    const draw = (seed: number) => trainTestSplit(40, { ...options, seed });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  }
});

test('every sample is as likely to be tested on', () => {
  const counts = new Array<number>(8).fill(0);
  for (let seed = 0; seed < 2000; seed++) {
    for (const sample of trainTestSplit(8, { test: 2, seed }).test) counts[sample]!++;
  }
  for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(2000 * 0.25 * 0.75));
});

describe('refuses', () => {
  test.each([
    ['nothing left to train on', () => trainTestSplit(10, { test: 0.5, validation: 0.5 })],
    ['no test', () => trainTestSplit(10, { test: 0 })],
    ['half a sample', () => trainTestSplit(10, { test: 1.5 })],
    ['a negative share', () => trainTestSplit(10, { test: -0.1 })],
    ['one sample', () => trainTestSplit(1)],
    ['two ways at once', () => trainTestSplit(4, { groups: [0, 1, 2, 3], order: 'time' })],
    ['too few groups', () => trainTestSplit(4, { groups: [0, 0, 1, 1], validation: 0.25, test: 0.25 })],
    ['an unknown order', () => trainTestSplit(4, { order: 'rows' as never })],
    ['an unknown option', () => trainTestSplit(4, { stratified: [] } as never)],
  ])('%s', (_, split) => {
    expect(split).toThrow(OptionError);
  });

  test.each([
    ['labels of another number', () => trainTestSplit(4, { stratify: [0, 1] })],
    ['a label of one sample', () => trainTestSplit(5, { stratify: [0, 0, 1, 0, 0], test: 2 })],
  ])('%s', (_, split) => {
    expect(split).toThrow(DataError);
  });
});
