// Checkpoints in a store: how they are named, and the way back from the newest that is whole.

import { FormatError, OptionError } from '../../runtime/errors.js';
import { checkOptions, describeValue } from '../../runtime/suggest.js';
import { warn } from '../../runtime/warn.js';
import { isKey, type ModelStore } from '../../stores/store.js';
import type { Model } from '../model.js';
import { NewerFormatError } from '../../formats/sealedFile.js';
import { loadModel, type LoadOptions } from './load.js';

/** Digits of a checkpoint's number: keys sort as numbers do. */
const DIGITS = 8;

export const checkpointKey = (name: string, number: number): string =>
  `${name}-${String(number).padStart(DIGITS, '0')}`;

export const bestKey = (name: string): string => `${name}-best`;

/** Numbers of the checkpoints of a name among keys, from the oldest on. */
export function checkpointNumbers(keys: Iterable<string>, name: string): number[] {
  const isOwn = (key: string): boolean => key.startsWith(`${name}-`) && /^\d+$/.test(key.slice(name.length + 1));
  return [...keys]
    .filter((key) => isOwn(key) && key.length === name.length + 1 + DIGITS)
    .map((key) => Number(key.slice(-DIGITS)))
    .sort((a, b) => a - b);
}

/** The store and name of checkpoints, checked. */
export function checkPlace(where: string, store: ModelStore, name = 'checkpoint'): string {
  for (const method of ['get', 'set', 'delete', 'keys'] as const) {
    if (typeof (store as Partial<ModelStore> | null | undefined)?.[method] === 'function') continue;
    throw new OptionError(
      `${where}: store must be one such as fileStore(folder) or indexedDBStore(), got ${describeValue(store)}.`,
    );
  }
  if (typeof name === 'string' && isKey(name) && isKey(checkpointKey(name, 0))) return name;
  throw new OptionError(
    `${where}: name must be 1 to ${100 - DIGITS - 1} letters, digits, '_', '-' and '.', got ${describeValue(name)}.`,
  );
}

export interface LoadCheckpointOptions extends LoadOptions {
  /** The name that `checkpoint` was given. */
  name?: string;
}

/**
 * The model of the newest checkpoint that is whole, ready for `fit({ resume: true })`; undefined where there is none. Checkpoints
 * that are damaged or cut short are passed over, with one warning that names them and what is wrong with each.
 *
 * @throws OptionError that names a layer, loss or metric of one's own which `custom` lacks.
 * @throws FormatError for a checkpoint of a newer version of the library: it is not passed over, since training from an older
 *   one would in time replace it.
 * @throws What the store throws: a store that can't be reached is not an empty one.
 * @example
 * const saved = await loadCheckpoint(store);
 * const model = saved ?? build();
 * await model.fit(x, y, { epochs: 100, callbacks: [checkpoint({ store })], resume: saved !== undefined });
 */
export async function loadCheckpoint(
  store: ModelStore,
  options: LoadCheckpointOptions = {},
): Promise<Model | undefined> {
  const where = 'loadCheckpoint';
  checkOptions(where, options, ['name', 'custom']);
  const { name: given, ...loading } = options;
  const name = checkPlace(where, store, given);
  const skipped: string[] = [];
  let model: Model | undefined;
  for (const number of checkpointNumbers(await store.keys(), name).reverse()) {
    const key = checkpointKey(name, number);
    const found = await readWhole(store, key, loading);
    if (typeof found !== 'string') {
      model = found;
      break;
    }
    skipped.push(`'${key}' (${found})`);
  }
  if (skipped.length > 0) {
    const instead = model ? `training goes on from step ${model.step}` : 'there is no other';
    warn(`${where}: passed over ${skipped.join(', ')}; ${instead}.`);
  }
  return model;
}

/** The model, or what is wrong with it. */
async function readWhole(store: ModelStore, key: string, options: LoadOptions): Promise<Model | string> {
  try {
    const bytes = await store.get(key);
    return bytes ? await loadModel(bytes, options) : 'it is gone';
  } catch (error) {
    if (error instanceof FormatError && !(error instanceof NewerFormatError)) return error.message;
    throw error;
  }
}
