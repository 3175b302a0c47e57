// Features in bins: a tree that looks at 256 values a feature grows in time linear in the samples.

import { HISTOGRAM_BINS } from '../../../assembly/opcodes.js';
import type { Samples } from '../samples.js';
import { DataError } from '../../runtime/errors.js';
import { sortValues } from './sortValues.js';

/** Bins of a feature at most. */
export const MAXIMUM_BINS = HISTOGRAM_BINS;

type Values = Float32Array | Float64Array;

export interface BinnedSamples {
  /** Bin of each value, one feature after another: [features, samples]. */
  bins: Uint8Array;
  /** Upper bounds of each feature's bins but the last, ascending: a value is in the first bin whose bound it does not exceed. */
  bounds: readonly Float64Array[];
  count: number;
  features: number;
}

/**
 * Puts values into at most `maximum` bins: one for each distinct value where there are few, else bins of equally many values. A
 * bound lies in the middle between two neighbouring values. As LightGBM and scikit-learn's histogram trees do.
 */
export function binSamples(where: string, { data, count, size }: Samples, maximum: number): BinnedSamples {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new DataError(`${where}: value ${i} of x is ${data[i]}. Remove or impute missing and infinite values first.`);
  }
  const bins = new Uint8Array(size * count);
  const bounds: Float64Array[] = [];
  const column = data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  for (let feature = 0; feature < size; feature++) {
    for (let row = 0; row < count; row++) column[row] = data[row * size + feature]!;
    const own = boundsOf(sortValues(column), maximum);
    fillBins(bins.subarray(feature * count, (feature + 1) * count), own, column);
    bounds.push(own);
  }
  return { bins, bounds, count, features: size };
}

/** Bounds between sorted values. */
function boundsOf(sorted: Values, maximum: number): Float64Array {
  const distinct = distinctOf(sorted);
  const between = (low: number, high: number): number => low + (high - low) / 2;
  if (distinct.length <= maximum) {
    return Float64Array.from({ length: distinct.length - 1 }, (_, i) => between(distinct[i]!, distinct[i + 1]!));
  }
  const bounds = new Set<number>();
  for (let bin = 1; bin < maximum; bin++) {
    const at = Math.floor((bin * sorted.length) / maximum);
    // Equal values share a bin: the bound goes before the first of them.
    const first = firstAtLeast(distinct, sorted[at]!);
    if (first > 0) bounds.add(between(distinct[first - 1]!, distinct[first]!));
  }
  return Float64Array.from(bounds).sort();
}

function distinctOf(sorted: Values): Float64Array {
  const distinct = new Float64Array(sorted.length);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct[count++] = sorted[i]!;
  }
  return distinct.subarray(0, count);
}

/** Cells into which the range of the bounds is cut, so that a value's bin is looked for among those of its cell alone. */
const CELLS = 1024;

/** The bin of each value: the first whose bound it does not exceed. */
function fillBins(bins: Uint8Array, bounds: Float64Array, values: Values): void {
  const least = bounds[0] ?? 0;
  const scale = CELLS / ((bounds.at(-1) ?? 0) - least);
  // Of a larger value it is no less, however the range rounds or overflows: `| 0` makes NaN 0.
  const cellOf = (value: number): number => (value > least ? Math.min((value - least) * scale, CELLS) | 0 : 0);
  /** Of each cell: bounds in the cells before it. */
  const before = new Uint8Array(CELLS + 2);
  for (let cell = 0, bound = 0; cell < before.length; cell++) {
    while (bound < bounds.length && cellOf(bounds[bound]!) < cell) bound++;
    before[cell] = bound;
  }
  for (let row = 0; row < values.length; row++) {
    const cell = cellOf(values[row]!);
    bins[row] = firstAtLeast(bounds, values[row]!, before[cell], before[cell + 1]);
  }
}

/** Index of the first sorted value, from `low` on, that is not below `value`. */
function firstAtLeast(sorted: Float64Array, value: number, low = 0, high = sorted.length): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
