// Texts as lists of words, in the forms in which they come and go.

import type { NumericArray } from '../../arrays.js';
import { DataError } from '../../../runtime/errors.js';
import { describeValue } from '../../../runtime/suggest.js';
import type { Token } from './transform.js';

/** What stands between white space. */
export const splitWords = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

export const joinWords = (words: readonly string[]): string => words.join(' ');

export const isTokens = (value: unknown): value is readonly Token[] | NumericArray =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** The words before the padding. */
export function wordsOf(where: string, tokens: readonly Token[], paddingId: number | undefined): readonly Token[] {
  let end = tokens.length;
  if (paddingId !== undefined) {
    while (end > 0 && tokens[end - 1] === paddingId) end--;
    const inside = tokens.indexOf(paddingId);
    if (inside >= 0 && inside < end) {
      throw new DataError(
        `textAugmenter: ${where}: padding ${paddingId} stands at ${inside}, before a word. Pad texts at their end.`,
      );
    }
  }
  const words = tokens.slice(0, end);
  const kind = typeof words[0];
  const odd = words.find((word) => typeof word !== kind || (typeof word !== 'string' && typeof word !== 'number'));
  if (odd === undefined) return words;
  throw new DataError(`textAugmenter: ${where} has ${describeValue(odd)}. Words are all strings, or all numbers.`);
}

/** Words cut or padded to a length. */
export function padded(words: readonly Token[], length: number, paddingId: number): Token[] {
  const kept = words.slice(0, length);
  return [...kept, ...new Array<Token>(length - kept.length).fill(paddingId)];
}

/** Words in an array of the type in which they came. @throws DataError for a number that the type does not hold. */
export function likeTokens(given: readonly Token[] | NumericArray, words: readonly Token[]): Token[] | NumericArray {
  if (Array.isArray(given)) return [...words];
  const kind = given.constructor as unknown as { from(values: Iterable<number>): NumericArray; name: string };
  const array = kind.from(words as readonly number[]);
  const lost = words.findIndex((word, i) => array[i] !== word);
  if (lost < 0) return array;
  throw new DataError(
    `textAugmenter: ${describeValue(words[lost])} does not fit into a ${kind.name}. Give an Int32Array.`,
  );
}

/** A field of a sample of a dataset. */
export function fieldOf(sample: unknown, field: string, index: number): unknown {
  if (typeof sample === 'object' && sample !== null && field in sample)
    return (sample as Record<string, unknown>)[field];
  throw new DataError(`textAugmenter.step: sample ${index} has no field '${field}', it is ${describeValue(sample)}.`);
}

/** What comes of a value, now or when it is there. */
export const afterwards = <T, U>(value: T | Promise<T>, next: (value: T) => U): U | Promise<U> =>
  value instanceof Promise ? value.then(next) : next(value);
