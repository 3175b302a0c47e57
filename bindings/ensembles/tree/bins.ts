// Features in bins: a tree that looks at 256 values a feature grows in time linear in the samples.

import { HISTOGRAM_BINS } from '../../../assembly/opcodes.js';
import type { Samples } from '../samples.js';
import { DataError } from '../../runtime/errors.js';

/** Bins of a feature at most. */
export const MAXIMUM_BINS = HISTOGRAM_BINS;

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
  const odd = data.findIndex((value: number) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new DataError(
      `${where}: value ${odd} of x is ${data[odd]}. Remove or impute missing and infinite values first.`,
    );
  }
  const bins = new Uint8Array(size * count);
  const bounds: Float64Array[] = [];
  const column = new Float64Array(count);
  for (let feature = 0; feature < size; feature++) {
    for (let row = 0; row < count; row++) column[row] = data[row * size + feature]!;
    const own = boundsOf(Float64Array.from(column).sort(), maximum);
    for (let row = 0; row < count; row++) bins[feature * count + row] = binOf(own, column[row]!);
    bounds.push(own);
  }
  return { bins, bounds, count, features: size };
}

/** Bounds between sorted values. */
function boundsOf(sorted: Float64Array, maximum: number): Float64Array {
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
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

/** Index of the first sorted value that is not below `value`. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first bin whose bound a value does not exceed. */
export const binOf = (bounds: Float64Array, value: number): number => firstAtLeast(bounds, value);
