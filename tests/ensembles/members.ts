// Tasks of members, in a module that workers can import.

import { decisionTree, memberTask, type Estimator } from '../../bindings/index.js';
import { FIT, makeClassifier, makeRegressor } from './support.js';

export const buildTree = (seed: number): Estimator => decisionTree({ maxFeatures: 0.5, maxDepth: 6, seed });

export const tree = memberTask({ build: buildTree });
export const net = memberTask({ build: makeClassifier, fit: FIT });
export const regressor = memberTask({ build: makeRegressor, fit: FIT });

/** Fails at member 2. */
export const failing = memberTask({
  build(seed, index) {
    if (index === 2) throw new TypeError('no member today');
    return buildTree(seed);
  },
});

/** No compiled model, so that the library throws. */
export const nothing = memberTask({ build: () => 3 as never });

/** Never gives its thread back. */
export const endless = memberTask({
  build() {
    for (;;);
  },
});

/** A task of something else. */
export const other = () => ({ loss: 1 });

/** An estimator that the library cannot load. */
export const own = memberTask({
  build: (seed) => Object.assign(buildTree(seed), { save: () => Promise.resolve({ kind: 'mine' }) }),
});
