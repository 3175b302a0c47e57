// Noise layers: what they draw, that they draw it in training alone, and what they refuse.

import { describe, expect, test } from 'vitest';
import {
  alphaDropout,
  cutout,
  dense,
  dropConnect,
  evaluateFunction,
  gaussianDropout,
  gaussianNoise,
  ones,
  OptionError,
  saltAndPepper,
  sequential,
  ShapeError,
  spatialDropout,
  statelessCall,
  stochasticDepth,
  weightNoise,
  type AnyLayer,
  type Shape,
} from '../../bindings/index.js';

/** The layer's output for a batch of one value, with and without noise. */
function run(made: AnyLayer, shape: Shape, value = 1, stochastic = true, seed = 1): Float32Array {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value);
  return evaluateFunction(
    ({ x }) => ({ y: statelessCall(made, [x], { stochastic }).outputs[0]! }),
    { x: { data, shape } },
    { seed },
  ).y.data as Float32Array;
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const variance = (values: ArrayLike<number>) => {
  const m = mean(values);
  return mean(Array.from(values, (v) => (v - m) ** 2));
};

const WIDE: Shape = [50, 400];

describe.each([
  ['gaussianDropout', gaussianDropout(0.2), 2, 2, (4 * 0.2) / 0.8],
  ['gaussianNoise', gaussianNoise(0.5), 2, 2, 0.25],
  ['saltAndPepper', saltAndPepper(0.4, { low: 0, high: 4 }), 2, 2, 0.4 * 4],
  ['stochasticDepth', stochasticDepth(0.3), 2, 2, undefined],
] as const)('%s', (_, made, value, expectedMean, expectedVariance) => {
  test('has its mean and variance', () => {
    const values = run(made, expectedVariance === undefined ? [20_000, 1] : WIDE, value);
    expect(mean(values)).toBeCloseTo(expectedMean, 1);
    if (expectedVariance !== undefined) expect(variance(values) / expectedVariance).toBeCloseTo(1, 1);
  });

  test('does nothing in inference', () => {
    expect(run(made, [5, 7], value, false).every((y) => y === value)).toBe(true);
  });

  test('draws anew for another seed, and the same for the same', () => {
    expect(run(made, [40, 5])).toEqual(run(made, [40, 5]));
    expect(run(made, [40, 5])).not.toEqual(run(made, [40, 5], 1, true, 2));
  });
});

test('alphaDropout keeps mean 0 and variance 1', () => {
  const made = alphaDropout(0.3);
  const { y } = evaluateFunction(
    (_, graph) => ({ y: statelessCall(made, [graph.randomNormal([200, 500])], { stochastic: true }).outputs[0]! }),
    {},
  );
  expect(mean(y.data)).toBeCloseTo(0, 1);
  expect(variance(y.data)).toBeCloseTo(1, 1);
});

test('spatialDropout drops whole channels of a sample', () => {
  const [batch, positions, channels] = [20, 6, 30];
  const y = run(spatialDropout(0.5), [batch, 2, 3, channels]);
  let dropped = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const values = new Set(Array.from({ length: positions }, (_, p) => y[(n * positions + p) * channels + c]!));
      expect(values.size).toBe(1);
      dropped += Number(values.has(0));
    }
  }
  expect(Math.abs(dropped / (batch * channels) - 0.5)).toBeLessThan(0.11);
});

test('stochasticDepth drops samples as a whole and scales the others', () => {
  const y = run(stochasticDepth(0.25), [40, 5]);
  for (let n = 0; n < 40; n++) {
    const row = [...y.subarray(5 * n, 5 * n + 5)];
    expect(new Set(row).size).toBe(1);
    expect([0, Math.fround(1 / 0.75)]).toContain(row[0]);
  }
});

test('cutout takes one square of at most its size from each image', () => {
  const [batch, side, size] = [30, 9, 4];
  const y = run(cutout(size, { fill: -5 }), [batch, side, side, 2]);
  const areas = new Set<number>();
  for (let n = 0; n < batch; n++) {
    const cut = Array.from({ length: side * side }, (_, p) => y[(n * side * side + p) * 2] === -5);
    const at = cut.flatMap((isCut, p) => (isCut ? [[Math.floor(p / side), p % side] as const] : []));
    const [rows, columns] = [0, 1].map((axis) => at.map((place) => place[axis]!)) as [number[], number[]];
    const height = Math.max(...rows) - Math.min(...rows) + 1;
    const width = Math.max(...columns) - Math.min(...columns) + 1;
    expect(at).toHaveLength(height * width);
    expect(Math.max(height, width)).toBeLessThanOrEqual(size);
    areas.add(at.length);
  }
  expect(areas.has(size * size)).toBe(true);
});

test('cutout leaves images alone as often as told', () => {
  const y = run(cutout(4, { fill: -5, probability: 0.25 }), [400, 8, 8, 1]);
  const images = Array.from({ length: 400 }, (_, n) => y.subarray(64 * n, 64 * n + 64).includes(-5));
  expect(Math.abs(images.filter(Boolean).length / 400 - 0.25)).toBeLessThan(0.11);
});

test('dropConnect drops weights, not values, and the same ones for a whole batch', async () => {
  using net = sequential([
    dropConnect(dense(1, { kernelInitializer: ones(), useBias: false, inputShape: [300] }), 0.5),
  ]);
  const { data, standardDeviation } = await net.predict(new Float32Array(600).fill(1), { samples: 200 });
  expect(data[0]! / 300).toBeCloseTo(1, 1);
  expect(data[0]).toBe(data[1]);
  expect(standardDeviation[0]! / Math.sqrt(300)).toBeCloseTo(1, 0);
  expect((await net.predict(new Float32Array(300).fill(1))).data[0]).toBe(300);
});

test('weightNoise disturbs weights by its deviation', async () => {
  using net = sequential([weightNoise(dense(1, { kernelInitializer: ones(), inputShape: [100] }), 0.1)]);
  const { standardDeviation } = await net.predict(new Float32Array(100).fill(1), { samples: 400 });
  expect(standardDeviation[0]).toBeGreaterThan(0.85);
  expect(standardDeviation[0]).toBeLessThan(1.15);
});

describe('refuses', () => {
  test.each([
    ['a rate of 1', () => spatialDropout(1)],
    ['a negative rate', () => gaussianDropout(-0.1)],
    ['a rate above 1', () => alphaDropout(1.5)],
    ['a negative deviation', () => gaussianNoise(-1)],
    ['a rate of 1', () => dropConnect(dense(1), 1)],
    ['a negative deviation', () => weightNoise(dense(1), -1)],
    ['half a pixel', () => cutout(0.5)],
    ['a share above 1', () => cutout(2, { probability: 2 })],
    ['an unknown option', () => saltAndPepper(0.1, { hihg: 1 } as never)],
  ])('%s', (_, make) => {
    expect(make).toThrow(OptionError);
  });

  test('vectors for spatial dropout, and what is no image for cutout', () => {
    expect(() => sequential([spatialDropout(0.5, { inputShape: [5] })])).toThrow(ShapeError);
    expect(() => sequential([cutout(2, { inputShape: [5, 5] })])).toThrow('height, width, channels');
  });
});
