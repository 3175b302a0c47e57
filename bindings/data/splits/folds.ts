// Cross-validation: which samples are held out in which fold. Every function gives indices, sorted within a part unless
// shuffled on purpose, and the same ones for the same seed.

import { DataError, OptionError } from '../../runtime/errors.js';
import { RandomSequence } from '../../runtime/random.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { range, samplesByLabel } from './groups.js';

/** Indices of the samples to train on, and of those held out. */
export interface Fold {
  train: Int32Array;
  test: Int32Array;
}

export interface FoldOptions {
  /** Number of folds, at least 2; 5 by default. */
  folds?: number;
  /** Whether samples are assigned to folds in a random order; false by default. */
  shuffle?: boolean;
  /** Seed of the shuffle; 0 by default. */
  seed?: number;
}

function resolve(where: string, options: FoldOptions, samples: number, what = 'samples') {
  checkOptions(where, options, ['folds', 'shuffle', 'seed']);
  const { folds = 5, shuffle = false, seed = 0 } = options;
  checkNumber(where, 'folds', folds, { minimum: 2, integer: true });
  if (folds > samples) {
    throw new OptionError(`${where}: ${folds} folds of ${samples} ${what}. Choose fewer folds.`);
  }
  const random = shuffle ? new RandomSequence(seed) : undefined;
  return { folds, order: (values: number[]): number[] => random?.shuffled(values) ?? values };
}

/** The folds of an assignment: sample i is tested in fold `testFold[i]`. */
export function foldsOf(testFold: ArrayLike<number>, folds: number): Fold[] {
  const samples = range(testFold.length);
  return range(folds).map((fold) => ({
    train: Int32Array.from(samples.filter((i) => testFold[i] !== fold)),
    test: Int32Array.from(samples.filter((i) => testFold[i] === fold)),
  }));
}

/**
 * k folds of neighbouring samples (or random ones); the first n mod k have one more. As scikit-learn's KFold.
 *
 * @throws OptionError for fewer than 2 folds or more than samples.
 * @example for (const { train, test } of kFold(100, { folds: 5, shuffle: true, seed: 1 })) { ... }
 */
export function kFold(samples: number, options: FoldOptions = {}): Fold[] {
  checkNumber('kFold', 'samples', samples, { minimum: 1, integer: true });
  const { folds, order } = resolve('kFold', options, samples);
  const testFold = new Int32Array(samples);
  const larger = samples % folds;
  const size = Math.floor(samples / folds);
  let next = 0;
  const shuffled = order(range(samples));
  for (const fold of range(folds)) {
    for (const end = next + size + Number(fold < larger); next < end; next++) testFold[shuffled[next]!] = fold;
  }
  return foldsOf(testFold, folds);
}

/**
 * k folds that each have every class in its share of the whole. As scikit-learn's StratifiedKFold: labels in order of first
 * appearance are sorted, and every k-th goes to the same fold, which fixes how many of a class a fold gets.
 *
 * @throws DataError if every class has fewer samples than there are folds.
 * @example stratifiedKFold(labels, { folds: 5 })
 */
export function stratifiedKFold(labels: ArrayLike<number>, options: FoldOptions = {}): Fold[] {
  const { folds, order } = resolve('stratifiedKFold', options, labels.length);
  const classes = [...samplesByLabel(labels).values()];
  if (classes.every(({ length }) => length < folds)) {
    throw new DataError(`stratifiedKFold: ${folds} folds, but no class has so many samples. Choose fewer folds.`);
  }
  const testFold = new Int32Array(labels.length);
  let first = 0;
  for (const samples of classes) {
    // The class takes the places from `first` on in the sorted labels; place i is tested in fold i mod k.
    const turns = samples.map((_, i) => (first + i) % folds).sort((a, b) => a - b);
    order(turns).forEach((fold, i) => (testFold[samples[i]!] = fold));
    first += samples.length;
  }
  return foldsOf(testFold, folds);
}

/**
 * k folds in which no group is split: largest group first, each to the smallest fold so far. As scikit-learn's GroupKFold.
 *
 * @throws OptionError for more folds than groups.
 * @example groupKFold(patientOfSample, { folds: 5 })
 */
export function groupKFold(groups: ArrayLike<number | string>, options: Pick<FoldOptions, 'folds'> = {}): Fold[] {
  const members = samplesByLabel(groups);
  const { folds } = resolve('groupKFold', options, members.size, 'groups');
  const testFold = new Int32Array(groups.length);
  const sizes = new Array<number>(folds).fill(0);
  for (const samples of [...members.values()].sort((a, b) => b.length - a.length)) {
    const smallest = sizes.indexOf(Math.min(...sizes));
    sizes[smallest]! += samples.length;
    for (const sample of samples) testFold[sample] = smallest;
  }
  return foldsOf(testFold, folds);
}

/** Each sample is held out once. @example leaveOneOut(20) */
export const leaveOneOut = (samples: number): Fold[] => kFold(samples, { folds: samples });

/**
 * Several k-folds with different shuffles, one after another.
 *
 * @example repeatedKFold(100, { folds: 5, repeats: 3, seed: 1 }) // 15 folds
 */
export function repeatedKFold(
  samples: number,
  options: Omit<FoldOptions, 'shuffle'> & { repeats?: number; stratify?: ArrayLike<number> } = {},
): Fold[] {
  checkOptions('repeatedKFold', options, ['folds', 'repeats', 'seed', 'stratify']);
  const { repeats = 10, seed = 0, stratify, folds = 5 } = options;
  checkNumber('repeatedKFold', 'repeats', repeats, { minimum: 1, integer: true });
  const seeds = new RandomSequence(seed, 1);
  return range(repeats).flatMap(() => {
    const each = { folds, shuffle: true, seed: seeds.word() };
    return stratify ? stratifiedKFold(stratify, each) : kFold(samples, each);
  });
}

/**
 * Growing pasts, each tested on the stretch after it: never trains on what comes later. As scikit-learn's TimeSeriesSplit.
 *
 * @param options `gap`: samples left out between past and test. `maxTrain`: longest past; `testSize`: length of a test.
 * @throws OptionError if the samples are too few.
 * @example timeSeriesSplit(120, { folds: 5, gap: 2 })
 */
export function timeSeriesSplit(
  samples: number,
  options: { folds?: number; gap?: number; maxTrain?: number; testSize?: number } = {},
): Fold[] {
  checkOptions('timeSeriesSplit', options, ['folds', 'gap', 'maxTrain', 'testSize']);
  const { folds = 5, gap = 0, maxTrain = Infinity } = options;
  checkNumber('timeSeriesSplit', 'folds', folds, { minimum: 1, integer: true });
  checkNumber('timeSeriesSplit', 'gap', gap, { minimum: 0, integer: true });
  const testSize = options.testSize ?? Math.floor(samples / (folds + 1));
  if (testSize < 1 || samples - folds * testSize - gap < 1) {
    throw new OptionError(`timeSeriesSplit: ${samples} samples are too few for ${folds} folds with a gap of ${gap}.`);
  }
  return range(folds).map((fold) => {
    const start = samples - (folds - fold) * testSize;
    const end = start - gap;
    const first = Math.max(0, end - maxTrain);
    return {
      train: Int32Array.from(range(end - first), (i) => first + i),
      test: Int32Array.from(range(testSize), (i) => start + i),
    };
  });
}
