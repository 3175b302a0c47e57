// Ensembles of trees, by their public functions.

import { bagging, decisionTree, gradientBoosting, type Ensemble } from '../../bindings/index.js';
import type { RunnableCase, TreesCase } from '../subject.js';

function makeEnsemble({ kind, trees, maxDepth, maxFeatures, learningRate }: TreesCase): Ensemble {
  if (kind === 'boosting') {
    return gradientBoosting({ task: 'regression', estimators: trees, learningRate, tree: { maxDepth } });
  }
  return bagging({
    task: 'classification',
    estimators: trees,
    build: (seed) => decisionTree({ maxDepth, maxFeatures, seed }),
  });
}

export function makeTrees(given: TreesCase): RunnableCase<ArrayLike<number>> {
  const { kind, features, x, y, xTest, yTest } = given;
  const fit = () => makeEnsemble(given).fit({ data: x, shape: [y.length, features] }, y);
  return {
    async outputs() {
      const prediction = await (await fit()).predict({ data: xTest, shape: [yTest.length, features] });
      return kind === 'boosting' ? prediction.data : prediction.argMax();
    },
    async run(count) {
      for (let i = 0; i < count; i++) await fit();
    },
    dispose() {},
  };
}
