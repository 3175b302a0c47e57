import { sizeOf, type Shape } from '../graph/shape.js';
import { DataError } from '../runtime/errors.js';
import { flatten, type ArrayData, type NdArray, type NumericArray } from './arrays.js';
import { Dataset } from './dataset.js';

/** Arrays by what they are in a batch: `x`, `y`, and whatever a later `map` uses. */
export type ArrayFields = Readonly<Record<string, ArrayData>>;

/** A sample of each field: a number where the array is a vector. */
export type ArraySample<F extends ArrayFields> = { [K in keyof F]: NdArray | number };

/**
 * The samples of arrays, one after the other: { x, y } and whatever else is named. A flat typed array is a vector; give
 * { data, shape } for one of larger samples.
 *
 * @throws DataError for arrays of unequal numbers of samples.
 * @example arrayDataset({ x: { data: pixels, shape: [1000, 28, 28] }, y: labels }).shuffle(1000).batch(32)
 */
export function arrayDataset<F extends ArrayFields>(fields: F): Dataset<ArraySample<F>> {
  const entries = Object.entries(fields).map(([name, given]) => {
    const { flat: data, shape = [data.length] } = flatten(`arrayDataset: ${name}`, given);
    return { name, data, shape, count: shape[0] ?? 0 };
  });
  const { name, count } = entries[0] ?? { name: '', count: 0 };
  if (count === 0) throw new DataError('arrayDataset: no samples. Give at least one array with at least one sample.');
  for (const other of entries) {
    if (other.count === count) continue;
    throw new DataError(
      `arrayDataset: ${other.name} has ${other.count} samples, ${name} has ${count}. They must be equal; ` +
        'give { data, shape } for a flat array of samples of more than one number.',
    );
  }
  return new Dataset(function* () {
    for (let i = 0; i < count; i++) {
      yield Object.fromEntries(entries.map((entry) => [entry.name, sampleOf(entry, i)])) as ArraySample<F>;
    }
  });
}

function sampleOf({ data, shape }: { data: NumericArray; shape: Shape }, i: number): NdArray | number {
  if (shape.length === 1) return data[i]!;
  const size = sizeOf(shape.slice(1));
  return { data: data.subarray(i * size, (i + 1) * size), shape: shape.slice(1) };
}
