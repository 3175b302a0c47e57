import { DataError, OptionError } from '../../runtime/errors.js';
import { RandomSequence } from '../../runtime/random.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { warn } from '../../runtime/warn.js';
import { range, samplesByLabel } from './groups.js';

/** Indices of the samples of each part, in rising order. */
export interface TrainTestParts {
  train: Int32Array;
  /** Empty unless asked for. */
  validation: Int32Array;
  test: Int32Array;
}

export interface TrainTestSplitOptions {
  /** Share of the samples to test on, in (0, 1), or their number; 0.25 by default. */
  test?: number;
  /** Share of the samples to choose settings on, or their number; 0 by default. */
  validation?: number;
  /** Label of each sample: every part gets every label in its share of the whole. */
  stratify?: ArrayLike<number | string>;
  /** Group of each sample: no group is in two parts. Shares and numbers are of groups then. */
  groups?: ArrayLike<number | string>;
  /** Class of each sample, where the parts are not stratified: warns of a class that a part lacks. */
  labels?: ArrayLike<number | string>;
  /** `random` by default; `time`: the parts follow one another, the test last. */
  order?: 'random' | 'time';
  /** Seed of the random order; 0 by default. */
  seed?: number;
}

/** Sizes of the parts. */
interface Sizes {
  validation: number;
  test: number;
}

const WHERE = 'trainTestSplit';

/** A share rounded to a whole number of units, at least one; a number as it is. */
function sizeOf(option: string, asked: number, units: number): number {
  if (asked > 0 && asked < 1) return Math.max(1, Math.round(asked * units));
  return checkNumber(WHERE, option, asked, { minimum: 0, integer: true });
}

function sizesOf({ test = 0.25, validation = 0 }: TrainTestSplitOptions, units: number, what: string): Sizes {
  const sizes = { validation: sizeOf('validation', validation, units), test: sizeOf('test', test, units) };
  if (sizes.test > 0 && sizes.validation + sizes.test < units) return sizes;
  throw new OptionError(
    `${WHERE}: ${units} ${what} cannot give ${sizes.validation} to validation and ${sizes.test} to test ` +
      'and leave any to train on. Choose other shares, of which the test has at least one.',
  );
}

/** How many of each class make `size` in all: its share rounded down, and one more where the most is cut off. */
function allot(counts: readonly number[], size: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * size) / total);
  const whole = exact.map(Math.floor);
  const left = size - whole.reduce((sum, count) => sum + count, 0);
  const byRemainder = range(counts.length).sort((a, b) => exact[b]! - whole[b]! - (exact[a]! - whole[a]!) || a - b);
  for (const index of byRemainder.slice(0, left)) whole[index]!++;
  return whole;
}

const sorted = (samples: Iterable<number>): Int32Array => Int32Array.from(samples).sort();

/** The first of `units` to test, the next to validate, the rest to train. */
function cut(units: readonly (readonly number[])[], { test, validation }: Sizes): TrainTestParts {
  return {
    train: sorted(units.slice(test + validation).flat()),
    validation: sorted(units.slice(test, test + validation).flat()),
    test: sorted(units.slice(0, test).flat()),
  };
}

function stratified(labels: ArrayLike<number | string>, sizes: Sizes, random: RandomSequence): TrainTestParts {
  const classes = [...samplesByLabel(labels).entries()];
  const parts = sizes.validation > 0 ? 3 : 2;
  const small = classes.find(([, samples]) => samples.length < parts);
  if (small) {
    throw new DataError(
      `${WHERE}: label ${small[0]} has ${small[1].length} of the samples, too few for ${parts} parts. ` +
        'Leave stratify out, or merge rare labels.',
    );
  }
  const test = allot(
    classes.map(([, samples]) => samples.length),
    sizes.test,
  );
  const validation = allot(
    classes.map(([, samples], index) => samples.length - test[index]!),
    sizes.validation,
  );
  const cuts = classes.map(([, samples], index) =>
    cut(
      random.shuffled(samples).map((sample) => [sample]),
      { test: test[index]!, validation: validation[index]! },
    ),
  );
  const joined = (part: keyof TrainTestParts) => sorted(cuts.flatMap((own) => [...own[part]]));
  return { train: joined('train'), validation: joined('validation'), test: joined('test') };
}

/**
 * Parts of the data to train on, to choose settings on, and to test on: at random, with every label in its share, group by
 * group, or by time. Indices, the same for the same seed.
 *
 * @param samples Number of samples.
 * @throws OptionError for parts that cannot be had; DataError for labels or groups of another number, or too rare a label.
 * @example
 * const { train, validation, test } = trainTestSplit(1000, { validation: 0.2, test: 0.2, stratify: labels, seed: 1 });
 */
export function trainTestSplit(samples: number, options: TrainTestSplitOptions = {}): TrainTestParts {
  checkOptions(WHERE, options, ['test', 'validation', 'stratify', 'groups', 'labels', 'order', 'seed']);
  checkNumber(WHERE, 'samples', samples, { minimum: 2, integer: true });
  const { labels } = options;
  const parts = split(samples, options);
  if (labels) warnOfAbsentClasses(parts, labels);
  return parts;
}

/** A split that is not stratified may leave a class out: metrics of that part say nothing about it. */
function warnOfAbsentClasses(parts: TrainTestParts, labels: ArrayLike<number | string>): void {
  const classes = [...samplesByLabel(labels).keys()];
  for (const part of ['train', 'validation', 'test'] as const) {
    if (parts[part].length === 0) continue;
    const present = new Set(Array.from(parts[part], (sample) => labels[sample]));
    const absent = classes.filter((label) => !present.has(label));
    if (absent.length > 0) {
      warn(
        `${WHERE}: ${part} has no sample of class ${absent.join(', ')}. Stratify, or choose another seed or other shares.`,
      );
    }
  }
}

function split(samples: number, options: TrainTestSplitOptions): TrainTestParts {
  const { stratify, groups, labels, order = 'random', seed = 0 } = options;
  const random = new RandomSequence(seed, SPLITS);
  if (order !== 'random' && order !== 'time') {
    throw new OptionError(`${WHERE}: order must be 'random' or 'time', got '${String(order)}'.`);
  }
  const ways = [stratify && 'stratify', groups && 'groups', order === 'time' && "order 'time'"].filter(Boolean);
  if (ways.length > 1) throw new OptionError(`${WHERE}: ${ways.join(' and ')} exclude one another. Choose one.`);
  for (const [name, given] of Object.entries({ stratify, groups, labels })) {
    if (given && given.length !== samples) {
      throw new DataError(`${WHERE}: ${name} has ${given.length} entries for ${samples} samples. Give one each.`);
    }
  }
  if (groups) {
    const members = [...samplesByLabel(groups).values()];
    return cut(random.shuffled(members), sizesOf(options, members.length, 'groups'));
  }
  const sizes = sizesOf(options, samples, 'samples');
  if (stratify) return stratified(stratify, sizes, random);
  const units = range(samples);
  return cut(
    (order === 'time' ? units.reverse() : random.shuffled(units)).map((sample) => [sample]),
    sizes,
  );
}

/** Stream of the draws here. */
const SPLITS = 3;
