// Trees grown in plain JavaScript, from the sums of a node's samples in their order: what the core must give to the last bit.

import type { BinnedSamples } from '../../bindings/ensembles/tree/bins.js';
import type { GrowOptions, Tree } from '../../bindings/ensembles/tree/growTree.js';
import type { GrowTargets } from '../../bindings/ensembles/tree/splitFinder.js';
import { RandomSequence } from '../../bindings/runtime/random.js';

interface Leaf {
  number: number;
  depth: number;
  rows: number[];
  split?: Split | undefined;
}

interface Split {
  gain: number;
  feature: number;
  bin: number;
}

const LEAST_GAIN = 1e-12;

/** Leaf by leaf: of all leaves the one is split that gains most, the first of equal ones. */
export function referenceTree(
  { bins, bounds, count, features }: BinnedSamples,
  { gradients, hessians, outputs }: GrowTargets,
  options: GrowOptions,
  chosen: readonly number[] = Array.from({ length: count }, (_, row) => row),
): Tree {
  const random = new RandomSequence(options.seed);
  const tree = { feature: [] as number[], threshold: [] as number[], left: [] as number[], value: [] as number[] };

  const sumsOf = (rows: number[]): number[] => {
    const sums = new Array<number>(outputs + 1).fill(0);
    for (const row of rows) {
      for (let k = 0; k < outputs; k++) sums[k]! += gradients[row * outputs + k]!;
      sums[outputs]! += hessians[row]!;
    }
    return sums;
  };
  const scoreOf = (sums: number[]): number => {
    const weight = sums[outputs]! + options.lambda;
    return weight <= 0 ? 0 : sums.slice(0, outputs).reduce((score, sum) => score + (sum * sum) / weight, 0);
  };
  const drawFeatures = (): number[] => {
    const all = Array.from({ length: features }, (_, feature) => feature);
    const drawn = Math.max(1, Math.round(options.maxFeatures * features));
    return drawn >= features ? all : random.shuffled(all).slice(0, drawn).sort((a, b) => a - b); // prettier-ignore
  };
  const findSplit = ({ depth, rows }: Leaf): Split | undefined => {
    if (depth >= options.maxDepth || rows.length < 2 * options.minSamplesLeaf) return undefined;
    const total = sumsOf(rows);
    let best: Split | undefined;
    for (const feature of drawFeatures()) {
      const byBin = bounds[feature]!.length + 1;
      const groups = Array.from({ length: byBin }, (): number[] => []);
      for (const row of rows) groups[bins[feature * count + row]!]!.push(row);
      let left = new Array<number>(outputs + 1).fill(0);
      let rowsLeft = 0;
      for (let bin = 0; bin + 1 < byBin; bin++) {
        const own = sumsOf(groups[bin]!);
        left = left.map((sum, k) => sum + own[k]!);
        rowsLeft += groups[bin]!.length;
        if (Math.min(rowsLeft, rows.length - rowsLeft) < options.minSamplesLeaf) continue;
        const gain = scoreOf(left) + scoreOf(left.map((sum, k) => total[k]! - sum)) - scoreOf(total);
        if (gain > (best?.gain ?? LEAST_GAIN)) best = { gain, feature, bin };
      }
    }
    return best;
  };
  const add = (depth: number, rows: number[]): Leaf => {
    const leaf: Leaf = { number: tree.feature.length, depth, rows };
    const sums = sumsOf(rows);
    const weight = sums[outputs]! + options.lambda;
    tree.feature.push(-1);
    tree.threshold.push(0);
    tree.left.push(-1);
    tree.value.push(...sums.slice(0, outputs).map((sum) => (weight > 0 ? sum / weight : 0)));
    leaf.split = findSplit(leaf);
    return leaf;
  };

  let open = [add(0, [...chosen])];
  for (let leaves = 1; leaves < options.maxLeaves; leaves++) {
    const gains = open.map(({ split }) => split?.gain ?? 0);
    const best = open[gains.indexOf(Math.max(...gains))]!;
    if (!best.split) break;
    const { feature, bin } = best.split;
    const isLeft = (row: number): boolean => bins[feature * count + row]! <= bin;
    tree.feature[best.number] = feature;
    tree.threshold[best.number] = bounds[feature]![bin]!;
    tree.left[best.number] = tree.feature.length;
    const halves = [best.rows.filter(isLeft), best.rows.filter((row) => !isLeft(row))];
    open = open.filter((leaf) => leaf !== best);
    for (const rows of halves) open.push(add(best.depth + 1, rows));
  }
  return {
    feature: Int32Array.from(tree.feature),
    threshold: Float64Array.from(tree.threshold),
    left: Int32Array.from(tree.left),
    value: Float64Array.from(tree.value),
    outputs,
  };
}
