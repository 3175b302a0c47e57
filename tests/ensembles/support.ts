// Data that ensembles are tried on, and the models that they are made of.

import { adam, dense, sequential, type Model } from '../../bindings/index.js';
import { RandomSequence } from '../../bindings/runtime/random.js';

export interface Labelled {
  x: { data: Float32Array; shape: number[] };
  y: Int32Array;
}

/** Points of a plane; the class says in which of three rings round the origin, some labels are wrong. */
export function rings(count: number, seed: number, wrong = 0): Labelled {
  const random = new RandomSequence(seed);
  const data = Float32Array.from({ length: 2 * count }, () => 2 * random.uniform() - 1);
  const y = Int32Array.from({ length: count }, (_, i) => {
    const radius = data[2 * i]! ** 2 + data[2 * i + 1]! ** 2;
    const label = radius < 0.25 ? 0 : radius < 0.7 ? 1 : 2;
    return random.uniform() < wrong ? random.below(3) : label;
  });
  return { x: { data, shape: [count, 2] }, y };
}

/** y = sin(3 a) + b^2 with noise. */
export function waves(count: number, seed: number, noise = 0) {
  const random = new RandomSequence(seed);
  const data = Float32Array.from({ length: 2 * count }, () => 2 * random.uniform() - 1);
  const y = Float32Array.from(
    { length: count },
    (_, i) => Math.sin(3 * data[2 * i]!) + data[2 * i + 1]! ** 2 + noise * (2 * random.uniform() - 1),
  );
  return { x: { data, shape: [count, 2] }, y };
}

export function makeClassifier(seed: number): Model {
  const model = sequential([dense(12, { activation: 'tanh', inputShape: [2] }), dense(3)], { seed });
  model.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
  return model;
}

export function makeRegressor(seed: number): Model {
  const model = sequential([dense(12, { activation: 'tanh', inputShape: [2] }), dense(1)], { seed });
  model.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'meanSquaredError' });
  return model;
}

export const FIT = { epochs: 30, batchSize: 16 };
