// Plain values to JSON and back without loss: numbers that JSON does not know are written by name, typed arrays become tensors
// of the file.

import type { SafetensorsDType, StoredTensor } from '../../formats/safetensors.js';
import { DataError, OptionError } from '../../runtime/errors.js';
import { describeValue, isObject, isPlain } from '../../runtime/suggest.js';

/** Numbers by the name that they have in files. */
const NUMBERS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

const NUMBER = '$number';
const TENSOR = '$tensor';

type Typed = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** How typed arrays are kept. */
const ARRAYS = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const satisfies Partial<Record<SafetensorsDType, new (buffer: ArrayBuffer) => Typed>>;

const dtypeOf = (array: ArrayBufferView): keyof typeof ARRAYS | undefined =>
  (Object.keys(ARRAYS) as (keyof typeof ARRAYS)[]).find((dtype) => array instanceof ARRAYS[dtype]);

export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** A typed array as a tensor of the file, which writing it copies: a view. */
export function tensorOf(array: ArrayBufferView, shape?: readonly number[]): StoredTensor {
  const dtype = dtypeOf(array)!;
  const bytes = bytesOf(array);
  return { dtype, shape: shape ?? [bytes.length / ARRAYS[dtype].BYTES_PER_ELEMENT], bytes };
}

/** A tensor of the file as a typed array: a copy. */
function typedArrayOf({ dtype, bytes }: StoredTensor): Typed | undefined {
  if (!Object.hasOwn(ARRAYS, dtype)) return undefined;
  return new ARRAYS[dtype as keyof typeof ARRAYS](bytes.slice().buffer);
}

/** Writes values; their typed arrays gather in `tensors`, under names that begin with `prefix`. */
export class ValueWriter {
  readonly tensors: (readonly [string, StoredTensor])[] = [];

  constructor(private readonly prefix: string) {}

  /** @throws OptionError for what is no plain value, with its path. */
  write(value: unknown, path: string): unknown {
    if (typeof value === 'number') return writeNumber(value);
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((entry, i) => this.write(entry, `${path}[${i}]`));
    if (ArrayBuffer.isView(value) && dtypeOf(value)) {
      const name = `${this.prefix}${this.tensors.length}`;
      this.tensors.push([name, tensorOf(value)]);
      return { [TENSOR]: name };
    }
    if (isPlain(value)) {
      const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
      const odd = entries.find(([key]) => key.startsWith('$') || key === '__proto__');
      if (odd) throw new OptionError(`save: ${path} has the key '${odd[0]}', which files can't hold. Rename it.`);
      return Object.fromEntries(entries.map(([key, entry]) => [key, this.write(entry, `${path}.${key}`)]));
    }
    throw new OptionError(
      `save: ${path} is ${describeValue(value)}, expected plain values: numbers, texts, lists, objects, typed arrays.`,
    );
  }
}

function writeNumber(value: number): unknown {
  const name = Object.keys(NUMBERS).find((known) => Object.is(NUMBERS[known], value));
  return name === undefined ? value : { [NUMBER]: name };
}

/** Values as they were before `ValueWriter.write`. @throws DataError for a number or tensor that is not there. */
export function readValue(value: unknown, tensors: ReadonlyMap<string, StoredTensor>): unknown {
  if (Array.isArray(value)) return value.map((entry) => readValue(entry, tensors));
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, NUMBER)) {
    const name = String(value[NUMBER]);
    if (Object.hasOwn(NUMBERS, name)) return NUMBERS[name];
    throw new DataError(`expected one of ${Object.keys(NUMBERS).join(', ')}, got ${describeValue(name)}`);
  }
  if (Object.hasOwn(value, TENSOR)) {
    const tensor = tensors.get(String(value[TENSOR]));
    const array = tensor && typedArrayOf(tensor);
    if (array) return array;
    throw new DataError(`expected a tensor '${String(value[TENSOR])}' of numbers`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, readValue(entry, tensors)]));
}
