// The container of saved models: safetensors. https://github.com/huggingface/safetensors
//
//     bytes 0 .. 8         N, little-endian: length of the header
//     bytes 8 .. 8+N       JSON: { "__metadata__": { text: text }, NAME: { "dtype", "shape", "data_offsets": [begin, end] } }
//     the rest             the tensors, little-endian, row-major; offsets count from here; no gap and no overlap

import type { Shape } from '../graph/shape.js';
import { FormatError, OptionError } from '../runtime/errors.js';
import { describeValue, isObject } from '../runtime/suggest.js';
import { byteLengthOf, parseJson } from './json.js';

/** Bytes of an element of each type that the format knows. */
const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type SafetensorsDType = keyof typeof DTYPE_BYTES;

/** A tensor of a file. */
export interface StoredTensor {
  dtype: SafetensorsDType;
  shape: Shape;
  /** Its bytes: a view of the file's. */
  bytes: Uint8Array;
}

export interface Safetensors {
  metadata: Readonly<Record<string, string>>;
  tensors: ReadonlyMap<string, StoredTensor>;
  /** Byte at which the tensors begin. */
  dataOffset: number;
  /** Byte of the header at which a key stands, or at which the header begins. */
  byteOf(key: string): number;
}

const LENGTH_BYTES = 8;
/** As in the format's own reader. */
const MAXIMUM_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';
/** Tensors begin at a multiple of this, so that float64 values can be read in place. */
const ALIGNMENT = 8;

const bytesOf = (dtype: SafetensorsDType, shape: Shape): number =>
  shape.reduce((product, side) => product * side, DTYPE_BYTES[dtype]);

/**
 * Writes a file. Tensors with larger elements come first, which keeps all of them aligned without gaps.
 *
 * @throws OptionError for a name that is taken.
 */
export function writeSafetensors(
  tensors: readonly (readonly [string, StoredTensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort(([, a], [, b]) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const entries: [string, unknown][] = [[METADATA, metadata]];
  const taken = new Set([METADATA]);
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of ordered) {
    if (taken.has(name)) throw new OptionError(`save: two tensors would be named '${name}'. Rename the layer.`);
    taken.add(name);
    entries.push([name, { dtype, shape, data_offsets: [end, (end += bytes.length)] }]);
  }
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerBytes = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(file.buffer).setUint32(0, headerBytes, true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  file.set(header, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerBytes;
  for (const [, { bytes }] of ordered) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

/**
 * Reads a file: everything is checked (length of the header, types, shapes, offsets, gaps and overlaps) before anything is
 * allocated; tensors are views of the bytes that were given.
 *
 * @throws FormatError with the byte of the file and what was expected there.
 */
export function readSafetensors(file: Uint8Array, where: string): Safetensors {
  const dataOffset = dataOffsetOf(file, where);
  const text = decodeHeader(file.subarray(LENGTH_BYTES, dataOffset), where);
  const header = parseJson(text, where, LENGTH_BYTES);
  const byteOf = (name: string): number =>
    LENGTH_BYTES + byteLengthOf(text.slice(0, Math.max(0, text.indexOf(JSON.stringify(name)))));
  const fail = (name: string, expected: string, got: unknown): never => {
    const at = byteOf(name);
    throw new FormatError(`${where}: byte ${at}: ${name}: expected ${expected}, got ${describeJson(got)}.`, at);
  };
  if (!isObject(header)) {
    throw new FormatError(
      `${where}: byte 8: expected an object of tensors, got ${describeJson(header)}.`,
      LENGTH_BYTES,
    );
  }
  const { [METADATA]: metadata = {}, ...rest } = header;
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    fail(METADATA, 'texts by name', metadata);
  }
  const entries = Object.entries(rest).map(([name, given]) => checkEntry(name, given, fail));
  checkLayout(entries, file.length - dataOffset, dataOffset, where, byteOf);
  return {
    metadata: metadata as Record<string, string>,
    tensors: new Map(
      entries.map(({ name, dtype, shape, begin, end }) => [
        name,
        { dtype, shape, bytes: file.subarray(dataOffset + begin, dataOffset + end) },
      ]),
    ),
    dataOffset,
    byteOf,
  };
}

/** Byte at which the tensors of a file begin. @throws FormatError for a length of the header that can't be. */
export function dataOffsetOf(file: Uint8Array, where: string): number {
  if (file.length < LENGTH_BYTES) {
    throw new FormatError(
      `${where}: byte ${file.length}: expected 8 bytes that give the length of the header, got a file of ${file.length}.`,
      file.length,
    );
  }
  const view = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  const most = Math.min(MAXIMUM_HEADER_BYTES, file.length - LENGTH_BYTES);
  if (length >= 2 && length <= most) return LENGTH_BYTES + length;
  throw new FormatError(
    `${where}: byte 0: expected the length of the header, 2 to ${most} in a file of ${file.length} bytes, got ${length}. ` +
      'The file is cut short, or no safetensors file.',
    0,
  );
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(`${where}: byte 8: expected a header in UTF-8.`, LENGTH_BYTES, { cause });
  }
}

function decodeHeader(bytes: Uint8Array, where: string): string {
  const text = decode(bytes, where);
  if (text.startsWith('{')) return text;
  throw new FormatError(`${where}: byte 8: expected '{', got ${describeJson(text[0])}.`, LENGTH_BYTES);
}

interface Entry {
  name: string;
  dtype: SafetensorsDType;
  shape: Shape;
  begin: number;
  end: number;
}

const ENTRY_KEYS = ['dtype', 'shape', 'data_offsets'];

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);

const describeJson = (value: unknown): string => {
  const text = JSON.stringify(value) ?? describeValue(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
};

function checkEntry(
  name: string,
  given: unknown,
  fail: (name: string, expected: string, got: unknown) => never,
): Entry {
  if (!isObject(given)) return fail(name, 'an object of dtype, shape and data_offsets', given);
  const odd = Object.keys(given).find((key) => !ENTRY_KEYS.includes(key));
  if (odd !== undefined) fail(name, `no key but ${ENTRY_KEYS.join(', ')}`, odd);
  const { dtype, shape, data_offsets: offsets } = given;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    return fail(name, `a dtype of ${Object.keys(DTYPE_BYTES).join(', ')}`, dtype);
  }
  if (!isCounts(shape)) return fail(name, 'a shape of whole numbers', shape);
  if (!isCounts(offsets) || offsets.length !== 2) return fail(name, 'data_offsets [begin, end]', offsets);
  const [begin, end] = offsets as [number, number];
  const known = dtype as SafetensorsDType;
  const bytes = bytesOf(known, shape);
  if (end - begin !== bytes) fail(name, `${bytes} bytes for ${dtype} [${shape.join(', ')}]`, offsets);
  return { name, dtype: known, shape, begin, end };
}

/** Tensors must lie one behind the other and fill the file. */
function checkLayout(
  entries: readonly Entry[],
  dataBytes: number,
  dataOffset: number,
  where: string,
  byteOf: (name: string) => number,
): void {
  let next = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== next || end > dataBytes) {
      const kind = begin < next ? 'an overlap' : begin > next ? 'a gap' : 'the end of the file';
      throw new FormatError(
        `${where}: byte ${byteOf(name)}: ${name}: expected bytes from ${next} to at most ${dataBytes}, got ${begin} to ${end}: ${kind}.`,
        byteOf(name),
      );
    }
    next = end;
  }
  if (next === dataBytes) return;
  const at = dataOffset + next;
  throw new FormatError(`${where}: byte ${at}: expected the end of the file, got ${dataBytes - next} more bytes.`, at);
}
