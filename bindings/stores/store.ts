// What a store of saved models is, whatever lies under it.

import { FormatError, OptionError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';

/** Saved models by key. A model is kept whole or not at all: a set that fails or is cut off leaves what was there. */
export interface ModelStore {
  /** The bytes that were set; undefined if there are none. */
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  set(key: string, bytes: Uint8Array): Promise<void>;
  /** Nothing happens where there is no such key. */
  delete(key: string): Promise<void>;
  /** All keys, sorted. */
  keys(): Promise<string[]>;
}

/** A key that every store can hold, as the name of a file too. */
const KEY = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

export const isKey = (key: unknown): key is string => typeof key === 'string' && KEY.test(key);

/** @throws OptionError for a key that not every store can hold. */
export function checkKey(where: string, key: string): string {
  if (isKey(key)) return key;
  throw new OptionError(
    `${where}: a key has 1 to 100 letters, digits, '_', '-' and '.', and does not begin with '-' or '.'; got ${describeValue(key)}.`,
  );
}

/** @throws OptionError for what are no bytes. */
export function checkBytes(where: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes instanceof Uint8Array) {
    // Not a Buffer, whose slice is no copy; nor shared memory, which others may change.
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return bytes.buffer instanceof ArrayBuffer ? (view as Uint8Array<ArrayBuffer>) : view.slice();
  }
  throw new OptionError(`${where}: expected the bytes that model.save() gives, got ${describeValue(bytes)}. Await it.`);
}

/**
 * What lay under a key as bytes; undefined for nothing.
 *
 * @throws FormatError for what is neither: something else than a store of models put it there.
 */
export function checkValue(where: string, key: string, value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return value as Uint8Array<ArrayBuffer>;
  throw new FormatError(
    `${where}: expected bytes under '${key}', got ${describeValue(value)}. Delete it, or have get return bytes.`,
    0,
  );
}

/** Sorted by code units, so that the order is that of every engine. */
export const sortedKeys = (keys: Iterable<unknown>): string[] => [...keys].filter(isKey).sort();
