// What each augmentation of time series does.

import { describe, expect, test } from 'vitest';
import {
  augmentSamples,
  randomJitter,
  randomMagnitudeWarping,
  randomRotation,
  randomScaling,
  randomShift,
  randomTimeWarping,
  randomWindowSlicing,
  type Augmentation,
} from '../../bindings/index.js';
import { splineBasis } from '../../bindings/data/augmentation/smoothing.js';

const STEPS = 50;
const COUNT = 300;
/** Series whose values are their steps: what comes out is where it was read. */
const RAMPS = {
  data: Float32Array.from({ length: COUNT * STEPS }, (_, i) => i % STEPS),
  shape: [COUNT, STEPS, 1],
};
const rampsAfter = (augmentation: Augmentation): Float32Array[] => {
  const { data } = augmentSamples(RAMPS, [augmentation]);
  return Array.from({ length: COUNT }, (_, i) => data.slice(i * STEPS, (i + 1) * STEPS));
};

test('time warping keeps the ends and never runs backwards', () => {
  const series = rampsAfter(randomTimeWarping({ knots: 5, stddev: 0.5 }));
  let largest = 0;
  for (const one of series) {
    expect(one[0]).toBe(0);
    expect(one.at(-1)).toBeCloseTo(STEPS - 1, 3);
    one.forEach((value, t) => {
      if (t > 0) expect(value).toBeGreaterThan(one[t - 1]!);
      largest = Math.max(largest, Math.abs(value - t));
    });
  }
  expect(largest).toBeGreaterThan(5);
});

test('a shift moves by whole series of one number; what comes in is the border, or the other side', () => {
  for (const one of rampsAfter(randomShift({ share: [0.2, 0.2] }))) {
    one.forEach((value, t) => expect(value).toBeCloseTo(Math.max(t - 10, 0), 4));
  }
  const [wrapped] = rampsAfter(randomShift({ share: [0.2, 0.2], fillMode: 'wrap' }));
  wrapped!.forEach((value, t) => expect(value).toBeCloseTo((t + 40) % STEPS, 4));
});

test('a window is read from end to end, at any place', () => {
  const starts = rampsAfter(randomWindowSlicing({ share: 0.6 })).map((one) => {
    expect(one.at(-1)! - one[0]!).toBeCloseTo(0.6 * (STEPS - 1), 3);
    return one[0]!;
  });
  expect(Math.min(...starts)).toBeGreaterThan(-0.001);
  expect(Math.min(...starts)).toBeLessThan(1);
  expect(Math.max(...starts)).toBeLessThan(0.4 * (STEPS - 1) + 0.001);
  expect(Math.max(...starts)).toBeGreaterThan(0.4 * (STEPS - 1) - 1);
});

test('scaling: one factor a channel', () => {
  const count = 1000;
  const { data } = augmentSamples({ data: new Float32Array(count * 6).fill(1), shape: [count, 3, 2] }, [
    randomScaling({ stddev: 0.2 }),
  ]);
  const factors = [];
  for (let i = 0; i < data.length; i += 6) {
    const [a, b, ...rest] = data.slice(i, i + 6);
    expect(rest).toEqual([a, b, a, b]);
    factors.push(a! - 1, b! - 1);
  }
  const variance = factors.reduce((sum, factor) => sum + factor * factor, 0) / factors.length;
  expect(variance / 0.04).toBeGreaterThan(0.85);
  expect(variance / 0.04).toBeLessThan(1.15);
});

test('magnitude warping multiplies by a curve through its knots', () => {
  const { data } = augmentSamples({ data: new Float32Array(COUNT * STEPS).fill(1), shape: [COUNT, STEPS, 1] }, [
    randomMagnitudeWarping({ knots: 4, stddev: 0.2 }),
  ]);
  const ends = Array.from({ length: COUNT }, (_, i) => data[i * STEPS]! - 1);
  const variance = ends.reduce((sum, end) => sum + end * end, 0) / COUNT;
  expect(variance / 0.04).toBeGreaterThan(0.7);
  expect(variance / 0.04).toBeLessThan(1.35);
  for (let i = 1; i < data.length; i++) {
    if (i % STEPS) expect(Math.abs(data[i]! - data[i - 1]!)).toBeLessThan(0.15);
  }
});

test('jitter is noise on each value', () => {
  const { data } = augmentSamples({ data: new Float32Array(4000), shape: [10, 400] }, [randomJitter({ stddev: 0.5 })]);
  expect(data.reduce((sum, value) => sum + value * value, 0) / 4000).toBeCloseTo(0.25, 1);
  expect(new Set(data).size).toBeGreaterThan(3900);
});

test('the spline basis interpolates, is linear for lines, and sums to 1', () => {
  const basis = splineBasis(4, 7);
  // Places 0, 2, 4 and 6 are the knots.
  basis.forEach((row, knot) =>
    [0, 2, 4, 6].forEach((step, i) => expect(row[step]).toBeCloseTo(Number(i === knot), 12)),
  );
  for (let step = 0; step < 7; step++) {
    expect(basis.reduce((sum, row) => sum + row[step]!, 0)).toBeCloseTo(1, 12);
    expect(basis.reduce((sum, row, knot) => sum + knot * row[step]!, 0)).toBeCloseTo(step / 2, 12);
  }
  // scipy.interpolate.CubicSpline([0, 1, 2, 3], [1, 0, 0, 0], bc_type='natural')(0.5) and (1.5)
  expect(basis[0]![1]).toBeCloseTo(0.4, 12);
  expect(basis[0]![3]).toBeCloseTo(-0.075, 12);
  expect(splineBasis(2, 3)).toEqual([[1, 0.5, 0], [0, 0.5, 1]]); // prettier-ignore
});

describe('what is refused', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['one knot', () => randomTimeWarping({ knots: 1 }), /knots must be a whole number >= 2/],
    ['half a window too many', () => randomWindowSlicing({ share: 1.5 }), /share\[0\] must be a finite number > 0 and <= 1/],
    ['images and series together', () => augmentSamples(RAMPS, [randomJitter(), randomRotation()]), /randomJitter is for series.*randomRotation for images/],
    ['series of images', () => augmentSamples({ data: new Float32Array(16), shape: [1, 4, 4, 1] }, [randomJitter()]), /for series \[steps\] or \[steps, channels\], got samples of shape \[4, 4, 1\]/],
  ])('%s', (_, make, message) => expect(make).toThrow(message)); // prettier-ignore
});
