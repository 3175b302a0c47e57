// A model.json with its weights, in the forms in which programs have them.

import { DataError, FormatError } from '../../runtime/errors.js';
import { describeValue, isObject, isPlain } from '../../runtime/suggest.js';
import { readList, readObject, readText } from '../../model/saving/fields.js';
import { byteLengthOf, parseJson } from '../json.js';
import type { Fields } from './names.js';
import { checkBytes, readSpecs, type TfjsWeight } from './weights.js';

/** The bytes of a file. */
export type FileBytes = ArrayBuffer | Uint8Array;

/** Gives the bytes of a file of weights by its path in model.json, such as `group1-shard1of2.bin`. */
export type WeightFetcher = (path: string) => FileBytes | Promise<FileBytes>;

/** What `importTfjs` is given. */
export interface TfjsFiles {
  /** The file `model.json`: its bytes, its text, or what JSON.parse made of it; or the ModelArtifacts of TensorFlow.js. */
  modelJson: FileBytes | string | object;
  /** All weights one behind the other, in one piece or several, or a function that gets them by path. */
  weights: FileBytes | readonly FileBytes[] | WeightFetcher;
}

/** A model.json, and how errors find their place in it. */
export interface ModelJson {
  fields: Fields;
  /** Byte of the file at which a text stands, as near as can be told. */
  byteOf(text: string): number;
}

export function readModelJson(where: string, given: TfjsFiles['modelJson']): ModelJson {
  if (isPlain(given)) return { fields: given, byteOf: () => 0 };
  const text = typeof given === 'string' ? given : decode(where, bytesOf(where, 'modelJson', given));
  const fields = parseJson(text, where, 0);
  if (!isObject(fields)) {
    throw new FormatError(
      `${where}: byte 0: expected an object, the content of model.json, got ${describeValue(fields)}.`,
      0,
    );
  }
  return { fields, byteOf: (part) => byteLengthOf(text.slice(0, Math.max(0, text.indexOf(part)))) };
}

function bytesOf(where: string, name: string, given: unknown): Uint8Array {
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  if (given instanceof Uint8Array) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  throw new DataError(`${where}: ${name}: expected the bytes of a file, got ${describeValue(given)}.`);
}

function decode(where: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`${where}: byte 0: expected a model.json in UTF-8.`, 0, { cause });
  }
}

interface Manifest {
  weights: TfjsWeight[];
  bytes: number;
  paths: readonly string[];
}

/** Paths that lead out of the folder of model.json are refused: a fetcher may hand them to a file system. */
function readPath(value: unknown, path: string): string {
  const file = readText(value, path);
  if (file !== '' && !/^[/\\]|(^|[/\\])\.\.([/\\]|$)|:|\0/.test(file)) return file;
  throw new DataError(`${path}: expected the name of a file beside model.json, got ${describeValue(file)}`);
}

export function readManifest({ weightsManifest: groups, weightSpecs: specs }: Fields): Manifest {
  if (groups === undefined) return { ...readSpecs(specs ?? [], 'weightSpecs'), paths: [] };
  const list = readList(groups, 'weightsManifest').map((group, i) => readObject(group, `weightsManifest[${i}]`));
  const all = list.flatMap(({ weights }, i) => [...readList(weights, `weightsManifest[${i}].weights`)]);
  const paths = list.flatMap(({ paths: given }, i) =>
    readList(given, `weightsManifest[${i}].paths`).map((path) => readPath(path, `weightsManifest[${i}].paths`)),
  );
  return { ...readSpecs(all, 'weightsManifest.weights'), paths };
}

/** The bytes of all weights, as many as the manifest says. */
export async function readWeights(
  where: string,
  { bytes, paths }: Manifest,
  given: TfjsFiles['weights'],
): Promise<Uint8Array> {
  const parts: FileBytes[] = [];
  if (typeof given === 'function') for (const path of paths) parts.push(await given(path));
  else parts.push(...(Array.isArray(given) ? (given as readonly FileBytes[]) : [given as FileBytes]));
  const views = parts.map((part) => bytesOf(where, 'weights', part));
  checkBytes(
    where,
    bytes,
    views.reduce((sum, view) => sum + view.length, 0),
  );
  if (views.length === 1) return views[0]!;
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const view of views) {
    all.set(view, at);
    at += view.length;
  }
  return all;
}
