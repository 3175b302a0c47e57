// Normalisation and attention in models: moving moments, folding, masks, and what they refuse.

import { describe, expect, test } from 'vitest';
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  groupNormalization,
  input,
  layerNormalization,
  model,
  multiHeadAttention,
  OptionError,
  positionalEncoding,
  positionEmbedding,
  sequential,
  sgd,
  ShapeError,
  type Layer,
} from '../../bindings/index.js';
import { drawValues } from '../model/support.js';

describe('batchNormalization', () => {
  test('moves its moments by the share of a step, and only in training', async () => {
    using net = sequential([batchNormalization({ momentum: 0.75, inputShape: [2] })]);
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
    const x = Float32Array.of(1, 10, 3, 30);
    await net.evaluate(x, new Float32Array(4));
    await net.fit(x, new Float32Array(4), { batchSize: 2 });
    const views = net.parameters();
    expect([...views['batchNormalization_1/movingMean']!]).toEqual([0.5, 5]);
    expect([...views['batchNormalization_1/movingVariance']!]).toEqual([1, 25.75]);
    expect(Object.keys(net.gradients())).toEqual(['batchNormalization_1/gamma', 'batchNormalization_1/beta']);
  });

  test('called twice it moves its moments twice, one after the other', async () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })];
    const norm = batchNormalization({ momentum: 0.5, name: 'norm' });
    using net = model({ inputs: [a, b], outputs: [norm(a), norm(b)] });
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
    const zeros = new Float32Array(2);
    await net.fit([Float32Array.of(2, 2), Float32Array.of(8, 8)], [zeros, zeros], { batchSize: 2 });
    expect(net.parameters()['norm/movingMean']![0]).toBe((0 + 2) / 2 / 2 + 8 / 2);
  });

  test('frozen, it uses its moving moments in training too', async () => {
    using net = sequential([batchNormalization({ trainable: false, inputShape: [2] })]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const before = JSON.stringify(net.parameters());
    const { history } = await net.fit(Float32Array.of(3, 3), new Float32Array(2));
    expect(history.loss![0]).toBeCloseTo(9 / 1.001, 4);
    expect(JSON.stringify(net.parameters())).toBe(before);
    expect(net.summary()).toContain('8 of them not trained');
  });

  test('a loss that is not finite leaves the moments alone', async () => {
    using net = sequential([
      batchNormalization({ inputShape: [1] }),
      dense(1, { activation: (x) => x.mul(1e38).square() }),
    ]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const before = net.parameters()['batchNormalization_1/movingMean']!.slice();
    await expect(net.fit(Float32Array.of(1, 2), new Float32Array(2))).rejects.toThrow('not finite');
    expect(net.parameters()['batchNormalization_1/movingMean']).toEqual(before);
  });

  /** Gives the layer moments and gains that are not those of the start. */
  function randomise(net: ReturnType<typeof sequential>): void {
    const values = Object.entries(net.parameters()).map(
      ([path, data], i) =>
        [path, drawValues(data.length, i + 1).map((v) => (path.endsWith('Variance') ? 1.5 + v : v))] as const,
    );
    net.setParameters(Object.fromEntries(values));
  }

  test.each<[string, () => Layer, number[]]>([
    ['dense', () => dense(6, { inputShape: [5] }), [5]],
    ['dense without bias', () => dense(6, { inputShape: [5], useBias: false }), [5]],
    ['conv2d', () => conv2d(6, 3, { inputShape: [6, 5, 2] }), [6, 5, 2]],
    ['conv2d with groups', () => conv2d(6, 2, { inputShape: [6, 5, 2], groups: 2, useBias: false }), [6, 5, 2]],
  ])('folds into %s for prediction: no pass over the activations, the same values', async (_, make, shape) => {
    using folded = sequential([make(), batchNormalization()], { seed: 1 });
    // An activation between keeps the layer from folding; leakyRelu with slope 1 changes nothing.
    using apart = sequential([make(), activation((x) => x.leakyRelu(1)), batchNormalization()], { seed: 1 });
    randomise(folded);
    apart.setParameters(
      Object.fromEntries(Object.entries(folded.parameters()).map(([path, data]) => [path, data.slice()])),
    );
    const x = drawValues(3 * shape.reduce((a, b) => a * b, 1), 50);
    const [one, other] = [await folded.predict(x), await apart.predict(x)];
    one.data.forEach((value, i) => expect(value).toBeCloseTo(other.data[i]!, 4));
  });

  test.each([
    ['an epsilon of 0', () => batchNormalization({ epsilon: 0 })],
    ['a momentum above 1', () => batchNormalization({ momentum: 1.1 })],
    ['an unknown estimate', () => batchNormalization({ varianceEstimate: 'half' as never })],
    ['an unknown option', () => batchNormalization({ axis: 1 } as never)],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(OptionError);
  });
});

describe('layerNormalization and groupNormalization', () => {
  test('make mean 0 and variance 1 of what they normalise', async () => {
    using net = sequential([layerNormalization({ inputShape: [3, 8], epsilon: 1e-6 })]);
    const { data } = await net.predict(drawValues(48, 1).map((v) => 5 * v + 3));
    for (let row = 0; row < 6; row++) {
      const values = [...data.subarray(8 * row, 8 * row + 8)];
      const mean = values.reduce((a, b) => a + b, 0) / 8;
      expect(mean).toBeCloseTo(0, 5);
      expect(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 8).toBeCloseTo(1, 4);
    }
  });

  test('refuse the batch axis, an axis that is not there, and groups that do not divide', () => {
    expect(() => sequential([layerNormalization({ axis: 0, inputShape: [4] })])).toThrow('batch');
    expect(() => sequential([layerNormalization({ axis: 3, inputShape: [4] })])).toThrow();
    expect(() => sequential([groupNormalization({ groups: 3, inputShape: [4, 8] })])).toThrow(ShapeError);
    expect(() => groupNormalization({ groups: 0 })).toThrow(OptionError);
  });
});

describe('multiHeadAttention', () => {
  test('a causal one sees nothing of what comes later', async () => {
    using net = sequential([multiHeadAttention(2, { causal: true, inputShape: [5, 4] })], { seed: 1 });
    const x = drawValues(20, 1);
    const changed = x.map((value, i) => (i >= 12 ? value + 1 : value));
    const [one, other] = [await net.predict(x), await net.predict(changed)];
    expect(other.data.subarray(0, 12)).toEqual(one.data.subarray(0, 12));
    expect(other.data.subarray(12)).not.toEqual(one.data.subarray(12));
  });

  test('a mask as an input hides keys', async () => {
    const [x, mask] = [input({ shape: [3, 4] }), input({ shape: [3] })];
    using net = model({ inputs: [x, mask], outputs: multiHeadAttention(1, { maskInput: true })([x, mask]), seed: 2 });
    const values = drawValues(12, 1);
    const changed = values.map((value, i) => (i >= 8 ? 9 : value));
    const keep = Float32Array.of(1, 1, 0);
    const [one, other] = [await net.predict([values, keep]), await net.predict([changed, keep])];
    expect(other.data.subarray(0, 8)).toEqual(one.data.subarray(0, 8));
  });

  test('refuses heads that do not divide, vectors, and masks of the wrong shape, naming the layer', () => {
    const build =
      (made: Layer, ...shapes: number[][]) =>
      () =>
        made(shapes.map((shape) => input({ shape })));
    expect(build(multiHeadAttention(3, { name: 'heads' }), [5, 4])).toThrow('heads: 3 heads do not divide the width 4');
    expect(build(multiHeadAttention(2), [4])).toThrow(ShapeError);
    expect(build(multiHeadAttention(2, { maskInput: true, name: 'masked' }), [5, 4], [4])).toThrow(
      'masked: the mask must have shape [5] or [5, 5] a sample, got [4]',
    );
    expect(build(multiHeadAttention(2), [5, 4], [3, 4], [2, 4])).toThrow('one length');
    expect(build(multiHeadAttention(2), [5, 4], [5, 4], [5, 4], [5])).toThrow(OptionError);
    expect(() => multiHeadAttention(0)).toThrow(OptionError);
    expect(() => multiHeadAttention(2, { dropout: 1 })).toThrow(OptionError);
  });
});

describe('positions', () => {
  test('the sinusoids are those of the paper', async () => {
    using net = sequential([positionalEncoding({ inputShape: [7, 6] })]);
    const { data } = await net.predict(new Float32Array(42));
    for (let t = 0; t < 7; t++) {
      for (let i = 0; i < 6; i++) {
        const angle = t / 10_000 ** ((2 * Math.floor(i / 2)) / 6);
        expect(data[6 * t + i]).toBeCloseTo(i % 2 ? Math.cos(angle) : Math.sin(angle), 6);
      }
    }
  });

  test('a learned embedding refuses sequences that are too long', () => {
    expect(() => sequential([positionEmbedding(4, { inputShape: [5, 2] })])).toThrow('maxLength is 4');
    expect(() => sequential([positionalEncoding({ inputShape: [5] })])).toThrow(ShapeError);
    expect(() => positionEmbedding(0)).toThrow(OptionError);
  });
});
