// Binned samples in the core's memory, for as long as trees grow on them, and the kernel that finds splits (assembly/ops/histogram.ts).

import {
  HISTOGRAM_BINS,
  HistogramFeature,
  HistogramField,
  InstructionField,
  Opcode,
} from '../../../assembly/opcodes.js';
import { worthwhileParts } from '../../graph/cost.js';
import { encode } from '../../graph/encode.js';
import { range } from '../../data/splits/groups.js';
import { alignUp } from '../../runtime/memory.js';
import { getRuntime } from '../../runtime/runtime.js';
import type { BinnedSamples } from './bins.js';

/** What a tree is fitted to: sum over samples of gradient and weight, for each output one gradient. */
export interface GrowTargets {
  /** [samples, outputs], each multiplied by its sample's weight already. */
  gradients: Float64Array;
  /** [samples]: the weight of a sample, or the second derivative of its loss. */
  hessians: Float64Array;
  outputs: number;
}

export interface Split {
  gain: number;
  feature: number;
  /** Last bin that goes left. */
  bin: number;
}

/** Samples of a node: those at begin .. end of the order in which they stand. */
export interface RowRange {
  begin: number;
  end: number;
}

/** Gains below are rounding errors. */
const LEAST_GAIN = 1e-12;
/** Numbers before the node's sums: lambda, its score, the least rows. */
const NODE_SETTINGS = 3;
const ALIGNMENT_BYTES = 64;
/** How many times as much a part must be worth as one of a program: between nodes threads fall asleep, and waking them takes its time. */
const WAKING = 12;

/** Where a record (see HistogramField) has what. */
export const RECORD = { hessian: 0, count: 1, gradients: 2 } as const;

/** Bytes of what lies in the block, one behind the other. */
function layOut(bytesOf: Readonly<Record<string, number>>) {
  let bytes = 0;
  const offsets: Record<string, number> = {};
  for (const [name, own] of Object.entries(bytesOf)) {
    offsets[name] = bytes;
    bytes += alignUp(own, ALIGNMENT_BYTES);
  }
  return { offsets, bytes };
}

/** Views of the block. They die when memory grows, so they are made anew for each tree, during which it does not. */
interface Views {
  bins: Uint8Array;
  /** Numbers of the samples, in the order in which they stand. */
  rows: Int32Array;
  records: Float64Array;
  features: Uint32Array;
  gains: Float64Array;
  node: Float64Array;
  instruction: Uint32Array;
}

/** Finds splits of trees that grow one after another on the same samples. They lie in the core's memory until `dispose`. */
export class SplitFinder {
  private readonly runtime = getRuntime();
  /** Numbers in a record. */
  private readonly width: number;
  private readonly address: number;
  private readonly offsets: Readonly<Record<string, number>>;
  private readonly spare: Int32Array;
  private readonly allFeatures: readonly number[];
  /** The bins themselves are in the core's memory alone. */
  readonly samples: Omit<BinnedSamples, 'bins'>;
  private views!: Views;

  /** @throws MemoryLimitError where the core's memory can't hold the samples. */
  constructor(
    { bins, ...samples }: BinnedSamples,
    readonly outputs: number,
  ) {
    const { count, features } = samples;
    this.samples = samples;
    this.width = alignUp(RECORD.gradients + outputs, 2);
    this.spare = new Int32Array(count);
    this.allFeatures = range(features);
    const recordBytes = 8 * this.width;
    const { offsets, bytes } = layOut({
      instruction: 4 * HistogramField.end,
      node: 8 * NODE_SETTINGS + recordBytes,
      features: 4 * features * HistogramFeature.end,
      histograms: this.runtime.threads * (HISTOGRAM_BINS + 1) * recordBytes,
      rows: 4 * count,
      records: count * recordBytes,
      bins: bins.length,
    });
    this.offsets = offsets;
    this.address = this.runtime.heap.allocate(bytes, `growing trees on ${count} samples of ${features} features`);
    this.runtime.uint8(this.address + offsets.bins!, bins.length).set(bins);
  }

  dispose(): void {
    this.runtime.heap.release(this.address);
  }

  /** Makes ready for one tree. Returns how many samples stand there: `chosen`, or all. */
  begin({ gradients, hessians, outputs }: GrowTargets, chosen?: ArrayLike<number>): number {
    const { width } = this;
    this.views = this.makeViews();
    const { records, rows } = this.views;
    for (let row = 0, at = 0; row < hessians.length; row++, at += width) {
      records[at + RECORD.hessian] = hessians[row]!;
      records[at + RECORD.count] = 1;
      for (let k = 0; k < outputs; k++) records[at + RECORD.gradients + k] = gradients[row * outputs + k]!;
    }
    if (chosen) rows.set(chosen);
    else for (let row = 0; row < rows.length; row++) rows[row] = row;
    return chosen?.length ?? rows.length;
  }

  /** The numbers of a node's samples. */
  rowsOf({ begin, end }: RowRange): Int32Array {
    return this.views.rows.subarray(begin, end);
  }

  /** The sum of the records of a node's samples. */
  sumsOf({ begin, end }: RowRange): Float64Array {
    const { width } = this;
    const { records, rows } = this.views;
    const sums = new Float64Array(width);
    for (let i = begin; i < end; i++) {
      const at = rows[i]! * width;
      for (let k = 0; k < width; k++) sums[k]! += records[at + k]!;
    }
    return sums;
  }

  /** The split of a node with the largest gain; the first of equal ones. */
  find(
    { begin, end }: RowRange,
    sums: Float64Array,
    { features = this.allFeatures, lambda, minSamplesLeaf }: FindOptions,
  ): Split | undefined {
    const { width, views } = this;
    views.node.set([lambda, this.scoreOf(sums, lambda), minSamplesLeaf]);
    views.node.set(sums, NODE_SETTINGS);
    this.writeFeatures(features);
    const { instruction } = views;
    const rows = this.address + this.offsets.rows!;
    instruction[HistogramField.rowsPointer] = rows + 4 * begin;
    instruction[HistogramField.rowsEndPointer] = rows + 4 * end;
    instruction[HistogramField.features] = features.length;
    const bytes = (end - begin) * features.length * (8 * width + 1);
    instruction[InstructionField.parts] = Math.min(
      features.length,
      worthwhileParts({ flops: 0, bytes: bytes / WAKING }),
    );
    this.runtime.core.runShared(this.address + this.offsets.instruction!);
    return this.readBest(features);
  }

  /** Moves a node's samples that go left before those that go right, each in their order. Returns where these begin. */
  divide({ begin, end }: RowRange, { feature, bin }: Split): number {
    const { rows, bins } = this.views;
    const { spare } = this;
    const first = feature * this.samples.count;
    let [next, over] = [begin, 0];
    for (let i = begin; i < end; i++) {
      const row = rows[i]!;
      if (bins[first + row]! <= bin) rows[next++] = row;
      else spare[over++] = row;
    }
    rows.set(spare.subarray(0, over), next);
    return next;
  }

  private scoreOf(sums: Float64Array, lambda: number): number {
    const weight = sums[RECORD.hessian]! + lambda;
    let score = 0;
    if (weight <= 0) return 0;
    for (let k = 0; k < this.outputs; k++) {
      const sum = sums[RECORD.gradients + k]!;
      score += (sum * sum) / weight;
    }
    return score;
  }

  private writeFeatures(features: readonly number[]): void {
    const { bounds, count } = this.samples;
    const { features: table, gains } = this.views;
    for (const [i, feature] of features.entries()) {
      const at = i * HistogramFeature.end;
      table[at + HistogramFeature.binsPointer] = this.address + this.offsets.bins! + feature * count;
      table[at + HistogramFeature.binBytes] = (bounds[feature]!.length + 1) * 8 * this.width;
      gains[(at + HistogramFeature.gain) / 2] = LEAST_GAIN;
    }
  }

  private readBest(features: readonly number[]): Split | undefined {
    const { gains, features: table } = this.views;
    let best: Split | undefined;
    for (const [i, feature] of features.entries()) {
      const at = i * HistogramFeature.end;
      const gain = gains[(at + HistogramFeature.gain) / 2]!;
      if (!(gain > (best?.gain ?? LEAST_GAIN))) continue;
      best = { gain, feature, bin: table[at + HistogramFeature.splitBytes]! / (8 * this.width) - 1 };
    }
    return best;
  }

  private makeViews(): Views {
    const { runtime, address, offsets, width } = this;
    const { count, features } = this.samples;
    const at = (name: string) => address + offsets[name]!;
    const featureWords = features * HistogramFeature.end;
    const instruction = encode(Opcode.histogram, HistogramField, {
      ...{ recordsPointer: at('records'), recordBytes: 8 * width },
      ...{ rowsPointer: at('rows'), rowsEndPointer: at('rows'), featuresPointer: at('features'), features: 0 },
      ...{ nodePointer: at('node'), histogramsPointer: at('histograms') },
    });
    const views = {
      bins: runtime.uint8(at('bins'), features * count),
      rows: runtime.int32(at('rows'), count),
      records: runtime.float64(at('records'), count * width),
      features: runtime.uint32(at('features'), featureWords),
      gains: runtime.float64(at('features'), featureWords / 2),
      node: runtime.float64(at('node'), NODE_SETTINGS + width),
      instruction: runtime.uint32(at('instruction'), HistogramField.end),
    };
    views.instruction.set(instruction);
    return views;
  }
}

export interface FindOptions {
  /** Those that are looked at; all if not given. */
  features?: readonly number[] | undefined;
  /** Added to the sum of hessians. */
  lambda: number;
  /** Samples that either side has at least. */
  minSamplesLeaf: number;
}
