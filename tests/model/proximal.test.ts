// Penalties with a proximal map: weights that do not matter become exactly 0.

import { expect, test } from 'vitest';
import { dense, groupLasso, l1, sequential, sgd, type Optimizer, type Regularizer } from '../../bindings/index.js';
import { drawValues } from './support.js';

const SAMPLES = 64;
const FEATURES = 8;
const x = drawValues(SAMPLES * FEATURES, 5);
/** Features 0 and 3 matter. */
const y = Float32Array.from({ length: SAMPLES }, (_, i) => 2 * x[i * FEATURES]! - 1.5 * x[i * FEATURES + 3]!);

async function train(kernelRegularizer: Regularizer, optimizer: Optimizer, epochs = 200) {
  const net = sequential([dense(1, { kernelRegularizer, inputShape: [FEATURES] })], { seed: 2 });
  net.compile({ optimizer, loss: 'meanSquaredError' });
  const { history } = await net.fit(x, y, { epochs, batchSize: SAMPLES });
  const kernel = [...net.parameters()['dense_1/kernel']!];
  const sparsity = net.sparsity();
  net.dispose();
  return { kernel, sparsity, history };
}

test.each([
  ['sgd', sgd({ learningRate: 0.1 })],
  ['momentum', sgd({ learningRate: 0.05, momentum: 0.5 })],
])('the lasso with %s finds the features that matter', async (_, optimizer) => {
  const { kernel, sparsity, history } = await train(l1(0.1, { proximal: true }), optimizer);
  const zeros = kernel.map((value) => value === 0);
  expect(zeros).toEqual(kernel.map((_, i) => i !== 0 && i !== 3));
  expect(sparsity).toEqual({ 'dense_1/kernel': 6 / 8, 'dense_1/bias': expect.any(Number) as number });
  const penalty = history.penalty!.at(-1)!;
  expect(history.loss!.at(-1)).toBeCloseTo(history.dataLoss!.at(-1)! + penalty, 5);
  expect(penalty).toBeCloseTo(0.1 * kernel.reduce((sum, value) => sum + Math.abs(value), 0), 3);
});

test('subgradients alone make no exact zeros', async () => {
  const { sparsity } = await train(l1(0.1), sgd({ learningRate: 0.1 }));
  expect(sparsity['dense_1/kernel']).toBe(0);
});

test('groups of the group lasso vanish as a whole', async () => {
  const { kernel } = await train(groupLasso(0.1, { proximal: true }), sgd({ learningRate: 0.1 }));
  expect(kernel.filter((value) => value === 0)).toHaveLength(6);
});

test('one step: the step of the optimiser, then the threshold of its rate', async () => {
  const rate = 0.25;
  const groups = [{ match: /kernel/, learningRateFactor: 0.5 }];
  const weightsAfter = async (regularizer: Regularizer) =>
    (await train(regularizer, sgd({ learningRate: rate, groups }), 1)).kernel;
  const plain = await weightsAfter(l1(0));
  const thresholded = await weightsAfter(l1(0.8, { proximal: true }));
  const limit = rate * 0.5 * 0.8;
  plain.forEach((value, i) =>
    expect(thresholded[i]).toBeCloseTo(Math.sign(value) * Math.max(Math.abs(value) - limit, 0), 6),
  );
});
