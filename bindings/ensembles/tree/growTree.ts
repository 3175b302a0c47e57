// Grows one tree on binned samples: leaf by leaf from the root, by the split with the largest gain.

import { RandomSequence } from '../../runtime/random.js';
import { range } from '../../data/splits/groups.js';
import { MAXIMUM_BINS, type BinnedSamples } from './bins.js';

export interface GrowOptions {
  maxDepth: number;
  /** Samples that a leaf has at least. */
  minSamplesLeaf: number;
  /** Leaves at most. */
  maxLeaves: number;
  /** Added to the denominator of leaf values: L2 on them. */
  lambda: number;
  /** Share of the features that each split looks at. */
  maxFeatures: number;
  seed: number;
}

/** A tree in arrays, node 0 the root; children have larger numbers than their parent. */
export interface Tree {
  /** Feature that a node splits by, or -1 in a leaf. */
  feature: Int32Array;
  /** Values up to here go left. */
  threshold: Float64Array;
  /** Number of the left child; the right one is the next. */
  left: Int32Array;
  /** Value of each node, [nodes, outputs]. */
  value: Float64Array;
  outputs: number;
}

/** What a tree is fitted to: sum over samples of gradient and weight, for each output one gradient. */
export interface GrowTargets {
  /** [samples, outputs], each multiplied by its sample's weight already. */
  gradients: Float64Array;
  /** [samples]: the weight of a sample, or the second derivative of its loss. */
  hessians: Float64Array;
  outputs: number;
}

interface Node {
  number: number;
  depth: number;
  /** Its samples are rows[begin .. end). */
  begin: number;
  end: number;
  split?: Split | undefined;
}

interface Split {
  gain: number;
  feature: number;
  /** Last bin that goes left. */
  bin: number;
}

/** Gains below are rounding errors. */
const LEAST_GAIN = 1e-12;

/**
 * A regression tree with a value for each output in its leaves: sum of gradients / (sum of hessians + lambda), which is the weighted mean for
 * hessians that are weights. A split's gain is the sum over outputs of G^2 / (H + lambda) of both sides less that of the node:
 * for one-hot classes that is Gini's. Chen & Guestrin, "XGBoost", 2016; histograms as Ke et al., "LightGBM", 2017.
 */
export function growTree(samples: BinnedSamples, targets: GrowTargets, options: GrowOptions): Tree {
  const grower = new Grower(samples, targets, options);
  return grower.grow();
}

class Grower {
  private readonly rows: Int32Array;
  private readonly spare: Int32Array;
  private readonly random: RandomSequence;
  /** Sums of a feature's bins: each output's gradient, the hessian, the count. */
  private readonly histogram: Float64Array;
  private readonly feature: number[] = [-1];
  private readonly threshold: number[] = [0];
  private readonly left: number[] = [-1];
  private readonly values: number[] = [];

  constructor(
    private readonly samples: BinnedSamples,
    private readonly targets: GrowTargets,
    private readonly options: GrowOptions,
  ) {
    this.rows = Int32Array.from(range(samples.count));
    this.spare = new Int32Array(samples.count);
    this.random = new RandomSequence(options.seed);
    this.histogram = new Float64Array(MAXIMUM_BINS * (targets.outputs + 2));
  }

  grow(): Tree {
    const { maxLeaves } = this.options;
    const root: Node = { number: 0, depth: 0, begin: 0, end: this.samples.count };
    this.values.push(...this.valueOf(root));
    root.split = this.findSplit(root);
    const open = [root];
    for (let leaves = 1; leaves < maxLeaves; leaves++) {
      const best = takeBest(open);
      if (!best) break;
      open.push(...this.divide(best));
    }
    return {
      feature: Int32Array.from(this.feature),
      threshold: Float64Array.from(this.threshold),
      left: Int32Array.from(this.left),
      value: Float64Array.from(this.values),
      outputs: this.targets.outputs,
    };
  }

  /** Sums of gradients, then of hessians, of a node. */
  private sumsOf({ begin, end }: Node): Float64Array {
    const { gradients, hessians, outputs } = this.targets;
    const sums = new Float64Array(outputs + 1);
    for (let i = begin; i < end; i++) {
      const row = this.rows[i]!;
      for (let k = 0; k < outputs; k++) sums[k]! += gradients[row * outputs + k]!;
      sums[outputs]! += hessians[row]!;
    }
    return sums;
  }

  private valueOf(node: Node): number[] {
    const sums = this.sumsOf(node);
    const weight = sums.at(-1)! + this.options.lambda;
    return Array.from(sums.subarray(0, -1), (sum) => (weight > 0 ? sum / weight : 0));
  }

  private findSplit(node: Node): Split | undefined {
    const { maxDepth, minSamplesLeaf } = this.options;
    if (node.depth >= maxDepth || node.end - node.begin < 2 * minSamplesLeaf) return undefined;
    const sums = this.sumsOf(node);
    let best: Split | undefined;
    for (const feature of this.drawFeatures()) {
      this.fillHistogram(node, feature);
      const split = this.bestOfHistogram(node, feature, sums);
      if (split && split.gain > (best?.gain ?? LEAST_GAIN)) best = split;
    }
    return best;
  }

  private drawFeatures(): number[] {
    const { features } = this.samples;
    const count = Math.max(1, Math.round(this.options.maxFeatures * features));
    const all = range(features);
    if (count >= features) return all;
    return this.random
      .shuffled(all)
      .slice(0, count)
      .sort((a, b) => a - b);
  }

  private fillHistogram({ begin, end }: Node, feature: number): void {
    const { bins, bounds, count } = this.samples;
    const { gradients, hessians, outputs } = this.targets;
    const { histogram, rows } = this;
    const width = outputs + 2;
    histogram.fill(0, 0, (bounds[feature]!.length + 1) * width);
    const first = feature * count;
    for (let i = begin; i < end; i++) {
      const row = rows[i]!;
      const at = bins[first + row]! * width;
      for (let k = 0; k < outputs; k++) histogram[at + k]! += gradients[row * outputs + k]!;
      histogram[at + outputs]! += hessians[row]!;
      histogram[at + outputs + 1]!++;
    }
  }

  private bestOfHistogram({ begin, end }: Node, feature: number, sums: Float64Array): Split | undefined {
    const { outputs } = this.targets;
    const { lambda, minSamplesLeaf } = this.options;
    const width = outputs + 2;
    const left = new Float64Array(width);
    const total = sums[outputs]!;
    const parent = scoreOf((k) => sums[k]!, outputs, total + lambda);
    let best: Split | undefined;
    for (let bin = 0; bin < this.samples.bounds[feature]!.length; bin++) {
      for (let k = 0; k < width; k++) left[k]! += this.histogram[bin * width + k]!;
      const count = left[outputs + 1]!;
      if (count < minSamplesLeaf) continue;
      if (end - begin - count < minSamplesLeaf) break;
      const weight = left[outputs]!;
      const gain =
        scoreOf((k) => left[k]!, outputs, weight + lambda) +
        scoreOf((k) => sums[k]! - left[k]!, outputs, total - weight + lambda) -
        parent;
      if (gain > (best?.gain ?? LEAST_GAIN)) best = { gain, feature, bin };
    }
    return best;
  }

  /** Splits a node in two, and says how these could be split. */
  private divide(node: Node): Node[] {
    const { feature, bin } = node.split!;
    const { bins, bounds, count } = this.samples;
    const { rows, spare } = this;
    let [next, over] = [node.begin, 0];
    for (let i = node.begin; i < node.end; i++) {
      const row = rows[i]!;
      if (bins[feature * count + row]! <= bin) rows[next++] = row;
      else spare[over++] = row;
    }
    rows.set(spare.subarray(0, over), next);
    const number = this.feature.length;
    this.feature[node.number] = feature;
    this.threshold[node.number] = bounds[feature]![bin]!;
    this.left[node.number] = number;
    const depth = node.depth + 1;
    const children: Node[] = [
      { number, depth, begin: node.begin, end: next },
      { number: number + 1, depth, begin: next, end: node.end },
    ];
    for (const child of children) {
      this.feature.push(-1);
      this.threshold.push(0);
      this.left.push(-1);
      this.values.push(...this.valueOf(child));
      child.split = this.findSplit(child);
    }
    return children;
  }
}

/** Takes the node with the largest gain out of the list; the earliest of equal ones. */
function takeBest(open: Node[]): Node | undefined {
  let best = -1;
  open.forEach(({ split }, i) => {
    if (split && (best < 0 || split.gain > open[best]!.split!.gain)) best = i;
  });
  return best < 0 ? undefined : open.splice(best, 1)[0];
}

function scoreOf(sum: (output: number) => number, outputs: number, weight: number): number {
  let score = 0;
  if (weight <= 0) return 0;
  for (let k = 0; k < outputs; k++) score += (sum(k) * sum(k)) / weight;
  return score;
}

/** The leaf of a sample. */
export function leafOf({ feature, threshold, left }: Tree, data: ArrayLike<number>, offset: number): number {
  let node = 0;
  while (feature[node]! >= 0) node = left[node]! + Number(data[offset + feature[node]!]! > threshold[node]!);
  return node;
}

/** Values of all samples, [samples, outputs]. */
export function predictTree(tree: Tree, data: ArrayLike<number>, count: number, size: number): Float64Array {
  const { value, outputs } = tree;
  const predicted = new Float64Array(count * outputs);
  for (let row = 0; row < count; row++) {
    const leaf = leafOf(tree, data, row * size);
    for (let k = 0; k < outputs; k++) predicted[row * outputs + k] = value[leaf * outputs + k]!;
  }
  return predicted;
}
