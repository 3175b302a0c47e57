// Chains of layers: what they compute, when they learn their shape, and the forms in which predictions come.

import { describe, expect, test } from 'vitest';
import {
  activation,
  dense,
  dropout,
  flatten,
  rescaling,
  sequential,
  sgd,
  StateError,
  type ActivationName,
} from '../../bindings/index.js';
import { denseReference, drawSamples, drawValues, expectError, rowsOf } from './support.js';

const erf = (x: number): number => {
  // Its series: exact to float64 for the small x used here.
  let term = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};

const softmax = (row: readonly number[]): number[] => {
  const exponentials = row.map((value) => Math.exp(value - Math.max(...row)));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
};

const each = (f: (x: number) => number) => (row: readonly number[]) => row.map(f);

const REFERENCES: Record<ActivationName, (row: readonly number[]) => number[]> = {
  linear: each((x) => x),
  relu: each((x) => Math.max(x, 0)),
  leakyRelu: each((x) => (x > 0 ? x : 0.2 * x)),
  elu: each((x) => (x > 0 ? x : Math.expm1(x))),
  sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  tanh: each(Math.tanh),
  gelu: each((x) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  geluTanh: each((x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  silu: each((x) => x / (1 + Math.exp(-x))),
  softplus: each((x) => Math.log1p(Math.exp(x))),
  relu6: each((x) => Math.min(Math.max(x, 0), 6)),
  selu: each((x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
  hardSigmoid: each((x) => Math.min(Math.max(x + 3, 0), 6) / 6),
  hardSigmoidKeras2: each((x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1)),
  softsign: each((x) => x / (1 + Math.abs(x))),
  mish: each((x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
  exponential: each(Math.exp),
  softmax,
  logSoftmax: (row) => softmax(row).map(Math.log),
};

const expectClose = (got: ArrayLike<number>, expected: readonly number[], tolerance = 2e-6): void => {
  expect(got.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(tolerance * (1 + Math.abs(value))));
};

describe('what a chain computes', () => {
  test.each(Object.keys(REFERENCES) as ActivationName[])('two dense layers with %s', async (name) => {
    using net = sequential([dense(5, { activation: name, inputShape: [3] }), dense(2), activation(name)], { seed: 4 });
    const x = drawValues(7 * 3, 5);
    const prediction = await net.predict(x);
    const weights = net.parameters();
    const hidden = denseReference(rowsOf(x, 3), weights['dense_1/kernel']!, weights['dense_1/bias']!);
    const output = denseReference(hidden.map(REFERENCES[name]), weights['dense_2/kernel']!, weights['dense_2/bias']!);
    expect(prediction.shape).toEqual([7, 2]);
    expectClose(
      prediction.data,
      output.flatMap((row) => REFERENCES[name](row)),
    );
  });

  test('a dense layer without bias, on each step of a sequence', async () => {
    using net = sequential([dense(2, { useBias: false, inputShape: [4, 3] })]);
    const x = drawValues(2 * 4 * 3, 6);
    const prediction = await net.predict(x);
    expect(Object.keys(net.parameters())).toEqual(['dense_1/kernel']);
    expect(prediction.shape).toEqual([2, 4, 2]);
    expectClose(prediction.data, denseReference(rowsOf(x, 3), net.parameters()['dense_1/kernel']!, [0, 0]).flat());
  });

  test('rescaling and flatten keep row-major order, from bytes and from floats alike', async () => {
    const pixels = Uint8Array.from({ length: 3 * 2 * 2 * 3 }, (_, i) => (i * 37) % 256);
    const build = () => sequential([rescaling(1 / 255, { offset: -0.5, inputShape: [2, 2, 3] }), flatten()]);
    using fromBytes = build();
    using fromFloats = build();
    const prediction = await fromBytes.predict(pixels);
    expect(prediction.shape).toEqual([3, 12]);
    expectClose(
      prediction.data,
      [...pixels].map((pixel) => pixel / 255 - 0.5),
    );
    expect((await fromFloats.predict(Float32Array.from(pixels))).data).toEqual(prediction.data);
  });

  test('dropout does nothing in predict and evaluate, and in training scales what it keeps', async () => {
    using net = sequential([dropout(0.75)]);
    const x = drawValues(400, 8).map((value) => value + 3);
    net.build([400]);
    expect((await net.predict(x)).data).toEqual(x);
    const seen: number[] = [];
    net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
    expect(await net.evaluate(x, x)).toEqual({ loss: 0 });
    for (let epoch = 0; epoch < 20; epoch++) {
      const { history } = await net.fit(x, x, { initialEpoch: epoch, epochs: epoch + 1 });
      seen.push(history['loss']![0]!);
    }
    // E (y - x)^2 = x^2 (3/4 + 9 / 4) = 3 x^2: dropped values cost x^2, kept ones (4 x - x)^2.
    const expected = (3 * x.reduce((sum, value) => sum + value * value, 0)) / 400;
    const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
    expect(Math.abs(mean / expected - 1)).toBeLessThan(0.1);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('when a chain learns the shape of its samples', () => {
  const x = [
    [1, 2],
    [3, 4],
  ];

  test('from inputShape, from build and from data, with the same weights', async () => {
    using declared = sequential([dense(3, { inputShape: [2] })], { seed: 9 });
    using built = sequential([dense(3)], { seed: 9 });
    built.build([2]);
    using fromData = sequential([dense(3)], { seed: 9 });
    const expected = (await declared.predict(x)).data;
    expect((await built.predict(x)).data).toEqual(expected);
    expect((await fromData.predict(x)).data).toEqual(expected);
    using fromShaped = sequential([dense(3)], { seed: 9 });
    expect((await fromShaped.predict({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] })).data).toEqual(expected);
  });

  test('a flat array says nothing of shape, and the error says what to do', async () => {
    using net = sequential([dense(3)], { name: 'chain' });
    await expectError(
      () => net.predict(Float32Array.of(1, 2)),
      StateError,
      'INVALID_STATE',
      'chain.predict',
      'inputShape',
    );
    await expectError(() => net.summary(), StateError, 'INVALID_STATE', 'chain.summary', 'build');
  });

  test('summary names each layer with its kind, output and parameters', () => {
    using net = sequential([dense(16, { inputShape: [4], name: 'hidden' }), dropout(0.1), dense(3), dense(2)], {
      name: 'classifier',
    });
    const lines = net.summary().trim().split('\n');
    expect(lines[0]).toBe('classifier');
    expect(lines[1]!.split(/ {2,}/)).toEqual(['layer', 'kind', 'output', 'parameters']);
    const cells = (line: string) => line.trim().split(/ {2,}/);
    expect(cells(lines[2]!)).toEqual(['hidden', 'dense', '[batch, 16]', '80']);
    expect(cells(lines[3]!)).toEqual(['dropout_1', 'dropout', '[batch, 16]', '0']);
    expect(cells(lines[4]!)).toEqual(['dense_1', 'dense', '[batch, 3]', '51']);
    expect(cells(lines[5]!)).toEqual(['dense_2', 'dense', '[batch, 2]', '8']);
    expect(lines[6]).toMatch('139 parameters (556 B)');
  });
});

describe('predictions', () => {
  test('are the same bits in batches of any size, at once and asynchronously', async () => {
    using net = sequential([dense(6, { activation: 'tanh', inputShape: [5] }), dense(3, { activation: 'softmax' })]);
    const { x } = drawSamples(23, 5);
    const whole = (await net.predict(x)).data;
    for (const batchSize of [1, 2, 4, 5, 7, 22, 23, 24]) {
      expect((await net.predict(x, { batchSize })).data).toEqual(whole);
      expect(net.predictSync(x, { batchSize }).data).toEqual(whole);
    }
    expect((await net.predictAll(x)).map(({ data }) => data)).toEqual([whole]);
    expect(net.predictSync(x.subarray(10, 15)).data).toEqual(whole.subarray(6, 9));
  });

  test('stay what they were when the model goes on', () => {
    using net = sequential([dense(2, { inputShape: [2] })]);
    const first = net.predictSync([[1, 1]]);
    const copy = first.data.slice();
    net.predictSync([[5, 5]]);
    net.setParameters({ 'dense_1/bias': [7, 7] });
    expect(first.data).toEqual(copy);
    expect(net.predictSync([[1, 1]]).data).not.toEqual(copy);
  });

  test('argMax takes the first largest value of each row; rows are views', async () => {
    using net = sequential([activation('linear')]);
    const prediction = await net.predict([
      [1, 3, 3],
      [-1, -2, -3],
      [0, 0, 5],
    ]);
    expect([...prediction.argMax()]).toEqual([1, 0, 2]);
    expect(prediction.rows().map((row) => [...row])).toEqual([
      [1, 3, 3],
      [-1, -2, -3],
      [0, 0, 5],
    ]);
    prediction.data[0] = 9;
    expect(prediction.rows()[0]![0]).toBe(9);
  });
});
