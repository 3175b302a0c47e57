// Learning and validation curves: what is trained on, the same figures as by hand, progress, abort, and failures.

import { describe, expect, test, vi } from 'vitest';
import {
  DataError,
  dense,
  l2,
  learningCurve,
  OptionError,
  sequential,
  sgd,
  validationCurve,
  type CurveProgress,
  type Model,
} from '../../bindings/index.js';
import { drawSamples, expectError, usedBytes } from '../model/support.js';

const train = drawSamples(40, 4, 1, 1);
const validationData = drawSamples(30, 4, 1, 2);
/** Noise in the targets, so that few samples are learnt by heart. */
train.y.forEach((value, i) => (train.y[i] = value + ((i * 7) % 5) / 5 - 0.4));

const makeNet = (seed: number, penalty = 0, learningRate = 0.1): Model => {
  const net = sequential([dense(1, { inputShape: [4], kernelRegularizer: l2(penalty) })], { seed });
  net.compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError' });
  return net;
};

const fit = { epochs: 30, batchSize: 8 };

describe('learningCurve', () => {
  test('grows the part that is trained on; the gap closes', async () => {
    const seen: CurveProgress[] = [];
    const before = usedBytes();
    const curve = await learningCurve(makeNet, train.x, train.y, {
      sizes: [4, 0.5, 1],
      validationData,
      seeds: [1, 2, 3],
      fit,
      onProgress: (progress) => seen.push(progress),
    });
    expect(curve.sizes).toEqual([4, 20, 40]);
    expect(curve.metric).toBe('dataLoss');
    expect(curve.seeds).toEqual([1, 2, 3]);
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(seen.every(({ total }) => total === 9)).toBe(true);
    expect(seen.map(({ validation }) => validation)).toEqual(curve.validation.values.flat());
    const gaps = curve.validation.mean.map((value, i) => value - curve.train.mean[i]!);
    expect(gaps[0]).toBeGreaterThan(2 * Math.abs(gaps[2]!));
    expect(curve.validation.spread[0]).toBeGreaterThan(curve.validation.spread[2]!);
    expect(usedBytes()).toBe(before);
  });

  test('is the same for the same seeds; another seed draws another part', async () => {
    const options = { sizes: [6], validationData, seeds: [1, 2], fit };
    const [first, second] = [
      await learningCurve(makeNet, train.x, train.y, options),
      await learningCurve(makeNet, train.x, train.y, options),
    ];
    expect(second).toEqual(first);
    const sameNet = await learningCurve(() => makeNet(1), train.x, train.y, options);
    expect(sameNet.train.values[0]![0]).not.toBe(sameNet.train.values[0]![1]);
  });

  test('of all samples it has the figures of a plain run', async () => {
    const { train: figures, validation } = await learningCurve(makeNet, train.x, train.y, {
      sizes: [1],
      validationData,
      seeds: [5],
      fit: { epochs: 3, batchSize: 40 },
    });
    using net = makeNet(5);
    await net.fit(train.x, train.y, { epochs: 3, batchSize: 40 });
    const { dataLoss } = await net.evaluate(train.x, train.y);
    expect(figures.values[0]![0]).toBeCloseTo(dataLoss!, 5);
    expect(figures.spread).toEqual([0]);
    const { dataLoss: held } = await net.evaluate(validationData.x, validationData.y);
    expect(validation.mean[0]).toBeCloseTo(held!, 5);
  });

  test('a signal stops it, and nothing stays behind', async () => {
    const before = usedBytes();
    const stop = new AbortController();
    const onProgress = vi.fn(() => stop.abort(new Error('enough')));
    const run = learningCurve(makeNet, train.x, train.y, { validationData, fit, onProgress, signal: stop.signal });
    await expect(run).rejects.toThrow('enough');
    expect(onProgress).toHaveBeenCalledTimes(1);
    expect(usedBytes()).toBe(before);
  });

  test('refuses what does not fit', async () => {
    const before = usedBytes();
    const bad = (options: object) => () => learningCurve(makeNet, train.x, train.y, { validationData, ...options });
    await expectError(bad({ sizes: [41] }), OptionError, 'INVALID_OPTION', 'size', '40');
    await expectError(bad({ sizes: [0] }), OptionError, 'INVALID_OPTION', 'size');
    await expectError(bad({ sizes: [] }), OptionError, 'INVALID_OPTION', 'sizes');
    await expectError(bad({ seeds: [] }), OptionError, 'INVALID_OPTION', 'seeds');
    await expectError(bad({ seeds: [-1] }), OptionError, 'INVALID_OPTION', 'seed 0');
    await expectError(bad({ validationData: undefined }), OptionError, 'INVALID_OPTION', 'validationData');
    await expectError(bad({ metric: 'f1' }), OptionError, 'INVALID_OPTION', 'f1');
    await expectError(bad({ fit: { validationSplit: 0.1 } }), OptionError, 'INVALID_OPTION', 'validationSplit');
    await expectError(bad({ epochs: 3 }), OptionError, 'INVALID_OPTION', 'epochs');
    expect(usedBytes()).toBe(before);
  });
});

describe('validationCurve', () => {
  test('a larger penalty makes the training figure worse', async () => {
    const curve = await validationCurve(
      (penalty: number, seed) => makeNet(seed, penalty),
      [0, 0.3, 3],
      train.x,
      train.y,
      { validationData, seeds: [1, 2], fit, metric: 'dataLoss' },
    );
    expect(curve.values).toEqual([0, 0.3, 3]);
    const { mean, values, spread } = curve.train;
    expect(mean[0]).toBeLessThan(mean[1]!);
    expect(mean[1]).toBeLessThan(mean[2]!);
    const [a, b] = values[0]!;
    expect(mean[0]).toBeCloseTo((a! + b!) / 2, 12);
    expect(spread[0]).toBeCloseTo(Math.abs(a! - b!) / Math.SQRT2, 12);
  });

  test('a value with which training fails is NaN, all of them an error', async () => {
    const makeModel = (rate: number, seed: number) => makeNet(seed, 0, rate);
    const options = { validationData, fit: { epochs: 200, batchSize: 8 } };
    const { train: figures } = await validationCurve(makeModel, [1e6, 0.1], train.x, train.y, options);
    expect(figures.mean[0]).toBeNaN();
    expect(figures.mean[1]).toBeLessThan(1);
    const all = () => validationCurve(makeModel, [1e6], train.x, train.y, options);
    await expectError(all, DataError, 'INVALID_DATA', 'every run');
  });

  test('refuses what does not fit', async () => {
    const bad = (values: number[], options: object) => () =>
      validationCurve((_, seed) => makeNet(seed), values, train.x, train.y, { validationData, ...options });
    await expectError(bad([], {}), OptionError, 'INVALID_OPTION', 'values');
    await expectError(bad([1], { sizes: [1] }), OptionError, 'INVALID_OPTION', 'sizes');
  });
});
