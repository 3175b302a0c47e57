// Batches: the last, smaller one, orders, validation sets, and data that is too large to lie in linear memory.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  dense,
  dropout,
  rescaling,
  sequential,
  sgd,
  ShapeError,
  type Callback,
  type FitOptions,
  type Model,
} from '../../bindings/index.js';
import { Trainer } from '../../bindings/model/trainer.js';
import {
  drawSamples,
  expectError,
  frozenNet,
  hashOf,
  meanSquaredErrorReference,
  predictReference,
  rowsOf,
} from './support.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes all data seem too large to be resident. */
const forceSlices = () => vi.spyOn(Trainer.prototype, 'fits').mockReturnValue(false);

describe('the figures of an epoch are those of all its samples', () => {
  test.each(['resident', 'sliced'])('for every number of samples and batch size (%s)', async (path) => {
    if (path === 'sliced') forceSlices();
    using net = frozenNet(3, 2, { metrics: ['meanSquaredError'] });
    const samples = fc.integer({ min: 1, max: 40 });
    const batchSizes = fc.integer({ min: 1, max: 17 });
    const property = fc.asyncProperty(samples, batchSizes, fc.boolean(), async (count, batchSize, shuffle) => {
      const { x, y } = drawSamples(count, 3, 2, count);
      const expected = meanSquaredErrorReference(y, predictReference(net, x, 3));
      const { history } = await net.fit(x, y, { batchSize, shuffle, validationData: { x, y } });
      const evaluated = await net.evaluate(x, y, { batchSize });
      const figures = [...Object.values(history).flat(), ...Object.values(evaluated)];
      expect(figures).toHaveLength(6);
      for (const figure of figures) expect(Math.abs(figure - expected)).toBeLessThan(2e-6 * (1 + expected));
    });
    await fc.assert(property, { numRuns: 60, seed: 1 });
  });

  test('each sample is seen once an epoch, in a new order, or in the order given', async () => {
    const count = 23;
    // A loss that is the sample's own number: with batches of one, the figure of a batch tells which it was.
    const y = Float32Array.from({ length: count }, (_, i) => i + 1);
    const ordersOf = async (shuffle: boolean, batchSize = 1) => {
      using net = sequential([dense(1, { inputShape: [1] })]);
      net.compile({ optimizer: sgd({ learningRate: 0 }), loss: (yTrue, yPred) => yTrue.add(yPred.mul(0)) });
      const orders: [number[], number[]] = [[], []];
      let order = orders[0];
      const onEpochBegin = (epoch: number) => void (order = orders[epoch]!);
      const onBatchEnd: Callback['onBatchEnd'] = (_, logs) => void order.push(logs['loss']!);
      await net.fit(y, y, { epochs: 2, batchSize, shuffle, callbacks: [{ onEpochBegin, onBatchEnd }] });
      return orders;
    };
    expect(await ordersOf(false)).toEqual([[...y], [...y]]);
    const [first, second] = await ordersOf(true);
    const sorted = (order: readonly number[]) => [...order].sort((a, b) => a - b);
    expect(sorted(first)).toEqual([...y]);
    expect(sorted(second)).toEqual([...y]);
    expect(first).not.toEqual([...y]);
    expect(second).not.toEqual(first);
    const means = await ordersOf(true, 5);
    expect(means[0]).toHaveLength(5);
    means[0].forEach((mean, i) => {
      const members = first.slice(5 * i, 5 * i + 5);
      expect(mean).toBeCloseTo(members.reduce((sum, value) => sum + value, 0) / members.length, 4);
    });
  });
});

const makeNet = (): Model => {
  const net = sequential(
    [rescaling(0.1, { inputShape: [4] }), dense(6, { activation: 'relu' }), dropout(0.3), dense(2)],
    {
      seed: 11,
    },
  );
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['meanSquaredError'] });
  return net;
};

describe('data that is too large for linear memory', () => {
  const { y } = drawSamples(37, 4, 2);
  const bytes = Uint8Array.from({ length: 37 * 4 }, (_, i) => (i * 53) % 256);
  const cases: [string, FitOptions][] = [
    ['shuffled', {}],
    ['in order', { shuffle: false }],
    ['with weights', { sampleWeight: Float32Array.from({ length: 37 }, (_, i) => i / 20) }],
    ['with a validation split', { validationSplit: 0.3 }],
    ['in one batch', { batchSize: 64 }],
    ['one by one', { batchSize: 1 }],
  ];

  test.each(cases)('gives the same bits batch by batch: %s', async (_, options) => {
    const run = async () => {
      using net = makeNet();
      const history = await net.fit(bytes, y, { epochs: 3, batchSize: 8, ...options });
      const evaluated = await net.evaluate(bytes, y, { batchSize: 10 });
      return { history, evaluated, weights: hashOf(net), step: net.step };
    };
    const resident = await run();
    const spy = forceSlices();
    expect(await run()).toEqual(resident);
    expect(spy).toHaveBeenCalled();
  });
});

describe('validation', () => {
  const { x, y } = drawSamples(20, 4, 2);

  test('validationSplit holds the last samples out: they are evaluated and not trained on', async () => {
    using net = makeNet();
    using expected = makeNet();
    const history = await net.fit(x, y, { epochs: 3, validationSplit: 0.25, batchSize: 4 });
    const [head, tail] = [
      { x: x.subarray(0, 60), y: y.subarray(0, 30) },
      { x: x.subarray(60), y: y.subarray(30) },
    ];
    expect(await expected.fit(head.x, head.y, { epochs: 3, validationData: tail, batchSize: 4 })).toEqual(history);
    expect(hashOf(net)).toBe(hashOf(expected));
    expect(Object.keys(history.history)).toEqual(['loss', 'meanSquaredError', 'val_loss', 'val_meanSquaredError']);
    const evaluated = await net.evaluate(tail.x, tail.y, { batchSize: 4 });
    expect(evaluated['loss']).toBe(history.history['val_loss']!.at(-1));
  });

  test('a share that is no whole number of samples is rounded up, and must leave some to train on', async () => {
    using net = frozenNet(4, 2);
    const { history } = await net.fit(x, y, { validationSplit: 0.01 });
    const last = meanSquaredErrorReference(y.subarray(38), predictReference(net, x.subarray(76), 4));
    expect(history['val_loss']![0]).toBeCloseTo(last, 5);
    const [one, label] = [rowsOf(x.subarray(0, 4), 4), rowsOf(y.subarray(0, 2), 2)];
    await expectError(
      () => net.fit(one, label, { validationSplit: 0.5 }),
      ShapeError,
      'SHAPE_MISMATCH',
      'validationSplit 0.5 of 1 samples',
      'leaves 0',
    );
  });

  test('changes nothing in what is learned, and weighs its samples by themselves', async () => {
    using net = makeNet();
    using expected = makeNet();
    const sampleWeight = Float32Array.from({ length: 20 }, (_, i) => (i < 10 ? 2 : 0));
    const { history } = await net.fit(x, y, { epochs: 4, batchSize: 3, validationData: { x, y, sampleWeight } });
    const plain = await expected.fit(x, y, { epochs: 4, batchSize: 3 });
    expect(hashOf(net)).toBe(hashOf(expected));
    expect(history['loss']).toEqual(plain.history['loss']);
    const half = await net.evaluate(x.subarray(0, 40), y.subarray(0, 20));
    expect(history['val_loss']!.at(-1)).toBeCloseTo(half['loss']!, 5);
  });
});
