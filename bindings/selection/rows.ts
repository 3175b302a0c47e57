// Some of the samples of whatever `fit` takes.

import { isNdArray, ownShape, type ArrayData, type NdArray, type NumericArray } from '../data/arrays.js';
import { argMaxRows } from '../data/matrix.js';
import type { Table, TableData } from '../data/table.js';
import { sizeOf } from '../graph/shape.js';
import type { DataArgument } from '../model/dataset.js';
import { DataError } from '../runtime/errors.js';
import { describeValue, isObject } from '../runtime/suggest.js';

/** Samples: arrays, a table, rows by column name, or several inputs by name. */
export type RowData = DataArgument | TableData;

// By what it can do, not by its class: a table may come from another copy of the library.
const isTable = (data: RowData): data is Table =>
  isObject(data) && typeof (data as Partial<Table>).take === 'function' && 'rows' in data;

/** Inputs in a list: whole arrays, where the rows of nested arrays would be lists of numbers. */
const isList = (data: RowData): data is readonly ArrayData[] =>
  Array.isArray(data) && data.length > 0 && data.every((item) => ArrayBuffer.isView(item) || isNdArray(item));

/** The arrays of several inputs. */
function entriesOf(data: RowData): [string | number, RowData][] | undefined {
  if (isList(data)) return data.map((item, i) => [i, item]);
  if (!isObject(data) || ArrayBuffer.isView(data) || isTable(data) || isNdArray(data)) return undefined;
  return Object.entries(data as Record<string, ArrayData>);
}

/** The number of samples; undefined of a flat array, which does not say. */
function ownCount(data: RowData): number | undefined {
  if (isTable(data)) return data.rows;
  const entries = entriesOf(data);
  if (entries) return entries.map(([, item]) => ownCount(item)).find((count) => count !== undefined);
  if (Array.isArray(data)) return data.length;
  if (isNdArray(data)) return data.shape[0];
  return undefined;
}

/** How many samples there are: as one of both says, else one for each element of y. */
export function countSamples(where: string, x: RowData, y: RowData): number {
  const count = ownCount(y) ?? ownCount(x) ?? (ArrayBuffer.isView(y) ? y.length : 0);
  if (count >= 2) return count;
  throw new DataError(
    `${where}: expected at least 2 samples of x and y, got ${describeValue(x)}, ${describeValue(y)}.`,
  );
}

function takeFlat(data: NumericArray, size: number, indices: Int32Array): NumericArray {
  const make = data.constructor as new (length: number) => NumericArray;
  const taken = new make(indices.length * size);
  indices.forEach((index, i) => taken.set(data.subarray(index * size, (index + 1) * size), i * size));
  return taken;
}

/** The samples at `indices`, in the form in which all are given. */
export function takeRows<T extends RowData>(where: string, data: T, indices: Int32Array, count: number): T;
export function takeRows(where: string, data: RowData, indices: Int32Array, count: number): RowData {
  const entries = entriesOf(data);
  if (entries) {
    const taken = entries.map(([name, item]) => [name, takeRows(`${where}: ${name}`, item, indices, count)] as const);
    return Array.isArray(data)
      ? (taken.map(([, item]) => item) as ArrayData[])
      : (Object.fromEntries(taken) as Record<string, ArrayData>);
  }
  const own = ownCount(data) ?? (data as NumericArray).length;
  const isFlat = ArrayBuffer.isView(data);
  if (isFlat ? own === 0 || own % count !== 0 : own !== count) {
    throw new DataError(`${where}: expected ${isFlat ? 'a multiple of ' : ''}${count} samples, got ${own}.`);
  }
  if (isTable(data)) return data.take(indices);
  if (Array.isArray(data)) return Array.from(indices, (index) => data[index] as never);
  if (isFlat) return takeFlat(data, own / count, indices);
  const { data: flat, shape } = data as NdArray;
  return { data: takeFlat(flat, sizeOf(shape.slice(1)), indices), shape: [indices.length, ...shape.slice(1)] };
}

/** One class number a sample: y itself, or the largest of each row of one-hot labels. */
export function labelsOf(where: string, y: RowData, count: number): ArrayLike<number> {
  const own = y as ArrayData;
  const flat = isNdArray(own) ? own.data : Array.isArray(own) ? (own.flat() as number[]) : own;
  if (ArrayBuffer.isView(flat) || (Array.isArray(flat) && flat.every((value) => typeof value === 'number'))) {
    const values = flat as ArrayLike<number>;
    if (values.length === count) return values;
    if (sizeOf((ownShape(own) ?? []).slice(1)) * count === values.length)
      return argMaxRows(values, values.length / count);
  }
  throw new DataError(`${where}: folds by label need y as one class a sample or one-hot, got ${describeValue(y)}.`);
}
