// AbortSignal: before and during fit, evaluate and predict. The model keeps its weights and goes on.

import { describe, expect, test } from 'vitest';
import { dense, sequential, StateError, type Model } from '../../bindings/index.js';
import { drawSamples, expectError, hashOf, usedBytes } from './support.js';

const { x, y } = drawSamples(64, 3);

const makeNet = (): Model => {
  const net = sequential([dense(4, { activation: 'tanh', inputShape: [3] }), dense(1)], { seed: 2 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  net.parameters();
  return net;
};

describe('a signal', () => {
  const reason = new Error('the page was closed');

  test('that is aborted before keeps fit, evaluate and predict from starting', async () => {
    using net = makeNet();
    const before = hashOf(net);
    const signal = AbortSignal.abort(reason);
    await expect(net.fit(x, y, { signal })).rejects.toBe(reason);
    await expect(net.evaluate(x, y, { signal })).rejects.toBe(reason);
    await expect(net.predict(x, { signal })).rejects.toBe(reason);
    await expect(net.predictAll(x, { signal })).rejects.toBe(reason);
    expect(net.step).toBe(0);
    expect(hashOf(net)).toBe(before);
  });

  test.each(['arrays', 'a stream'])('aborted in a batch stops fit after it (%s)', async (form) => {
    using net = makeNet();
    using expected = makeNet();
    const controller = new AbortController();
    const options = {
      shuffle: false,
      batchSize: 4,
      epochs: 3,
      signal: controller.signal,
      callbacks: [{ onBatchEnd: (batch: number) => (batch === 5 ? controller.abort(reason) : undefined) }],
    };
    const stream = Array.from({ length: 16 }, (_, i) => ({
      x: x.subarray(12 * i, 12 * i + 12),
      y: y.subarray(4 * i, 4 * i + 4),
    }));
    const running = form === 'arrays' ? net.fit(x, y, options) : net.fit(stream, options);
    await expect(running).rejects.toBe(reason);
    expect(net.step).toBe(6);
    await expected.fit(x.subarray(0, 72), y.subarray(0, 24), { shuffle: false, batchSize: 4 });
    expect(hashOf(net)).toBe(hashOf(expected));
    await net.fit(x, y);
    expect(net.step).toBe(8);
  });

  test('aborted by a timer stops a fit that would never end, and gives its memory back', async () => {
    using net = makeNet();
    const before = usedBytes();
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 5);
    const endless = net.fit(x, y, { epochs: 1e9, signal: controller.signal, yieldEveryMilliseconds: 1 });
    await expect(endless).rejects.toBe(reason);
    expect(net.step).toBeGreaterThan(0);
    expect(usedBytes()).toBe(before);
  });

  test('aborted while a stream is waited for stops evaluate at the next batch', async () => {
    using net = makeNet();
    const controller = new AbortController();
    let given = 0;
    const stream = function* () {
      for (;;) {
        if (++given === 3) controller.abort(reason);
        yield { x, y };
      }
    };
    await expect(net.evaluate(stream, { signal: controller.signal })).rejects.toBe(reason);
    expect(given).toBe(3);
  });
});

describe('calls that would pull the ground away from a running one', () => {
  test('a second fit, compile and dispose during fit are refused; the fit goes on', async () => {
    const net = makeNet();
    using expected = makeNet();
    const running = net.fit(x, y, { epochs: 3, yieldEveryMilliseconds: 0 });
    await expectError(() => net.fit(x, y), StateError, 'INVALID_STATE', 'fit is running already', 'Await');
    const compile = () => net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await expectError(compile, StateError, 'INVALID_STATE', 'compile during fit');
    await expectError(() => net.dispose(), StateError, 'INVALID_STATE', 'dispose during fit', 'signal');
    expect(await running).toEqual(await expected.fit(x, y, { epochs: 3 }));
    expect(hashOf(net)).toBe(hashOf(expected));
    net.dispose();
  });

  test('dispose during evaluate and predict is refused; they end with the right figures', async () => {
    const net = makeNet();
    const [loss, prediction] = [await net.evaluate(x, y), await net.predict(x)];
    const evaluating = net.evaluate([{ x, y }]);
    await expectError(() => net.dispose(), StateError, 'INVALID_STATE', 'evaluate');
    const predicting = net.predict(x, { batchSize: 1 });
    await expectError(() => net.dispose(), StateError, 'INVALID_STATE', 'predict');
    expect(await evaluating).toEqual(loss);
    expect((await predicting).data).toEqual(prediction.data);
    net.dispose();
  });

  test('a fit that was refused for its options does not count as running', async () => {
    using net = makeNet();
    await expect(net.fit(x, y, { batchSize: 0 })).rejects.toThrow();
    await expect(net.fit(x.subarray(1), y)).rejects.toThrow();
    expect((await net.fit(x, y)).epoch).toEqual([0]);
  });
});
