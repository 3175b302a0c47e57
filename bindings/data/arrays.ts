// What users may hand in as data, and its one inner form: a flat typed array of whole samples.

import { formatShape, sizeOf, type Shape } from '../graph/shape.js';
import { DataError, DTypeError, ShapeError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';

export type NestedArray = readonly number[] | readonly NestedArray[];

export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Numbers with a shape, row-major. */
export interface NdArray {
  data: NumericArray;
  shape: Shape;
}

/** Samples of one input or output: nested arrays, a flat typed array (whole samples, row-major), or one with its shape. */
export type ArrayData = NestedArray | NumericArray | NdArray;

/** Samples in the form in which they lie in linear memory. */
export interface SampleArray {
  data: Float32Array | Int32Array | Uint8Array;
  count: number;
  sampleShape: Shape;
}

/** The samples as an array that can be given again. */
export const arrayOf = ({ data, count, sampleShape }: SampleArray) => ({ data, shape: [count, ...sampleShape] });

export type SampleKind = 'float32' | 'int32';

export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;

const isNumericArray = (value: unknown): value is NumericArray =>
  ArrayBuffer.isView(value) &&
  !(value instanceof DataView) &&
  !(value instanceof BigInt64Array) &&
  !(value instanceof BigUint64Array);

/** Shape of nested arrays by their first elements; ragged ones are found when they are flattened. */
export function nestedShape(value: NestedArray): number[] {
  const shape: number[] = [];
  for (let level: unknown = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

function flattenNested(where: string, value: NestedArray, shape: Shape): Float64Array {
  const flat = new Float64Array(sizeOf(shape));
  let next = 0;
  const visit = (part: unknown, depth: number): void => {
    if (depth === shape.length) {
      if (typeof part !== 'number') throw new DataError(`${where}: expected a number, got ${describeValue(part)}.`);
      flat[next++] = part;
      return;
    }
    if (!Array.isArray(part) || part.length !== shape[depth]) {
      const got = Array.isArray(part) ? `${part.length} elements` : describeValue(part);
      throw new ShapeError(`${where}: ragged array: expected ${shape[depth]} elements at depth ${depth}, got ${got}.`);
    }
    for (const element of part) visit(element, depth + 1);
  };
  visit(value, 0);
  return flat;
}

/**
 * The shape that data has by itself: undefined for a flat typed array, whose samples must be known from the model.
 */
export function ownShape(data: ArrayData): Shape | undefined {
  if (isNumericArray(data)) return undefined;
  return Array.isArray(data) ? nestedShape(data as NestedArray) : (data as NdArray).shape;
}

/** Checks data against the shape of one sample, and brings it to its inner form. Copies only where the type differs. */
export function toSamples(where: string, data: ArrayData, sampleShape: Shape, kind: SampleKind): SampleArray {
  const sampleSize = sizeOf(sampleShape);
  const { flat, shape } = flatten(where, data);
  if (flat.length === 0) throw new DataError(`${where}: is empty. Give at least one sample.`);
  const fits = shape === undefined ? flat.length % sampleSize === 0 : sizeOf(shape.slice(1)) === sampleSize;
  if (!fits || (shape !== undefined && !shapeFits(shape.slice(1), sampleShape))) {
    const got = shape === undefined ? `a flat array of ${flat.length}` : formatShape(shape);
    throw new ShapeError(`${where}: expected samples of shape ${formatShape(['n', ...sampleShape])}, got ${got}.`);
  }
  return { data: convert(where, flat, kind), count: flat.length / sampleSize, sampleShape };
}

/** The values of any array, in the precision in which they came; they must be finite. */
export function toNumbers(where: string, data: ArrayData): NumericArray {
  const { flat } = flatten(where, data);
  const at = flat.findIndex((value: number) => !Number.isFinite(value));
  if (at < 0) return flat;
  throw new DataError(`${where}: element ${at} is ${flat[at]}. Remove or impute missing and infinite values first.`);
}

/** Any array with its shape (a flat typed array is a vector): int32 for Int32Array, else float32, infinities and NaN allowed. */
export function toArray(where: string, data: ArrayData): { data: Float32Array | Int32Array; shape: Shape } {
  const { flat, shape = [flat.length] } = flatten(where, data);
  return { data: flat instanceof Int32Array || flat instanceof Float32Array ? flat : Float32Array.from(flat), shape };
}

/** A sample axis of 1 may be left out: labels [n] for an output [n, 1]. */
const shapeFits = (own: Shape, expected: Shape): boolean => {
  const trim = (shape: Shape) => shape.filter((side) => side !== 1).join();
  return trim(own) === trim(expected);
};

/** The values of any array as they are, and the shape if it has one of its own. */
export function flatten(where: string, data: ArrayData): { flat: NumericArray; shape: Shape | undefined } {
  if (isNumericArray(data)) return { flat: data, shape: undefined };
  if (Array.isArray(data)) {
    const shape = nestedShape(data as NestedArray);
    return { flat: flattenNested(where, data as NestedArray, shape), shape };
  }
  if (isNdArray(data) && isNumericArray(data.data)) {
    if (sizeOf(data.shape) !== data.data.length) {
      throw new ShapeError(
        `${where}: shape ${formatShape(data.shape)} has ${sizeOf(data.shape)} elements, the data ${data.data.length}.`,
      );
    }
    return { flat: data.data, shape: data.shape };
  }
  throw new DTypeError(
    `${where}: expected nested arrays, a typed array, or { data, shape }, got ${describeValue(data)}.`,
  );
}

function convert(where: string, flat: NumericArray, kind: SampleKind): SampleArray['data'] {
  if (kind === 'int32') return flat instanceof Int32Array ? flat : toIntegers(where, flat);
  if (flat instanceof Uint8Array) return flat;
  const result = flat instanceof Float32Array ? flat : Float32Array.from(flat);
  // The sum of x - x is NaN if any x is NaN or infinite: one cheap pass, and a search only on failure.
  let probe = 0;
  for (let i = 0; i < result.length; i++) probe += result[i]! - result[i]!;
  if (probe !== 0) {
    const at = result.findIndex((value) => !Number.isFinite(value));
    throw new DataError(
      `${where}: element ${at} is ${result[at]} (as float32). Remove or impute missing and infinite values before training.`,
    );
  }
  return result;
}

function toIntegers(where: string, flat: NumericArray): Int32Array {
  // `| 0` changes what is not whole, and what does not fit into 32 bits.
  const at = flat.findIndex((value: number) => (value | 0) !== value);
  if (at >= 0)
    throw new DataError(
      `${where}: element ${at} is ${flat[at]}. Class numbers and indices are whole numbers of 32 bits.`,
    );
  return Int32Array.from(flat);
}

/** Throws unless all class numbers lie in 0 .. classes - 1 or are the one that is left out. */
export function checkClassRange(where: string, labels: Int32Array, classes: number, ignored?: number): void {
  const at = labels.findIndex((label) => (label < 0 || label >= classes) && label !== ignored);
  if (at < 0) return;
  throw new DataError(
    `${where}: label ${labels[at]} of sample ${at} is out of range. The output has ${classes} classes: use 0 to ${classes - 1}.`,
  );
}
