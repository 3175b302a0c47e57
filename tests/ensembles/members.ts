// Tasks of members, in a module that workers can import.

import { decisionTree, dense, layer, memberTask, sequential, sgd, type Estimator } from '../../bindings/index.js';
import { FIT, makeClassifier, makeRegressor } from './support.js';

export const buildTree = (seed: number): Estimator => decisionTree({ maxFeatures: 0.5, maxDepth: 6, seed });

export const tree = memberTask({ build: buildTree });
export const net = memberTask({ build: makeClassifier, fit: FIT });
export const regressor = memberTask({ build: makeRegressor, fit: FIT });

/** A layer that the library does not know. */
export const gain = ({ start = 1 } = {}) =>
  layer({ kind: 'gain', config: { start }, call: ([v]) => v!.mul(start).tanh() });

export function makeGained(seed: number) {
  const net = sequential([dense(4, { inputShape: [2] }), gain({ start: 2 }), dense(3)], { seed });
  net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' });
  return net;
}

export const gained = memberTask({ build: makeGained });

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
