// Memory: what memory() tells is what is then used, and every byte comes back.

import { describe, expect, test } from 'vitest';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  adam,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  sequential,
  sgd,
  type Model,
  type Optimizer,
} from '../../bindings/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';
import { copyParameters, drawSamples, hashOf, usedBytes } from './support.js';

const makeNet = (features: number, units: number, optimizer: Optimizer = adam()): Model => {
  const net = sequential(
    [dense(units, { activation: 'relu', inputShape: [features] }), dropout(0.1), dense(units), dense(3)],
    { seed: 1 },
  );
  net.compile({ optimizer, loss: 'meanSquaredError', metrics: ['meanSquaredError'] });
  return net;
};

describe('the memory report', () => {
  const cases: [number, number, number, number][] = [
    [3, 5, 1, 10],
    [20, 64, 32, 500],
    [100, 300, 128, 128],
    [50, 10, 16, 20000],
  ];

  test.each(cases)(
    '%i features, %i units, batches of %i of %i samples',
    async (features, units, batchSize, samples) => {
      const before = usedBytes();
      using net = makeNet(features, units);
      const report = net.memory({ batchSize, samples });
      expect(usedBytes()).toBe(before);
      const values = features * units + units + units * units + units + 3 * units + 3;
      for (const part of [report.parameters, report.gradients, report.optimizerStates / 2]) {
        expect(part).toBeGreaterThanOrEqual(4 * values);
        expect(part).toBeLessThanOrEqual(4 * values + 6 * 16);
      }
      expect(report.data).toBe(4 * samples * (features + 3) + 4 * samples);
      const parts = [report.parameters, report.gradients, report.optimizerStates, report.activations, report.data];
      expect(report.total).toBe(parts.reduce((sum, bytes) => sum + bytes, 0));
      let used = 0;
      const { x, y } = drawSamples(samples, features, 3);
      // Without room for feeds of many steps: a step at a time.
      const onBatchEnd = () => void (used = usedBytes() - before);
      await net.fit(x, y, { batchSize, callbacks: [{ onBatchEnd }] });
      expect(used).toBeGreaterThanOrEqual(report.total);
      // Programs, their constants, states and alignment come on top: a few kB, whatever the data.
      expect(used).toBeLessThan(report.total + 16384);
    },
  );

  test('a step of a convolutional net needs little more than what its backward pass reads', async () => {
    using net = sequential([
      conv2d(32, 3, { activation: 'relu', inputShape: [28, 28, 1] }),
      maxPooling2d(),
      conv2d(64, 3, { activation: 'relu' }),
      maxPooling2d(),
      flatten(),
      dropout(0.5),
      dense(10),
    ]);
    net.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy' });
    const [batchSize, samples] = [64, 1024];
    const { parameters, optimizerStates, data, total } = net.memory({ batchSize, samples });
    // The batch, what each layer gives (convolutions after relu), and the masked values.
    const valuesOfSample = 28 ** 2 + 26 ** 2 * 32 + 13 ** 2 * 32 + 11 ** 2 * 64 + 2 * 5 ** 2 * 64 + 10;
    const needed = parameters + optimizerStates + data + 4 * batchSize * valuesOfSample;
    expect(total).toBeLessThan(1.25 * needed);

    // Linear memory grows for the first epoch, in a few steps, and never again.
    const { memory } = getRuntime();
    const x = { data: new Float32Array(samples * 784), shape: [samples, 28, 28, 1] };
    const sizes = new Set<number>();
    for (let call = 0; call < 3; call++) {
      await net.fit(x, new Int32Array(samples), { batchSize });
      sizes.add(memory.buffer.byteLength);
    }
    expect(sizes.size).toBe(1);
  });

  test('counts the states of the optimiser, and a batch alone where data do not stay', () => {
    using net = makeNet(8, 8, sgd());
    const plain = net.memory({ batchSize: 4 });
    expect(plain.optimizerStates).toBe(0);
    expect(plain.data).toBe(4 * 4 * (8 + 3));
    net.compile({ optimizer: sgd({ momentum: 0.9 }), loss: 'meanSquaredError' });
    expect(net.memory({ batchSize: 4 }).optimizerStates).toBe(plain.parameters);
    expect(net.memory({ batchSize: 400 }).activations).toBeGreaterThan(50 * plain.activations);
  });
});

describe('explain', () => {
  test('lists the step and changes nothing, with and without times', async () => {
    const { x, y } = drawSamples(12, 4, 3);
    using net = makeNet(4, 6);
    using untouched = makeNet(4, 6);
    for (const model of [net, untouched]) await model.fit(x, y, { epochs: 2 });
    const gradients = Object.values(net.gradients()).map((values) => [...values]);
    const before = usedBytes();
    const listing = net.explain({ batchSize: 12 });
    expect(listing).toMatch(/gemm +dense_1 +matmul add relu +\[12, 4\] \[4, 6\] \[6\] -> \[12, 6\]/);
    for (const part of ['dropout', 'checkFinite', 'adamUpdate', 'FLOPs', 'arena', "dense_3'"]) {
      expect(listing).toContain(part);
    }
    const timed = net.explain({ batchSize: 12, time: true });
    expect(timed.split('\n')).toHaveLength(listing.split('\n').length);
    expect(timed).not.toBe(listing);
    expect(usedBytes()).toBe(before);
    expect(net.step).toBe(untouched.step);
    expect(Object.values(net.gradients()).map((values) => [...values])).toEqual(gradients);
    expect(copyParameters(net)).toEqual(copyParameters(untouched));
    for (const model of [net, untouched]) await model.fit(x, y);
    expect(hashOf(net)).toBe(hashOf(untouched));
  });
});

describe('every byte comes back', () => {
  const { x, y } = drawSamples(30, 4, 3);

  test('of calls when they end, and of models when they are disposed, over many of them', async () => {
    const before = usedBytes();
    let afterFirst = 0;
    for (let round = 0; round < 40; round++) {
      const net = makeNet(4, 5 + round);
      net.parameters();
      const own = usedBytes();
      await net.fit(x, y, { epochs: 2, batchSize: 7, validationSplit: 0.2 });
      await net.fit([
        { x, y },
        { x: x.subarray(0, 8), y: y.subarray(0, 6) },
      ]);
      await net.evaluate(x, y, { batchSize: 9 });
      net.explain();
      expect(usedBytes()).toBe(own);
      for (const batchSize of [1, 2, 3, 4, 5, 30]) await net.predict(x, { batchSize });
      net.compile({ optimizer: 'rmsprop', loss: 'meanSquaredError' });
      net.dispose();
      net.dispose();
      expect(usedBytes()).toBe(before);
      if (round === 0) afterFirst = getRuntime().memory.buffer.byteLength;
    }
    expect(getRuntime().memory.buffer.byteLength).toBe(afterFirst);
  });

  test('of calls that fail', async () => {
    const before = usedBytes();
    const net = makeNet(4, 6);
    net.parameters();
    const own = usedBytes();
    const failing = [
      () => net.fit(x, y, { callbacks: [{ onEpochEnd: () => Promise.reject(new Error('no')) }] }),
      () => net.fit(x, y, { signal: AbortSignal.abort() }),
      () =>
        net.fit([
          { x, y },
          { x: x.subarray(1), y },
        ]),
      () => net.evaluate(x.subarray(1), y),
      () => net.fit(x, y, { sampleWeight: [1] }),
    ];
    for (const run of failing) await expect(run()).rejects.toThrow();
    net.compile({ optimizer: 'adam', loss: (yTrue, yPred) => yPred.sub(yTrue).mul(0).log() });
    await expect(net.fit(x, y)).rejects.toThrow('not finite');
    expect(usedBytes()).toBe(own);
    net.dispose();
    expect(usedBytes()).toBe(before);
  });

  test('at the end of a `using` block, also when it is left by an error', async () => {
    const before = usedBytes();
    const run = async () => {
      using net = makeNet(4, 6);
      await net.fit(x, y);
      expect(usedBytes()).toBeGreaterThan(before);
      throw new Error('on the way');
    };
    await expect(run()).rejects.toThrow('on the way');
    expect(usedBytes()).toBe(before);
  });

  test('of a model that is forgotten without dispose, once it is collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const before = usedBytes();
    await (async () => {
      const net = makeNet(4, 6);
      await net.fit(x, y);
      net.predictSync(x);
      expect(usedBytes()).toBeGreaterThan(before);
    })();
    for (let turn = 0; turn < 200 && usedBytes() !== before; turn++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(usedBytes()).toBe(before);
  });
});
