// Which samples are held out when: a number of folds, folds, or a function that makes them.

import { kFold, type Fold } from '../data/splits/folds.js';
import { range } from '../data/splits/groups.js';
import { DataError, OptionError } from '../runtime/errors.js';
import { describeValue, isObject } from '../runtime/suggest.js';

/** What folds are made of: all samples, or those that an outer fold trains on. */
export interface FoldSource {
  /** How many there are. */
  readonly samples: number;
  /** Their class numbers. Read only by those who need them: a DataError where there are none. */
  readonly labels: ArrayLike<number>;
  /** Their places in the data: for groups, `indices.map((i) => groups[i])`. */
  readonly indices: Int32Array;
}

/**
 * So many folds of shuffled samples; folds as `kFold`, `stratifiedKFold`, `repeatedKFold`, `leaveOneOut`, `groupKFold` and
 * `timeSeriesSplit` make them; or a function that makes them.
 */
export type FoldPlan = number | readonly Fold[] | ((source: FoldSource) => readonly Fold[]);

/** The folds of a plan, checked: no sample is trained on and held out at once. */
export function resolveFolds(where: string, plan: FoldPlan, source: FoldSource, seed: number): readonly Fold[] {
  const { samples } = source;
  const made: unknown =
    typeof plan === 'number'
      ? kFold(samples, { folds: plan, shuffle: true, seed })
      : typeof plan === 'function'
        ? plan(source)
        : plan;
  if (!Array.isArray(made) || made.length === 0 || !made.every(isFold)) {
    throw new OptionError(
      `${where}: folds must be a number, folds such as kFold(${samples}) makes, or a function that makes them, got ${describeValue(made)}.`,
    );
  }
  made.forEach((fold, i) => checkFold(`${where}: fold ${i}`, fold, samples));
  return made;
}

const isFold = (value: unknown): value is Fold =>
  isObject(value) && [value.train, value.test].every((part) => ArrayBuffer.isView(part) || Array.isArray(part));

function checkFold(where: string, { train, test }: Fold, samples: number): void {
  const use = new Uint8Array(samples);
  for (const [part, bit] of [
    [train, 1],
    [test, 2],
  ] as const) {
    if (part.length === 0) throw new DataError(`${where}: no samples to ${bit === 1 ? 'train on' : 'test on'}.`);
    for (const index of part) {
      if (!(Number.isInteger(index) && index >= 0 && index < samples)) {
        throw new DataError(`${where}: no sample ${index}; there are ${samples}.`);
      }
      use[index]! |= bit;
    }
  }
  const leak = use.indexOf(3);
  if (leak >= 0) throw new DataError(`${where}: sample ${leak} is in train and in test. Held-out samples must be new.`);
}

/** All places of a data set. */
export const allIndices = (samples: number): Int32Array => Int32Array.from(range(samples));
