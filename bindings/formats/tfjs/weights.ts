// The weights of a model.json: specs that lie one behind the other in the bytes of one or more files.

import { formatShape, sizeOf, type Shape } from '../../graph/shape.js';
import { DataError, FormatError } from '../../runtime/errors.js';
import { describeValue } from '../../runtime/suggest.js';
import { fromFloat16 } from '../float16.js';
import { readList, readNumber, readObject, readShape, readText } from '../../model/saving/fields.js';

/** Element types as they are stored: bytes, and float32 values of them. */
const STORED = {
  float32: { bytes: 4, read: (bytes: ArrayBuffer) => new Float32Array(bytes) },
  int32: { bytes: 4, read: (bytes: ArrayBuffer) => new Int32Array(bytes) },
  float16: { bytes: 2, read: readHalves },
  uint16: { bytes: 2, read: (bytes: ArrayBuffer) => new Uint16Array(bytes) },
  uint8: { bytes: 1, read: (bytes: ArrayBuffer) => new Uint8Array(bytes) },
  bool: { bytes: 1, read: (bytes: ArrayBuffer) => new Uint8Array(bytes) },
} as const;

type StoredType = keyof typeof STORED;

function readHalves(bytes: ArrayBuffer): Float32Array {
  const values = new Float32Array(bytes.byteLength / 2);
  fromFloat16(new Uint16Array(bytes), values);
  return values;
}

/** A weight of the file. */
export interface TfjsWeight {
  name: string;
  shape: Shape;
  /** First byte of all the weights' bytes. */
  begin: number;
  end: number;
  stored: StoredType;
  /** value = stored scale + min. */
  scale: number;
  min: number;
}

interface Quantization {
  stored: StoredType;
  scale: number;
  min: number;
}

const isStored = (value: unknown): value is StoredType => typeof value === 'string' && Object.hasOwn(STORED, value);

function readQuantization(dtype: unknown, value: unknown, path: string): Quantization {
  if (value === undefined || value === null) {
    if (isStored(dtype) && dtype !== 'uint8' && dtype !== 'uint16') return { stored: dtype, scale: 1, min: 0 };
    throw new DataError(`${path}.dtype: expected float32, float16, int32 or bool, got ${describeValue(dtype)}`);
  }
  const { dtype: stored, scale = 1, min = 0 } = readObject(value, `${path}.quantization`);
  if (stored !== 'uint8' && stored !== 'uint16' && stored !== 'float16') {
    throw new DataError(`${path}.quantization.dtype: expected uint8, uint16 or float16, got ${describeValue(stored)}`);
  }
  return {
    stored,
    scale: readNumber(scale, `${path}.quantization.scale`),
    min: readNumber(min, `${path}.quantization.min`),
  };
}

/** States of an optimiser are weights of another group. */
const isOptimizers = (spec: Readonly<Record<string, unknown>>): boolean => spec.group === 'optimizer';

/** The weights that specs describe, states of the optimiser left out. Nothing is allocated for their values. */
export function readSpecs(specs: unknown, path: string): { weights: TfjsWeight[]; bytes: number } {
  let end = 0;
  const weights = readList(specs, path).flatMap((entry, i): TfjsWeight[] => {
    const at = `${path}[${i}]`;
    const spec = readObject(entry, at);
    const name = readText(spec.name, `${at}.name`);
    const shape = readShape(spec.shape, `${at}.shape`);
    const quantization = readQuantization(spec.dtype, spec.quantization, at);
    const begin = end;
    end += sizeOf(shape) * STORED[quantization.stored].bytes;
    if (!Number.isSafeInteger(end))
      throw new DataError(`${at}.shape: expected fewer values, got ${formatShape(shape)}`);
    return isOptimizers(spec) ? [] : [{ name, shape, begin, end, ...quantization }];
  });
  return { weights, bytes: end };
}

/** Throws unless the bytes are as many as the specs say. */
export function checkBytes(where: string, expected: number, got: number): void {
  if (expected === got) return;
  const at = Math.min(expected, got);
  throw new FormatError(
    `${where}: weights: byte ${at}: expected ${expected} bytes for the weights that model.json lists, got ${got}.`,
    at,
  );
}

/** Writes the values of a weight into the memory of a parameter with as many. */
export function fillWeight(
  { begin, end, stored, scale, min }: TfjsWeight,
  bytes: Uint8Array,
  target: Float32Array,
): void {
  const values = STORED[stored].read(bytes.slice(begin, end).buffer);
  target.set(values);
  if (scale === 1 && min === 0) return;
  for (let i = 0; i < target.length; i++) target[i] = values[i]! * scale + min;
}

/** Weights by the layer and the end of their name. */
export class WeightIndex {
  private readonly found = new Map<string, TfjsWeight>();
  private readonly unused: Set<TfjsWeight>;

  constructor(weights: readonly TfjsWeight[]) {
    this.unused = new Set(weights);
    const seen = new Set<string>();
    for (const weight of weights) {
      if (seen.has(weight.name)) throw new DataError(`weights: expected a new name, got '${weight.name}' again`);
      seen.add(weight.name);
    }
    // Names that begin with the layer's come first: `dense/kernel`. Within a model in the model: `encoder/dense/kernel`.
    for (const isInner of [false, true]) for (const weight of weights) this.add(weight, isInner);
  }

  private add(weight: TfjsWeight, isInner: boolean): void {
    const parts = weight.name.replace(/:\d+$/, '').split('/').slice(-MAXIMUM_PARTS);
    const last = parts.pop()!;
    const side = parts.map((part) => /^(forward|backward)(_|$)/.exec(part)?.[1]).find((found) => found !== undefined);
    const [first, behind] = isInner ? [1, parts.length] : [0, Math.min(1, parts.length)];
    for (let begin = first; begin < behind; begin++) {
      for (let end = begin + 1; end <= parts.length; end++) {
        const layer = parts.slice(begin, end).join('/');
        const key = keyOf(layer, side ?? '', last);
        if (!this.found.has(key)) this.found.set(key, weight);
      }
    }
  }

  /** The weight of a layer's parameter as Keras names it. */
  take(layer: string, side: string, name: string): TfjsWeight | undefined {
    const weight = this.found.get(keyOf(layer, side, name));
    if (weight) this.unused.delete(weight);
    return weight;
  }

  /** A weight that no layer took. */
  get left(): TfjsWeight | undefined {
    const [weight] = this.unused;
    return weight;
  }
}

/** Parts of a name that are looked at: models within models. */
const MAXIMUM_PARTS = 8;

const keyOf = (layer: string, side: string, name: string): string => JSON.stringify([layer, side, name]);
