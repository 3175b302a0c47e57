// What all augmentations promise: the same sample in the same epoch looks the same, wherever it stands.

import { describe, expect, test } from 'vitest';
import {
  augmentSamples,
  clipValues,
  randomBrightness,
  randomContrast,
  randomCrop,
  randomCutout,
  randomElasticTransform,
  randomFlip,
  randomGaussianNoise,
  randomHue,
  randomJitter,
  randomMagnitudeWarping,
  randomResizedCrop,
  randomRotation,
  randomSaltAndPepper,
  randomSaturation,
  randomScaling,
  randomShear,
  randomShift,
  randomTimeWarping,
  randomTranslation,
  randomWindowSlicing,
  randomZoom,
  type Augmentation,
} from '../../bindings/index.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import { drawValues } from '../model/support.js';

type Maker = (options: { probability: number }) => Augmentation;

/** Every random augmentation with the shape of a sample for it. */
const ALL: readonly [Maker, readonly number[]][] = [
  [randomBrightness, [6, 5, 1]],
  [randomContrast, [6, 5, 3]],
  [randomCrop, [6, 5, 1]],
  [(options) => randomCutout({ ...options, size: 0.8, fillValue: 9 }), [6, 5, 2]],
  [randomElasticTransform, [6, 5, 1]],
  [randomFlip, [6, 5, 3]],
  [randomGaussianNoise, [6, 5, 1]],
  [randomHue, [6, 5, 3]],
  [randomResizedCrop, [6, 5, 1]],
  [randomRotation, [6, 5, 1]],
  [(options) => randomSaltAndPepper({ ...options, amount: 0.5 }), [6, 5, 1]],
  [randomSaturation, [6, 5, 3]],
  [randomShear, [6, 5]],
  [randomTranslation, [6, 5, 1]],
  [randomZoom, [6, 5, 1]],
  [(options) => randomZoom({ ...options, keepsAspect: false }), [6, 5, 1]],
  [randomJitter, [11, 2]],
  [randomMagnitudeWarping, [11, 2]],
  [randomScaling, [11]],
  [randomShift, [11, 2]],
  [randomTimeWarping, [11, 2]],
  [randomWindowSlicing, [11, 2]],
];
const named = ALL.map(([make, shape]) => [make({ probability: 1 }).name, make, shape] as const);

const COUNT = 64;
const samplesOf = (shape: readonly number[], count = COUNT) => drawValues(count * sizeOf(shape), 3);

/** Which of the samples differ. */
function changed(before: Float32Array, after: Float32Array, size: number): number[] {
  return Array.from({ length: before.length / size }, (_, i) => i).filter((i) =>
    before.subarray(i * size, (i + 1) * size).some((value, k) => value !== after[i * size + k]),
  );
}

describe.each(named)('%s', (_, make, shape) => {
  const size = sizeOf(shape);
  const x = samplesOf(shape);
  const whole = augmentSamples({ data: x, shape: [COUNT, ...shape] }, [make({ probability: 1 })], {
    seed: 5,
    epoch: 2,
  });

  test('a sample is the same in a batch of 1, 7 or 64, in any place', () => {
    for (const batch of [1, 7]) {
      const numbers = Array.from({ length: batch }, (__, i) => (i * 11 + 3) % COUNT);
      const data = Float32Array.from(numbers.flatMap((number) => [...x.subarray(number * size, (number + 1) * size)]));
      const options = { seed: 5, epoch: 2, numbers };
      const part = augmentSamples({ data, shape: [batch, ...shape] }, [make({ probability: 1 })], options);
      numbers.forEach((number, i) => {
        expect(part.data.slice(i * size, (i + 1) * size)).toEqual(whole.data.slice(number * size, (number + 1) * size));
      });
    }
  });

  test('another epoch or seed gives other samples', () => {
    const half = (options: object) =>
      augmentSamples({ data: x, shape: [COUNT, ...shape] }, [make({ probability: 0.5 })], { seed: 5, ...options });
    const first = half({});
    expect(half({})).toEqual(first);
    for (const options of [{ epoch: 3 }, { seed: 6 }]) {
      expect(changed(first.data, half(options).data, size).length).toBeGreaterThan(COUNT / 8);
    }
  });

  test('probability is the share of samples that are changed, and the others keep their bits', () => {
    const count = 400;
    const many = samplesOf(shape, count);
    const share = (probability: number) =>
      changed(many, augmentSamples({ data: many, shape: [count, ...shape] }, [make({ probability })]).data, size)
        .length;
    expect(share(0)).toBe(0);
    // What is drawn may still leave a sample as it is (a crop by 0, a cutout of what is outside), but rarely.
    const [half, all] = [share(0.5), share(1)];
    expect(all).toBeGreaterThan(0.45 * count);
    expect(Math.abs(half - all / 2)).toBeLessThan(5 * Math.sqrt(count) * 0.5);
  });

  test('an option that does not exist is refused', () => {
    expect(() => make({ probability: 1, probabilty: 1 } as { probability: number })).toThrow(
      /probabilty.*Did you mean/,
    );
    expect(() => make({ probability: 1.5 })).toThrow(/probability must be a finite number >= 0 and <= 1, got 1.5/);
  });
});

test('one more augmentation changes nothing about those before it', () => {
  const x = { data: drawValues(4 * 36, 1), shape: [4, 6, 6, 1] };
  const one = augmentSamples(x, [randomGaussianNoise()]);
  expect(augmentSamples(x, [randomGaussianNoise(), clipValues(-9, 9)])).toEqual(one);
  const twice = augmentSamples(x, [randomGaussianNoise(), randomGaussianNoise()]);
  const noise = (from: Float32Array, to: Float32Array) => Array.from(to, (value, i) => value - from[i]!);
  // The second of two equal ones has draws of its own.
  expect(noise(one.data, twice.data)).not.toEqual(noise(x.data, one.data));
});
