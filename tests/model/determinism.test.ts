// The same seed gives the same bytes, however a run is cut into calls, batches into programs or time into turns.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adam, dense, dropout, sequential, type FitOptions, type Model } from '../../bindings/index.js';
import { drawSamples, hashOf } from './support.js';

const COUNT = 75;
const { x, y } = drawSamples(COUNT, 5, 2);

const makeNet = (seed = 7): Model => {
  const layers = [dense(12, { activation: 'relu', inputShape: [5] }), dropout(0.4), dense(8), dropout(0.2), dense(2)];
  const net = sequential(layers, { seed });
  net.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  return net;
};

/** SHA-256 of the weights after four epochs of dropout, shuffling and Adam. */
async function train(options: FitOptions = {}, seed = 7): Promise<string> {
  using net = makeNet(seed);
  await net.fit(x, y, { epochs: 4, batchSize: 8, ...options });
  return hashOf(net);
}

describe('the same seed gives the same bytes', () => {
  test('twice, and not for another seed', async () => {
    const first = await train();
    expect(await train()).toBe(first);
    const others = await Promise.all([0, 1, 8, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER].map((seed) => train({}, seed)));
    expect(new Set([first, ...others]).size).toBe(6);
  });

  const variants: [string, FitOptions][] = [
    ['step by step', { callbacks: [{ onBatchEnd: () => undefined }] }],
    ['with turns of no length', { yieldEveryMilliseconds: 0 }],
    ['with turns that never end', { yieldEveryMilliseconds: 1e9 }],
    ['with validation', { validationData: { x, y } }],
    ['with validation by a stream', { validationData: [{ x, y }] }],
    [
      'with evaluation and prediction in between',
      {
        callbacks: [
          {
            async onEpochEnd(_, __, { model }) {
              await model.evaluate(x, y, { batchSize: 9 });
              await model.predict(x, { batchSize: 11 });
              model.explain({ batchSize: 3, time: true });
              model.memory();
            },
          },
        ],
      },
    ],
    ['with metrics of weight 1', { sampleWeight: new Float32Array(COUNT).fill(1) }],
  ];

  test.each(variants)('%s', async (_, options) => {
    expect(await train(options)).toBe(await train());
  });

  test('beside other models that train at the same time', async () => {
    const alone = await train();
    const together = await Promise.all([
      train({ yieldEveryMilliseconds: 0 }),
      train({}, 3),
      train({ yieldEveryMilliseconds: 0 }),
    ]);
    expect(together[0]).toBe(alone);
    expect(together[2]).toBe(alone);
  });

  test('in one fit, or in several that go on where the last one ended', async () => {
    const property = fc.asyncProperty(fc.subarray([1, 2, 3]), async (cuts) => {
      using net = makeNet();
      using whole = makeNet();
      const history = await whole.fit(x, y, { epochs: 4, batchSize: 8 });
      const losses: number[] = [];
      for (const [i, end] of [...cuts, 4].entries()) {
        const part = await net.fit(x, y, { initialEpoch: cuts[i - 1] ?? 0, epochs: end, batchSize: 8 });
        losses.push(...part.history['loss']!);
      }
      expect(hashOf(net)).toBe(hashOf(whole));
      expect(losses).toEqual(history.history['loss']);
    });
    await fc.assert(property, { numRuns: 8, seed: 1 });
  });

  test('from the seed alone: first weights do not depend on what was built before', async () => {
    using first = makeNet();
    const hash = hashOf(first);
    using noise = makeNet(99);
    await noise.fit(x, y);
    using second = makeNet();
    expect(hashOf(second)).toBe(hash);
  });
});

describe('randomness is new where it should be', () => {
  test('epochs have orders of their own, and steps masks of their own', async () => {
    expect(await train({ shuffle: false })).not.toBe(await train());
    using again = makeNet();
    using inTurn = makeNet();
    // Twice epoch 0 shuffles twice the same way, but is not epoch 0 and then epoch 1.
    await again.fit(x, y, { epochs: 1 });
    await again.fit(x, y, { epochs: 1 });
    await inTurn.fit(x, y, { epochs: 2 });
    expect(hashOf(again)).not.toBe(hashOf(inTurn));
  });

  test('two dropout layers of one net drop independently', async () => {
    using net = sequential([dropout(0.5, { name: 'a' }), dropout(0.5, { name: 'b' })]);
    net.build([4000]);
    // Of values that both keep with probability 1/4 and that are then 4: the mean square is 4. One mask for both gives 8.
    net.compile({ optimizer: 'sgd', loss: (_, yPred) => yPred.square() });
    const one = new Float32Array(4000).fill(1);
    const { history } = await net.fit(one, one);
    expect(Math.abs(history['loss']![0]! - 4)).toBeLessThan(0.5);
  });
});
