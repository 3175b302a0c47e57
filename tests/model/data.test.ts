// The forms in which data may come: they are the same data, to the bit.

import { describe, expect, test } from 'vitest';
import {
  DataError,
  dense,
  OptionError,
  sequential,
  type Batch,
  type Callback,
  type Model,
} from '../../bindings/index.js';
import { drawSamples, expectError, hashOf, rowsOf } from './support.js';

const FEATURES = 3;
const COUNT = 10;
/** Values that float32, float64, 16-bit and 8-bit types all hold exactly. */
const x = Float32Array.from({ length: COUNT * FEATURES }, (_, i) => (i * 29) % 120);
const y = Float32Array.from({ length: COUNT }, (_, i) => i % 4);

const makeNet = (): Model => {
  const net = sequential([dense(4, { activation: 'tanh', inputShape: [FEATURES] }), dense(1)], { seed: 2 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  return net;
};

async function trainedWith(...given: [unknown, unknown]): Promise<string> {
  using net = makeNet();
  const { history } = await net.fit(given[0] as Float32Array, given[1] as Float32Array, { epochs: 3, batchSize: 4 });
  return `${hashOf(net)} ${history['loss']!.join()} ${(await net.predict(given[0] as Float32Array)).data.join()}`;
}

describe('arrays', () => {
  const forms: [string, unknown, unknown][] = [
    ['nested arrays, labels in a row each', rowsOf(x, FEATURES), rowsOf(y, 1)],
    ['nested arrays, labels in one row', rowsOf(x, FEATURES), [...y]],
    ['Float64Array', Float64Array.from(x), Float64Array.from(y)],
    ['Uint8Array', Uint8Array.from(x), Uint8Array.from(y)],
    ['Uint8ClampedArray', Uint8ClampedArray.from(x), Uint8ClampedArray.from(y)],
    ['Int16Array', Int16Array.from(x), Int16Array.from(y)],
    ['Uint32Array', Uint32Array.from(x), Uint32Array.from(y)],
    ['Int32Array', Int32Array.from(x), Int32Array.from(y)],
    ['{ data, shape }', { data: x, shape: [COUNT, FEATURES] }, { data: y, shape: [COUNT, 1] }],
    ['{ data, shape } with sides of 1', { data: x, shape: [COUNT, 1, FEATURES] }, { data: y, shape: [COUNT] }],
    ['bytes with a shape', { data: Uint8Array.from(x), shape: [COUNT, FEATURES] }, [...y]],
    ['a list of one', [x], [y]],
    ['records by name', { input_1: x }, { dense_2: y }],
    ['a view into a larger buffer', Float32Array.from([9, ...x, 9]).subarray(1, -1), y],
  ];

  test.each(forms)('%s', async (_, xForm, yForm) => {
    expect(await trainedWith(xForm, yForm)).toBe(await trainedWith(x, y));
  });

  test('class numbers come in any of them too', async () => {
    const labels = Array.from({ length: COUNT }, (_, i) => i % 4);
    const lossOf = async (given: unknown) => {
      using net = sequential([dense(4, { inputShape: [FEATURES] })], { seed: 1 });
      net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' });
      return (await net.evaluate(x, given as number[]))['loss'];
    };
    const expected = await lossOf(labels);
    for (const form of [Int32Array, Uint8Array, Float32Array, Float64Array]) {
      expect(await lossOf(form.from(labels))).toBe(expected);
    }
    expect(await lossOf(labels.map((label) => [label]))).toBe(expected);
  });

  test('are not kept or changed: training copies them', async () => {
    using net = makeNet();
    const [given, labels] = [x.slice(), y.slice()];
    const running = net.fit(given, labels, { epochs: 2 });
    await running;
    expect(given).toEqual(x);
    expect(labels).toEqual(y);
  });
});

describe('streams of batches', () => {
  const BATCH = 4;
  const batches = (): Batch[] =>
    [0, 4, 8].map((begin) => ({
      x: x.subarray(begin * FEATURES, (begin + BATCH) * FEATURES),
      y: y.subarray(begin, begin + BATCH),
    }));
  function* generate() {
    yield* batches();
  }
  async function* generateSlowly() {
    for (const batch of batches()) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      yield batch;
    }
  }
  const streams: [string, () => unknown][] = [
    ['an array of batches', () => batches()],
    ['an iterable', () => new Set(batches())],
    ['a function that returns an iterable', () => generate],
    ['a function that returns an async iterable', () => generateSlowly],
    ['an async iterable', () => ({ [Symbol.asyncIterator]: generateSlowly })],
  ];

  test.each(streams)('%s trains like the arrays in order', async (_, stream) => {
    using net = makeNet();
    using expected = makeNet();
    const history = await net.fit(stream() as Batch[], { epochs: 3 });
    expect(history).toEqual(await expected.fit(x, y, { epochs: 3, batchSize: BATCH, shuffle: false }));
    expect(hashOf(net)).toBe(hashOf(expected));
    expect(await net.evaluate(stream() as Batch[])).toEqual(await expected.evaluate(x, y, { batchSize: BATCH }));
  });

  test('a generator serves one epoch; a second one finds it empty', async () => {
    using net = makeNet();
    expect((await net.fit(generate(), { epochs: 1 })).epoch).toEqual([0]);
    await expectError(() => net.fit(generate(), { epochs: 2 }), DataError, 'INVALID_DATA', 'empty', 'each epoch');
    await expectError(() => net.evaluate(() => []), DataError, 'INVALID_DATA', 'empty');
  });

  test('batches may be of any size and of any form', async () => {
    using net = makeNet();
    using expected = makeNet();
    const stream: Batch[] = [
      { x: rowsOf(x.subarray(0, 6), FEATURES), y: [...y.subarray(0, 2)] },
      { x: Uint8Array.from(x.subarray(6, 12)), y: y.subarray(2, 4) },
      { x: x.subarray(12, 15), y: y.subarray(4, 5) },
      { x: { data: Float64Array.from(x.subarray(15)), shape: [5, FEATURES] }, y: y.subarray(5) },
    ];
    await net.fit(stream);
    for (const batch of stream) await expected.fit(batch.x, batch.y);
    expect(hashOf(net)).toBe(hashOf(expected));
  });

  test('serve as validation data beside arrays, anew each epoch', async () => {
    using net = makeNet();
    using expected = makeNet();
    const { history } = await net.fit(x, y, { epochs: 3, validationData: generate });
    const arrays = await expected.fit(x, y, { epochs: 3, validationData: { x, y } });
    expect(history['val_loss']).toHaveLength(3);
    history['val_loss']!.forEach((loss, i) => expect(loss).toBeCloseTo(arrays.history['val_loss']![i]!, 4));
    expect(history['loss']).toEqual(arrays.history['loss']);
  });

  test('with sample weights weigh as the arrays do; weights in some batches only are refused', async () => {
    const weights = Float32Array.from({ length: COUNT }, (_, i) => (i % 3) / 2);
    const weighted = batches().map((batch, i) => ({ ...batch, sampleWeight: weights.subarray(4 * i, 4 * i + BATCH) }));
    using net = makeNet();
    using expected = makeNet();
    const options = { epochs: 2, batchSize: BATCH, shuffle: false };
    const history = await net.fit(weighted, options);
    expect(history).toEqual(await expected.fit(x, y, { ...options, sampleWeight: weights }));
    expect(hashOf(net)).toBe(hashOf(expected));
    const mixed = [batches()[0]!, weighted[1]!];
    await expectError(() => net.fit(mixed), DataError, 'INVALID_DATA', 'sampleWeight', 'all of them or in none');
    // Epochs of their own may differ: a program with weights is not one without.
    let epoch = 0;
    const alternating = () => (epoch++ % 2 === 0 ? batches() : weighted);
    using alternated = makeNet();
    using inTurn = makeNet();
    await alternated.fit(alternating, { epochs: 3 });
    for (const stream of [batches(), weighted, batches()]) await inTurn.fit(stream);
    expect(hashOf(alternated)).toBe(hashOf(inTurn));
  });

  test('what is no batch, or goes wrong in the middle, is told and leaves the model usable', async () => {
    using net = makeNet();
    await expectError(() => net.fit(new Set([3]) as never), OptionError, 'INVALID_OPTION', 'fit', '{ x, y }', 'got 3');
    function* failing() {
      yield batches()[0]!;
      throw new RangeError('the disk is gone');
    }
    await expect(net.fit(failing)).rejects.toThrow('the disk is gone');
    expect(net.step).toBe(1);
    await expectError(
      () => net.fit(batches(), { validationSplit: 0.5 }),
      OptionError,
      'INVALID_OPTION',
      'validationSplit',
      'validationData',
    );
    await net.fit(batches());
    expect(net.step).toBe(4);
  });

  test('is left (its return is called) when training stops early', async () => {
    using net = makeNet();
    let isClosed = false;
    function* endless() {
      try {
        for (;;) yield drawSamples(2, FEATURES);
      } finally {
        isClosed = true;
      }
    }
    const onBatchEnd: Callback['onBatchEnd'] = (batch, _, { stop }) => {
      if (batch === 6) stop();
    };
    const history = await net.fit(endless, { epochs: 5, callbacks: [{ onBatchEnd }] });
    expect(isClosed).toBe(true);
    expect(net.step).toBe(7);
    expect(history.epoch).toEqual([0]);
  });
});
