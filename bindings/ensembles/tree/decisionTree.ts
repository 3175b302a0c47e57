import { StateError } from '../../runtime/errors.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import type { EstimatedValues, Estimator, EstimatorFit, EstimatorState } from '../estimator.js';
import { classesOf, type Samples, type Targets } from '../samples.js';
import { binSamples, MAXIMUM_BINS } from './bins.js';
import { growTree, predictTree, type GrowOptions, type Tree } from './growTree.js';
import type { GrowTargets } from './splitFinder.js';

export interface DecisionTreeOptions {
  /** Splits from the root to a leaf at most; 1 is a stump. 6 by default. */
  maxDepth?: number;
  /** Leaves at most; no bound by default. */
  maxLeaves?: number;
  /** Samples that a leaf has at least; 1 by default. */
  minSamplesLeaf?: number;
  /** Share of the features, drawn anew, that each split looks at; 1 by default. */
  maxFeatures?: number;
  /** Bins of a feature, 2 to 256; 256 by default. */
  maxBins?: number;
  /** L2 on the leaves' values: added to the weight of a leaf; 0 by default. */
  lambda?: number;
  /** Seed of the features that are drawn; 0 by default. */
  seed?: number;
}

/** What a tree grows by. */
export interface TreeSettings extends GrowOptions {
  maxBins: number;
}

const BOUNDS = {
  maxDepth: { minimum: 1, maximum: 64, integer: true },
  minSamplesLeaf: { minimum: 1, integer: true },
  maxFeatures: { above: 0, maximum: 1 },
  maxBins: { minimum: 2, maximum: MAXIMUM_BINS, integer: true },
  lambda: { minimum: 0 },
  seed: { minimum: 0, integer: true },
} as const;

export function resolveTree(where: string, options: DecisionTreeOptions): TreeSettings {
  checkOptions(where, options, [...Object.keys(BOUNDS), 'maxLeaves']);
  const settings = {
    ...{ maxDepth: 6, minSamplesLeaf: 1, maxFeatures: 1, maxBins: MAXIMUM_BINS, lambda: 0, seed: 0 },
    ...options,
  };
  for (const [name, range] of Object.entries(BOUNDS)) {
    checkNumber(where, name, settings[name as keyof typeof BOUNDS], range);
  }
  const { maxLeaves = Infinity } = options;
  if (options.maxLeaves !== undefined) checkNumber(where, 'maxLeaves', maxLeaves, { minimum: 2, integer: true });
  return { ...settings, maxLeaves };
}

/**
 * A tree that splits samples by one feature at a time: for classes by Gini's impurity, for values by their squared error. Features are put into
 * bins first, so that it grows in time linear in the samples. A weak learner for `adaBoost` and `bagging`.
 *
 * @throws OptionError for options that can't be.
 * @example
 * const stumps = adaBoost({ task: 'classification', build: () => decisionTree({ maxDepth: 1 }) });
 */
export const decisionTree = (options: DecisionTreeOptions = {}): Estimator =>
  new TreeEstimator(resolveTree('decisionTree', options));

/** A fitted tree as a member, and how it is saved. */
export class TreeEstimator implements Estimator {
  constructor(
    private readonly settings: TreeSettings | undefined,
    private tree?: Tree,
  ) {}

  fit(x: Samples, y: Targets, { sampleWeight }: EstimatorFit): Promise<void> {
    const { settings } = this;
    if (!settings) throw new StateError('decisionTree: a loaded tree has no settings. Make a new one to fit it.');
    const weights = sampleWeight ? Float64Array.from(sampleWeight) : new Float64Array(x.count).fill(1);
    const targets = y.sampleShape.length === 0 ? oneHotTargets(y, weights) : valueTargets(y, weights);
    this.tree = growTree(binSamples('decisionTree', x, settings.maxBins), targets, settings);
    return Promise.resolve();
  }

  predict({ data, count, size }: Samples): Promise<EstimatedValues> {
    const tree = this.fitted;
    return Promise.resolve({ data: predictTree(tree, data, count, size), columns: tree.outputs });
  }

  save(): Promise<EstimatorState> {
    return Promise.resolve({ kind: 'tree', ...this.fitted });
  }

  /** A tree has no memory of the core's. */
  dispose(): void {}

  private get fitted(): Tree {
    if (this.tree) return this.tree;
    throw new StateError('decisionTree: not fitted yet.');
  }
}

function oneHotTargets({ data, count }: Targets, weights: Float64Array): GrowTargets {
  const outputs = classesOf({ data });
  const gradients = new Float64Array(count * outputs);
  for (let row = 0; row < count; row++) gradients[row * outputs + data[row]!] = weights[row]!;
  return { gradients, hessians: weights, outputs };
}

function valueTargets({ data, count, size }: Targets, weights: Float64Array): GrowTargets {
  const gradients = Float64Array.from(data, (value, i) => value * weights[Math.floor(i / size)]!);
  return { gradients: gradients.subarray(0, count * size), hessians: weights, outputs: size };
}
