// Grows one tree on binned samples: leaf by leaf from the root, by the split with the largest gain.

import { RandomSequence } from '../../runtime/random.js';
import { drawDistinct } from '../../data/splits/groups.js';
import type { BinnedSamples } from './bins.js';
import { RECORD, SplitFinder, type GrowTargets, type RowRange, type Split } from './splitFinder.js';

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

interface Node extends RowRange {
  number: number;
  depth: number;
  split?: Split | undefined;
}

/**
 * A regression tree with a value for each output in its leaves: sum of gradients / (sum of hessians + lambda), which is the weighted mean for
 * hessians that are weights. A split's gain is the sum over outputs of G^2 / (H + lambda) of both sides less that of the node:
 * for one-hot classes that is Gini's. Chen & Guestrin, "XGBoost", 2016; histograms as Ke et al., "LightGBM", 2017.
 */
export function growTree(samples: BinnedSamples, targets: GrowTargets, options: GrowOptions): Tree {
  const finder = new SplitFinder(samples, targets.outputs);
  try {
    return new Grower(finder, options).grow(targets);
  } finally {
    finder.dispose();
  }
}

/** Grows one tree on samples in the core's memory. */
export class Grower {
  private readonly random: RandomSequence;
  private readonly nodes: Node[] = [];
  private readonly feature: number[] = [];
  private readonly threshold: number[] = [];
  private readonly left: number[] = [];
  private readonly values: number[] = [];

  constructor(
    private readonly finder: SplitFinder,
    private readonly options: GrowOptions,
  ) {
    this.random = new RandomSequence(options.seed);
  }

  /** @param rows The samples that it grows on; all if not given. */
  grow(targets: GrowTargets, rows?: ArrayLike<number>): Tree {
    const { maxLeaves } = this.options;
    const { outputs } = targets;
    const open = [this.add({ depth: 0, begin: 0, end: this.finder.begin(targets, rows) })];
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
      outputs,
    };
  }

  /** What the tree says of the samples that it grew on, [all samples, outputs]: `predictTree` without walking it. */
  fitted(): Float64Array {
    const { outputs, samples } = this.finder;
    const fitted = new Float64Array(samples.count * outputs);
    for (const node of this.nodes) {
      if (this.feature[node.number]! >= 0) continue;
      for (const row of this.finder.rowsOf(node)) {
        for (let k = 0; k < outputs; k++) fitted[row * outputs + k] = this.values[node.number * outputs + k]!;
      }
    }
    return fitted;
  }

  /** Adds a leaf, and says how it could be split. */
  private add(leaf: Omit<Node, 'number' | 'split'>): Node {
    const { maxDepth, minSamplesLeaf, lambda } = this.options;
    const node: Node = { ...leaf, number: this.nodes.length };
    const sums = this.finder.sumsOf(node);
    const weight = sums[RECORD.hessian]! + lambda;
    for (let k = 0; k < this.finder.outputs; k++) {
      this.values.push(weight > 0 ? sums[RECORD.gradients + k]! / weight : 0);
    }
    this.nodes.push(node);
    this.feature.push(-1);
    this.threshold.push(0);
    this.left.push(-1);
    if (node.depth < maxDepth && node.end - node.begin >= 2 * minSamplesLeaf) {
      node.split = this.finder.find(node, sums, { features: this.drawFeatures(), lambda, minSamplesLeaf });
    }
    return node;
  }

  /** Those that a split looks at, or undefined for all. */
  private drawFeatures(): number[] | undefined {
    const { features } = this.finder.samples;
    const count = Math.max(1, Math.round(this.options.maxFeatures * features));
    if (count >= features) return undefined;
    return drawDistinct(this.random, features, count);
  }

  /** Splits a node in two. */
  private divide({ number, depth, begin, end, split }: Node): Node[] {
    const { feature, bin } = split!;
    const middle = this.finder.divide({ begin, end }, split!);
    this.feature[number] = feature;
    this.threshold[number] = this.finder.samples.bounds[feature]![bin]!;
    this.left[number] = this.nodes.length;
    return [this.add({ depth: depth + 1, begin, end: middle }), this.add({ depth: depth + 1, begin: middle, end })];
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
