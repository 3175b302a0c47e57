// Monte-Carlo dropout: mean and spread of passes with noise.

import { describe, expect, test } from 'vitest';
import {
  batchNormalization,
  dense,
  dropout,
  gaussianNoise,
  ones,
  OptionError,
  sequential,
} from '../../bindings/index.js';

describe('predict with samples', () => {
  test('gives the mean and spread of dropout: a sum of n values that are 0 or 1 / (1 - p)', async () => {
    const [columns, rate] = [400, 0.25];
    using net = sequential(
      [dropout(rate, { inputShape: [columns] }), dense(1, { kernelInitializer: ones(), useBias: false })],
      { seed: 4 },
    );
    const x = new Float32Array(8 * columns).fill(1);
    const { data, standardDeviation, shape, samples } = await net.predict(x, { samples: 400, batchSize: 3 });
    expect([shape, samples]).toEqual([[8, 1], 400]);
    const deviation = Math.sqrt((columns * rate) / (1 - rate));
    for (const mean of data) expect(Math.abs(mean - columns)).toBeLessThan((5 * deviation) / 20);
    for (const spread of standardDeviation) expect(spread / deviation).toBeCloseTo(1, 0);
    expect((await net.predict(x)).data[0]).toBe(columns);
  });

  test('gives the same bytes for the same call, and samples of a batch differ', async () => {
    using net = sequential([gaussianNoise(1, { inputShape: [4] }), dense(3)], { seed: 1 });
    const x = new Float32Array(20).fill(1);
    const first = await net.predict(x, { samples: 5 });
    await net.predict(x);
    const second = await net.predict(x, { samples: 5 });
    expect(second.data).toEqual(first.data);
    expect(second.standardDeviation).toEqual(first.standardDeviation);
    expect(first.rows()[0]).not.toEqual(first.rows()[1]);
  });

  test('leaves moving moments alone and uses them', async () => {
    using net = sequential([batchNormalization({ inputShape: [3] }), dense(1)], { seed: 1 });
    const before = net.parameters()['batchNormalization_1/movingMean']!.slice();
    const x = Float32Array.from({ length: 30 }, (_, i) => i);
    const sampled = await net.predict(x, { samples: 3 });
    expect(net.parameters()['batchNormalization_1/movingMean']).toEqual(before);
    expect(sampled.standardDeviation.every((spread) => spread === 0)).toBe(true);
    expect(sampled.data).toEqual((await net.predict(x)).data);
  });

  test.each([1, 0, 2.5, NaN])('refuses %f samples', async (samples) => {
    using net = sequential([dropout(0.5, { inputShape: [400] }), dense(1)]);
    await expect(net.predict(new Float32Array(400), { samples })).rejects.toThrow(OptionError);
  });
});
