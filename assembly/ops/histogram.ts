// The best split of a tree's node by each of its features: a histogram of the node's samples, and a scan over its bins.

import { HISTOGRAM_BINS, HistogramFeature, HistogramField } from '../opcodes';
import { count, pointer } from '../lib/fields';

/** Bytes of what is told of a feature. */
const FEATURE_BYTES: u32 = HistogramFeature.end << 2;

export function histogram(instruction: usize, part: u32, parts: u32): void {
  const recordBytes = <usize>count(instruction, HistogramField.recordBytes);
  // In front is a record of zeros: what lies left of the first bin.
  const zeros =
    pointer(instruction, HistogramField.histogramsPointer) + <usize>(part * (HISTOGRAM_BINS + 1)) * recordBytes;
  const features = count(instruction, HistogramField.features);
  for (let i = part; i < features; i += parts) {
    const feature = pointer(instruction, HistogramField.featuresPointer) + <usize>(i * FEATURE_BYTES);
    const binBytes = <usize>count(feature, HistogramFeature.binBytes);
    assert(binBytes > 0 && binBytes <= <usize>HISTOGRAM_BINS * recordBytes);
    memory.fill(zeros, 0, recordBytes + binBytes);
    fill(instruction, pointer(feature, HistogramFeature.binsPointer), zeros + recordBytes, recordBytes);
    scan(pointer(instruction, HistogramField.nodePointer), feature, zeros, zeros + binBytes, recordBytes);
  }
}

/** Sums the records of the node's samples by their bins. */
@inline
function fill(instruction: usize, binOf: usize, bins: usize, recordBytes: usize): void {
  const records = pointer(instruction, HistogramField.recordsPointer);
  let row = pointer(instruction, HistogramField.rowsPointer);
  const end = pointer(instruction, HistogramField.rowsEndPointer);
  for (; row < end; row += 4) {
    const sample = <usize>load<u32>(row);
    const bin = bins + <usize>load<u8>(binOf + sample) * recordBytes;
    const record = records + sample * recordBytes;
    v128.store(bin, f64x2.add(v128.load(bin), v128.load(record)));
    v128.store(bin, f64x2.add(v128.load(bin, 16), v128.load(record, 16)), 16);
    for (let at: usize = 32; at < recordBytes; at += 16) {
      v128.store(bin + at, f64x2.add(v128.load(bin + at), v128.load(record + at)));
    }
  }
}

/** Finds the best of the splits after each bin but the last. A bin becomes what goes left with it: the bins before it too. */
@inline
function scan(node: usize, feature: usize, zeros: usize, last: usize, recordBytes: usize): void {
  let previous = zeros;
  for (let bin = zeros + recordBytes; bin < last; bin += recordBytes) {
    // An empty bin splits as the one before does.
    if (!load<u64>(bin, 8)) continue;
    // Hessians and numbers of samples.
    const left = f64x2.add(v128.load(previous), v128.load(bin));
    const right = f64x2.sub(v128.load(node, 24), left);
    v128.store(bin, left);
    const weights = f64x2.add(f64x2.replace_lane(left, 1, f64x2.extract_lane(right, 0)), v128.load64_splat(node));
    let scores = v128.load(zeros);
    for (let at: usize = 16; at < recordBytes; at += 8) {
      const sum = load<f64>(previous + at) + load<f64>(bin + at);
      store<f64>(bin + at, sum);
      const sums = f64x2.replace_lane(f64x2.splat(sum), 1, load<f64>(node + at, 24) - sum);
      scores = f64x2.add(scores, f64x2.div(f64x2.mul(sums, sums), weights));
    }
    previous = bin;
    scores = v128.andnot(scores, f64x2.le(weights, v128.load(zeros)));
    const gain = f64x2.extract_lane(scores, 0) + f64x2.extract_lane(scores, 1) - load<f64>(node, 8);
    if (
      gain > load<f64>(feature, (<usize>HistogramFeature.gain) << 2) &&
      f64x2.extract_lane(f64x2.min(left, right), 1) >= load<f64>(node, 16)
    ) {
      store<f64>(feature, gain, (<usize>HistogramFeature.gain) << 2);
      store<u32>(feature, <u32>(bin - zeros), (<usize>HistogramFeature.splitBytes) << 2);
    }
  }
}
