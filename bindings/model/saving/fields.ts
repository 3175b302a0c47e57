// Checks of what a file says, each naming the field: the caller adds the byte.

import type { Shape } from '../../graph/shape.js';
import { DataError } from '../../runtime/errors.js';
import { describeValue, isObject } from '../../runtime/suggest.js';

type Fields = Readonly<Record<string, unknown>>;

function fail(path: string, expected: string, got: unknown): never {
  throw new DataError(`${path}: expected ${expected}, got ${describeValue(got)}`);
}

export const readObject = (value: unknown, path: string): Fields =>
  isObject(value) ? value : fail(path, 'an object', value);

export const readList = (value: unknown, path: string): readonly unknown[] =>
  Array.isArray(value) ? value : fail(path, 'a list', value);

export const readText = (value: unknown, path: string): string =>
  typeof value === 'string' ? value : fail(path, 'a text', value);

export const readNumber = (value: unknown, path: string): number =>
  typeof value === 'number' ? value : fail(path, 'a number', value);

/** A whole number from 0 on, below a bound. */
export const readCount = (value: unknown, path: string, below = Number.MAX_SAFE_INTEGER): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < below
    ? (value as number)
    : fail(path, below < Number.MAX_SAFE_INTEGER ? `a whole number below ${below}` : 'a whole number from 0 on', value);

export const readShape = (value: unknown, path: string): Shape =>
  readList(value, path).map((side, i) => readCount(side, `${path}[${i}]`));

/** A text or nothing, as it is spread into options. */
export const readName = (value: unknown, path: string): { name?: string } =>
  value === undefined ? {} : { name: readText(value, path) };
