// ml-xgboost 1.1.2: XGBoost's exact search of splits, compiled to WebAssembly. ml-random-forest 2.1.0: plain JavaScript, which
// looks at all samples for each place where a split could be.

import { Unsupported, type RunnableCase, type Subject, type TreesCase } from '../subject.js';

/** What is used of the packages. Declared here so that the bench compiles without them. */
interface Booster {
  train(x: readonly number[][], y: readonly number[]): void;
  predict(x: readonly number[][]): number[];
  free(): void;
}
type XGBoost = new (options: Record<string, unknown>) => Booster;

interface Forest {
  train(x: readonly number[][], y: readonly number[]): void;
  predict(x: readonly number[][]): number[];
}
type RandomForestClassifier = new (options: Record<string, unknown>) => Forest;

/** Samples of which ml-random-forest fits a forest within seconds. */
const MOST_SAMPLES = 1000;

export async function loadXgboost(): Promise<Subject[]> {
  const name = 'ml-xgboost';
  const XGBoost = await ((await import(name)) as { default: Promise<XGBoost> }).default;
  return [{ name, trees: (given) => makeBoosting(XGBoost, given) }];
}

export async function loadRandomForest(): Promise<Subject[]> {
  const name = 'ml-random-forest';
  const { RandomForestClassifier } = (await import(name)) as { RandomForestClassifier: RandomForestClassifier };
  return [{ name, trees: (given) => makeForest(RandomForestClassifier, given) }];
}

/** Both take one array a sample: made once, and not timed. */
function rowsOf(values: Float32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
}

function makeBoosting(XGBoost: XGBoost, given: TreesCase): RunnableCase<ArrayLike<number>> {
  if (given.kind !== 'boosting') throw new Unsupported('boosts only: its forests draw no samples with replacement');
  const [x, xTest] = [rowsOf(given.x, given.features), rowsOf(given.xTest, given.features)];
  const y = [...given.y];
  const options = {
    ...{ booster: 'gbtree', objective: 'reg:linear', silent: 1, iterations: given.trees },
    ...{ max_depth: given.maxDepth, eta: given.learningRate, lambda: 0, min_child_weight: 1 },
    ...{ subsample: 1, colsample_bytree: 1 },
  };
  /** Its memory is not collected. */
  const withFitted = <T>(use: (booster: Booster) => T): T => {
    const booster = new XGBoost(options);
    try {
      booster.train(x, y);
      return use(booster);
    } finally {
      booster.free();
    }
  };
  return {
    outputs: () => withFitted((booster) => booster.predict(xTest)),
    run(count) {
      for (let i = 0; i < count; i++) withFitted(() => undefined);
    },
    dispose() {},
  };
}

function makeForest(Classifier: RandomForestClassifier, given: TreesCase): RunnableCase<ArrayLike<number>> {
  if (given.kind !== 'forest') throw new Unsupported('has forests only');
  if (given.y.length > MOST_SAMPLES) throw new Unsupported(`takes minutes for more than ${MOST_SAMPLES} samples`);
  const [x, xTest] = [rowsOf(given.x, given.features), rowsOf(given.xTest, given.features)];
  const y = [...given.y];
  // It draws features once a tree, and so looks at fewer than a forest that draws them at each split.
  const options = {
    ...{ seed: 1, nEstimators: given.trees, maxFeatures: given.maxFeatures, replacement: false },
    ...{ useSampleBagging: true, noOOB: true, treeOptions: { maxDepth: given.maxDepth, minNumSamples: 1 } },
  };
  const fit = (): Forest => {
    const forest = new Classifier(options);
    forest.train(x, y);
    return forest;
  };
  return {
    outputs: () => fit().predict(xTest),
    run(count) {
      for (let i = 0; i < count; i++) fit();
    },
    dispose() {},
  };
}
