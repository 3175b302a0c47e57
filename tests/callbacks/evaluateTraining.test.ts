// Training figures in inference mode: the same as evaluate gives, and no effect on training.

import { describe, expect, test } from 'vitest';
import { batchNormalization, dense, dropout, OptionError, sequential, type Model } from '../../bindings/index.js';
import { drawSamples, expectError, hashOf } from '../model/support.js';

const { x, y } = drawSamples(23, 3);
const makeNet = (): Model => {
  const layers = [dense(6, { activation: 'relu', inputShape: [3] }), batchNormalization(), dropout(0.5), dense(1)];
  const net = sequential(layers, { seed: 5 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError', metrics: ['r2', 'mae'] });
  return net;
};
const options = { epochs: 3, batchSize: 5, evaluateTraining: true };

describe('evaluateTraining', () => {
  test.each([false, true])('is what evaluate gives after each epoch; validation %s', async (isValidated) => {
    using net = makeNet();
    using plain = makeNet();
    const expected: Record<string, number>[] = [];
    const onEpochEnd = async (_: number, __: object, { model }: { model: Model }) =>
      void expected.push(await model.evaluate(x, y, { batchSize: 5 }));
    const validation = isValidated ? { validationData: drawSamples(9, 3, 1, 7) } : {};
    const { history } = await net.fit(x, y, { ...options, ...validation, callbacks: [{ onEpochEnd }] });
    for (const name of ['loss', 'r2', 'mae']) {
      expect(history[`train_${name}`]).toEqual(expected.map((logs) => logs[name]));
      expect(history[`train_${name}`]).not.toEqual(history[name]);
    }
    const without = await plain.fit(x, y, { ...options, ...validation, evaluateTraining: false });
    expect(hashOf(net)).toBe(hashOf(plain));
    for (const [name, values] of Object.entries(without.history)) expect(history[name]).toEqual(values);
    expect(Object.keys(without.history).some((name) => name.startsWith('train_'))).toBe(false);
  });

  test('streams that can be gone through again', async () => {
    using net = makeNet();
    const batches = [
      { x: x.subarray(0, 30), y: y.subarray(0, 10) },
      { x: x.subarray(30, 69), y: y.subarray(10, 23) },
    ];
    const { history } = await net.fit(batches, { epochs: 2, evaluateTraining: true });
    expect(history['train_loss']!.at(-1)).toBe((await net.evaluate(batches))['loss']);
  });

  test('only the samples that are trained on', async () => {
    using net = makeNet();
    const { history } = await net.fit(x, y, { ...options, validationSplit: 0.3 });
    const count = 23 - Math.round(0.3 * 23);
    const logs = await net.evaluate(x.subarray(0, 3 * count), y.subarray(0, count), { batchSize: 5 });
    expect(history['train_mae']!.at(-1)).toBe(logs['mae']);
  });

  test('anything but true and false is an error', async () => {
    using net = makeNet();
    const fit = () => net.fit(x, y, { evaluateTraining: 1 as never });
    await expectError(fit, OptionError, 'INVALID_OPTION', 'evaluateTraining');
  });
});
