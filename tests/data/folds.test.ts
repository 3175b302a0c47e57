// Folds: every sample is held out as often as promised, nothing leaks, and the same seed gives the same folds.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DataError,
  groupKFold,
  kFold,
  leaveOneOut,
  OptionError,
  repeatedKFold,
  stratifiedKFold,
  timeSeriesSplit,
  type Fold,
} from '../../bindings/index.js';

/** Every sample is in exactly one test part, and in all training parts but that one. */
function expectPartition(folds: readonly Fold[], samples: number): void {
  const held = folds.flatMap(({ test: part }) => [...part]);
  expect(held.sort((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
  for (const { train, test: part } of folds) {
    expect(train.length + part.length).toBe(samples);
    expect([...train].some((sample) => part.includes(sample))).toBe(false);
  }
}

const sizesAndFolds = fc.integer({ min: 2, max: 60 }).chain((samples) =>
  fc.record({
    samples: fc.constant(samples),
    folds: fc.integer({ min: 2, max: samples }),
    seed: fc.option(fc.integer({ min: 0, max: 2 ** 40 }), { nil: undefined }),
  }),
);

test('kFold parts all samples, in sizes that differ by one at most', () => {
  fc.assert(
    fc.property(sizesAndFolds, ({ samples, folds, seed }) => {
      const made = kFold(samples, { folds, ...(seed !== undefined && { shuffle: true, seed }) });
      expectPartition(made, samples);
      const sizes = made.map(({ test: part }) => part.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test('stratifiedKFold gives each fold its share of each class', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 60 }),
      fc.boolean(),
      (labels, shuffle) => {
        fc.pre([0, 1, 2, 3].some((label) => labels.filter((own) => own === label).length >= 3));
        const folds = stratifiedKFold(labels, { folds: 3, shuffle, seed: 5 });
        expectPartition(folds, labels.length);
        for (const label of new Set(labels)) {
          const counts = folds.map(({ test: part }) => [...part].filter((sample) => labels[sample] === label).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
      },
    ),
  );
});

test('groupKFold splits no group', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 20, maxLength: 50 }), (groups) => {
      fc.pre(new Set(groups).size >= 3);
      const folds = groupKFold(groups, { folds: 3 });
      expectPartition(folds, groups.length);
      for (const { train, test: part } of folds) {
        const held = new Set([...part].map((sample) => groups[sample]));
        expect([...train].some((sample) => held.has(groups[sample]))).toBe(false);
      }
    }),
  );
});

test('leaveOneOut holds out each sample by itself', () => {
  expectPartition(leaveOneOut(7), 7);
  expect(leaveOneOut(7).every(({ test: part }) => part.length === 1)).toBe(true);
});

test('timeSeriesSplit never trains on what comes later, and keeps the gap', () => {
  const folds = timeSeriesSplit(25, { folds: 4, gap: 2, maxTrain: 6 });
  expect(folds).toHaveLength(4);
  for (const { train, test: part } of folds) {
    expect(part[0]! - train.at(-1)!).toBe(3);
    expect(train.length).toBeLessThanOrEqual(6);
    expect(part).toHaveLength(5);
  }
  expect(folds.at(-1)!.test.at(-1)).toBe(24);
});

test('repeatedKFold shuffles anew each time, the same way for the same seed', () => {
  const folds = repeatedKFold(12, { folds: 3, repeats: 4, seed: 2 });
  expect(folds).toHaveLength(12);
  for (let repeat = 0; repeat < 4; repeat++) expectPartition(folds.slice(3 * repeat, 3 * repeat + 3), 12);
  expect(folds[0]).not.toEqual(folds[3]);
  expect(repeatedKFold(12, { folds: 3, repeats: 4, seed: 2 })).toEqual(folds);
  expect(repeatedKFold(12, { folds: 3, repeats: 4, seed: 3 })).not.toEqual(folds);
  expect(repeatedKFold(9, { folds: 3, repeats: 2, stratify: [0, 0, 0, 1, 1, 1, 2, 2, 2] })).toHaveLength(6);
});

describe('refuses', () => {
  test.each([
    ['one fold', () => kFold(5, { folds: 1 })],
    ['more folds than samples', () => kFold(3, { folds: 4 })],
    ['more folds than groups', () => groupKFold(['a', 'b'], { folds: 3 })],
    ['too few samples for a time series', () => timeSeriesSplit(4, { folds: 4 })],
    ['half a fold', () => kFold(5, { folds: 2.5 })],
    ['an unknown option', () => kFold(5, { fold: 2 } as never)],
  ])('%s', (_, make) => {
    expect(make).toThrow(OptionError);
  });

  test('classes that are all too small', () => {
    expect(() => stratifiedKFold([0, 1, 2, 3, 4, 5], { folds: 3 })).toThrow(DataError);
  });
});
