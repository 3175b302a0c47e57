// Samples made one batch: numbers to a vector, arrays to one with an axis more, objects field by field.

import { formatShape } from '../graph/shape.js';
import { DataError, ShapeError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { ownShape, toNumbers, type ArrayData, type NdArray, type NumericArray } from './arrays.js';

/** What samples of a type become in a batch. */
export type Collated<T> = T extends number | ArrayData ? NdArray : { [K in keyof T]: Collated<T[K]> };

const isArray = (value: unknown): value is ArrayData =>
  Array.isArray(value) ||
  ArrayBuffer.isView(value) ||
  (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value);

/** Samples of one field as an array with one axis more. Integers keep their type; JavaScript's numbers stay float64. */
export function stack(where: string, samples: readonly unknown[]): unknown {
  const first = samples[0];
  if (typeof first === 'number') return { data: Float64Array.from(samples, numberOf(where)), shape: [samples.length] };
  if (isArray(first)) return stackArrays(where, samples);
  if (typeof first !== 'object' || first === null) {
    throw new DataError(
      `${where}: sample 0 is ${describeValue(first)}. Samples are numbers, arrays, or objects of them.`,
    );
  }
  const names = Object.keys(first);
  samples.forEach((sample, i) => {
    const own = typeof sample === 'object' && sample !== null ? Object.keys(sample) : [];
    if (own.length === names.length && names.every((name) => own.includes(name))) return;
    throw new DataError(
      `${where}: sample ${i} has ${own.join(', ') || 'no fields'}, sample 0 has ${names.join(', ')}.`,
    );
  });
  const field = (name: string) => samples.map((sample) => (sample as Record<string, unknown>)[name]);
  return Object.fromEntries(names.map((name) => [name, stack(`${where}: ${name}`, field(name))]));
}

const numberOf =
  (where: string) =>
  (value: unknown, i: number): number => {
    if (typeof value === 'number') return value;
    throw new DataError(`${where}: sample ${i} is ${describeValue(value)}, sample 0 is a number.`);
  };

function stackArrays(where: string, samples: readonly unknown[]): NdArray {
  const parts = samples.map((sample, i) => {
    if (!isArray(sample)) throw new DataError(`${where}: sample ${i} is ${describeValue(sample)}, sample 0 an array.`);
    const data = toNumbers(`${where}: sample ${i}`, sample);
    return { data, shape: ownShape(sample) ?? [data.length] };
  });
  const { data, shape } = parts[0]!;
  const kind = parts.every((part) => part.data.constructor === data.constructor) ? data.constructor : Float64Array;
  const all = new (kind as new (length: number) => NumericArray)(data.length * parts.length);
  parts.forEach((part, i) => {
    if (formatShape(part.shape) !== formatShape(shape)) {
      throw new ShapeError(
        `${where}: sample ${i} has shape ${formatShape(part.shape)}, sample 0 has ${formatShape(shape)}. ` +
          'Pad, crop or resize samples to one shape.',
      );
    }
    all.set(part.data, i * data.length);
  });
  return { data: all, shape: [parts.length, ...shape] };
}
