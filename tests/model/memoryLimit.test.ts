// A runtime with little memory: plans that do not fit are refused with the figures, and nothing is left behind.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { adam, dense, init, MemoryLimitError, sequential, type Model } from '../../bindings/index.js';
import { formatBytes } from '../../bindings/runtime/memory.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';
import { copyParameters, drawSamples, expectError, hashOf, usedBytes } from './support.js';

const LIMIT_BYTES = 4 * 2 ** 20;

beforeAll(() => init({ maximumBytes: LIMIT_BYTES }));

const makeNet = (units: number): Model => {
  const net = sequential([dense(units, { activation: 'relu', inputShape: [8] }), dense(2)], { name: 'net', seed: 4 });
  net.compile({ optimizer: adam(), loss: 'meanSquaredError' });
  return net;
};

describe('a plan over the limit', () => {
  const { x, y } = drawSamples(4, 8, 2);

  const large = drawSamples(5000, 8, 2);
  const refusals: [string, Model, (net: Model) => Promise<unknown>, string][] = [
    ['parameters', makeNet(200_000), (net) => net.predict(x), "net's parameters"],
    ['optimiser states', makeNet(30_000), (net) => net.fit(x, y), "net's parameters and states"],
    ['activations', makeNet(400), (net) => net.fit(large.x, large.y, { batchSize: 5000 }), 'activations'],
    ['a prediction', makeNet(4000), (net) => net.predict(large.x, { batchSize: 5000 }), 'a prediction of 5000 samples'],
  ];

  test.each(refusals)(
    'for %s is refused with the figures before any of it is allocated',
    async (_, net, run, purpose) => {
      const before = usedBytes();
      if (purpose.includes('activations') || purpose.includes('prediction')) net.parameters();
      const own = usedBytes();
      const size = getRuntime().memory.buffer.byteLength;
      const words = [purpose, 'needs', 'of the 4.19 MB allowed', 'smaller batch', 'dispose()', 'maximumBytes'];
      const error = await expectError(() => run(net), MemoryLimitError, 'MEMORY_LIMIT', ...words);
      const { limitBytes, neededBytes } = error as MemoryLimitError;
      expect(limitBytes).toBe(LIMIT_BYTES);
      expect(neededBytes).toBeGreaterThan(LIMIT_BYTES);
      expect(error.message).toContain(`needs ${formatBytes(neededBytes - own)}, but ${formatBytes(own)} of`);
      expect(usedBytes()).toBe(own);
      expect(getRuntime().memory.buffer.byteLength).toBe(size);
      net.dispose();
      expect(usedBytes()).toBe(before);
    },
  );

  test('can be asked for beforehand: memory() tells it without allocating', () => {
    const before = usedBytes();
    expect(makeNet(30_000).memory().total).toBeGreaterThan(LIMIT_BYTES);
    expect(makeNet(400).memory({ batchSize: 5000 }).total).toBeGreaterThan(LIMIT_BYTES);
    expect(makeNet(30).memory({ batchSize: 4, samples: 4 }).total).toBeLessThan(LIMIT_BYTES);
    expect(usedBytes()).toBe(before);
  });

  /** Runs `action` with every amount of room in a range; it must do as with room enough, or be refused without a trace. */
  async function checkRooms(action: () => Promise<string>, most: number): Promise<void> {
    const { heap, core } = getRuntime();
    const before = usedBytes();
    const expected = await action();
    const outcomes = new Set<string>();
    const property = fc.asyncProperty(fc.integer({ min: 0, max: most }), async (room) => {
      const free = LIMIT_BYTES - before - core.heapBase() - 128;
      const ballast = heap.allocate(free - room, 'ballast');
      try {
        expect(await action()).toBe(expected);
        outcomes.add('done');
      } catch (error) {
        expect(error).toBeInstanceOf(MemoryLimitError);
        outcomes.add('refused');
      } finally {
        heap.release(ballast);
      }
      expect(usedBytes()).toBe(before);
    });
    await fc.assert(property, { numRuns: 150, seed: 1 });
    expect(outcomes).toEqual(new Set(['done', 'refused']));
  }

  test('leaves no byte behind in training, wherever the room ends', async () => {
    const train = async () => {
      using net = makeNet(30);
      await net.fit(x, y, { epochs: 2, batchSize: 3, validationData: { x, y } });
      net.explain();
      return hashOf(net);
    };
    await checkRooms(train, 24_000);
  });

  test('leaves no byte behind in building and predicting', async () => {
    const predict = async () => {
      using net = sequential([dense(30, { inputShape: [8] }), dense(2)], { seed: 4 });
      return (await net.predict(x, { batchSize: 3 })).data.join();
    };
    await checkRooms(predict, 6000);
  });

  test('for the states of another optimiser leaves the model without one, and says so', async () => {
    const net = makeNet(12_000);
    const { x: one, y: label } = drawSamples(1, 8, 2);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await net.fit(one, label);
    const weights = hashOf(net);
    const { heap } = getRuntime();
    const ballast = heap.allocate(LIMIT_BYTES - usedBytes() - 600_000, 'ballast');
    const compile = () => net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await expectError(compile, MemoryLimitError, 'MEMORY_LIMIT', 'optimizer');
    await expect(net.fit(one, label)).rejects.toThrow('call compile');
    heap.release(ballast);
    expect(hashOf(net)).toBe(weights);
    compile();
    await net.fit(one, label);
    expect(hashOf(net)).not.toBe(weights);
    net.dispose();
  });
});

describe('data that do not fit', () => {
  test('are trained on batch by batch; the weights are those of the same batches given one by one', async () => {
    const count = 60_000;
    const { x, y } = drawSamples(count, 8, 2);
    expect(4 * count * 10).toBeGreaterThan(LIMIT_BYTES / 2);
    const before = usedBytes();
    using net = makeNet(6);
    const options = { batchSize: 500, shuffle: false };
    const validationData = { x: x.subarray(0, 8 * 40_000), y: y.subarray(0, 2 * 40_000) };
    let peak = 0;
    const onProgress = () => void (peak = Math.max(peak, usedBytes() - before));
    const { history } = await net.fit(x, y, { ...options, validationData, callbacks: [{ onProgress }] });
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(LIMIT_BYTES / 2);
    using expected = makeNet(6);
    await expected.fit(function* () {
      for (let i = 0; i < count; i += 500)
        yield { x: x.subarray(8 * i, 8 * (i + 500)), y: y.subarray(2 * i, 2 * (i + 500)) };
    });
    expect(copyParameters(net)).toEqual(copyParameters(expected));
    expect(history['val_loss']![0]).toBe(
      (await net.evaluate(validationData.x, validationData.y, { batchSize: 500 }))['loss'],
    );
  });

  test('are told apart together: two sets of which each would fit alone', async () => {
    using net = makeNet(6);
    const { x, y } = drawSamples(35_500, 8, 2);
    const { history } = await net.fit(x, y, { batchSize: 2000, validationData: { x, y } });
    expect(Object.keys(history)).toEqual(['loss', 'val_loss']);
    expect(history['val_loss']![0]).toBe((await net.evaluate(x, y, { batchSize: 2000 }))['loss']);
  });
});
