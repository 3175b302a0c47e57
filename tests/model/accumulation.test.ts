// Gradients of several batches that make one update.

import { describe, expect, test } from 'vitest';
import {
  adam,
  batchNormalization,
  dense,
  dropout,
  OptionError,
  sequential,
  sgd,
  stepDecay,
  type Optimizer,
} from '../../bindings/index.js';
import { drawSamples, expectError, hashOf } from './support.js';

const { x, y } = drawSamples(48, 4);

const makeNet = (optimizer: Optimizer, gradientAccumulation = 1) => {
  const net = sequential(
    [dense(8, { activation: 'tanh', kernelRegularizer: 'l2', inputShape: [4] }), dense(1, { name: 'out' })],
    { seed: 4 },
  );
  net.compile({ optimizer, loss: 'meanSquaredError', gradientAccumulation });
  return net;
};

describe.each([
  ['sgd', () => sgd({ learningRate: stepDecay({ learningRate: 0.1, every: 3 }), momentum: 0.9 })],
  ['adam', () => adam({ learningRate: stepDecay({ learningRate: 0.05, every: 2 }), globalClipNorm: 0.5 })],
])('%s', (_, makeOptimizer) => {
  test.each([2, 4])('%i batches are one of so many times the size', async (batches) => {
    using whole = makeNet(makeOptimizer());
    using parts = makeNet(makeOptimizer(), batches);
    await whole.fit(x, y, { batchSize: 16, epochs: 3, shuffle: false });
    await parts.fit(x, y, { batchSize: 16 / batches, epochs: 3, shuffle: false });
    const expected = whole.parameters();
    for (const [path, values] of Object.entries(parts.parameters())) {
      values.forEach((value, i) => expect(value, path).toBeCloseTo(expected[path]![i]!, 5));
    }
    expect(parts.step).toBe(batches * whole.step);
  });
});

test('weights change with the last batch of an update only, over the ends of epochs and calls too', async () => {
  using net = makeNet(sgd({ learningRate: 0.1 }), 4);
  const hashes = [hashOf(net)];
  const onBatchEnd = () => void hashes.push(hashOf(net));
  await net.fit(x, y, { batchSize: 16, epochs: 2, callbacks: [{ onBatchEnd }] });
  await net.fit(x, y, { batchSize: 16, callbacks: [{ onBatchEnd }] });
  const changes = hashes.slice(1).map((hash, i) => hash !== hashes[i]);
  expect(changes).toEqual([false, false, false, true, false, false, false, true, false]);
});

test('one call for many steps gives the bytes of many calls', async () => {
  const run = async (options: object) => {
    using net = makeNet(adam(), 3);
    await net.fit(x, y, { batchSize: 4, epochs: 2, ...options });
    return hashOf(net);
  };
  expect(await run({ callbacks: [{ onBatchEnd: () => undefined }] })).toBe(await run({ yieldEveryMilliseconds: 1e9 }));
});

test('moments of batch normalisation and dropout go on with every batch', async () => {
  using net = sequential([batchNormalization({ inputShape: [4] }), dropout(0.5), dense(1)], { seed: 1 });
  net.compile({ optimizer: 'sgd', loss: 'meanSquaredError', gradientAccumulation: 2 });
  const means: number[] = [];
  const losses: number[] = [];
  const onBatchEnd = (_: number, logs: Record<string, number>) => {
    const [path] = Object.keys(net.parameters()).filter((name) => /mean/i.test(name));
    means.push(net.parameters()[path!]![0]!);
    losses.push(logs.loss!);
  };
  const one = { x: x.slice(0, 64), y: y.slice(0, 16) };
  await net.fit([one, one, one], { callbacks: [{ onBatchEnd }] });
  expect(new Set(means).size).toBe(3);
  expect(new Set(losses).size).toBe(3);
});

test('a number of batches that is none', async () => {
  await expectError(() => makeNet(sgd(), 0), OptionError, 'INVALID_OPTION', 'gradientAccumulation');
});
