// Data as ensembles hold it: flat samples of one size, from which parts are drawn.

import { flatten, type ArrayData, type NumericArray } from '../data/arrays.js';
import type { Shape } from '../graph/shape.js';
import { DataError, OptionError, ShapeError } from '../runtime/errors.js';

/** What is decided: one of several classes, or quantities. */
export type EnsembleTask = 'classification' | 'regression';

/** Samples row-major, each of `size` values. */
export interface Samples {
  data: NumericArray;
  count: number;
  size: number;
  /** Of one sample. */
  sampleShape: Shape;
}

/** What the samples are: class numbers, or `size` values each. */
export type Targets = Samples;

/** Samples of an array; a flat one is divided by their number or their size. */
export function samplesOf(where: string, x: ArrayData, known: { count?: number; size?: number | undefined }): Samples {
  const { flat, shape } = flatten(where, x);
  const count = shape?.[0] ?? known.count ?? flat.length / known.size!;
  const size = flat.length / count;
  if (count < 1 || !Number.isInteger(size) || !Number.isInteger(count)) {
    throw new ShapeError(`${where}: ${flat.length} values are no ${count} samples. Give whole samples.`);
  }
  if (known.count !== undefined && count !== known.count) {
    throw new ShapeError(`${where}: x has ${count} samples, y has ${known.count}. They must be equal.`);
  }
  if (known.size !== undefined && size !== known.size) {
    throw new ShapeError(`${where}: fitted on samples of ${known.size} values, got ${size}. Give the same features.`);
  }
  return { data: flat, count, size, sampleShape: shape?.slice(1) ?? [size] };
}

/** Targets of a task: class numbers as they are counted from 0, or values. */
export function targetsOf(where: string, task: EnsembleTask, y: ArrayData): Targets {
  const { flat, shape } = flatten(where, y);
  const count = shape?.[0] ?? flat.length;
  const size = flat.length / count;
  if (flat.length === 0) throw new DataError(`${where}: y is empty. Give at least one sample.`);
  if (task === 'classification') {
    const odd = flat.findIndex((label: number) => !Number.isInteger(label) || label < 0);
    if (size !== 1) throw new ShapeError(`${where}: y has ${size} values a sample. Give one class number each.`);
    if (odd >= 0) throw new DataError(`${where}: label ${odd} is ${flat[odd]}. Class numbers count from 0.`);
    return { data: Int32Array.from(flat), count, size, sampleShape: [] };
  }
  const odd = flat.findIndex((value: number) => !Number.isFinite(value));
  if (odd >= 0) throw new DataError(`${where}: value ${odd} of y is ${flat[odd]}. Targets must be finite.`);
  return { data: Float32Array.from(flat), count, size, sampleShape: [size] };
}

/** Classes of labels: the largest and one more, at least two. */
export function classesOf({ data }: Pick<Targets, 'data'>): number {
  let top = 1;
  for (let i = 0; i < data.length; i++) top = Math.max(top, data[i]!);
  return top + 1;
}

/** The samples of these rows, in their order, repeated where a row is. */
export function takeRows({ data, size, sampleShape }: Samples, rows: ArrayLike<number>): Samples {
  const taken = new (data.constructor as new (length: number) => NumericArray)(rows.length * size);
  for (let i = 0; i < rows.length; i++) taken.set(data.subarray(rows[i]! * size, (rows[i]! + 1) * size), i * size);
  return { data: taken, count: rows.length, size, sampleShape };
}

/** @throws OptionError unless the task is known. */
export function checkTask(where: string, task: unknown): EnsembleTask {
  if (task === 'classification' || task === 'regression') return task;
  throw new OptionError(`${where}: task must be 'classification' or 'regression', got ${String(task)}.`);
}
