// Plateaus and averages of curves, worked by hand.

import { describe, expect, test } from 'vitest';
import { detectPlateau, exponentialMovingAverage, OptionError } from '../../bindings/index.js';

describe('detectPlateau', () => {
  test('counts values since the last improvement', () => {
    const values = [5, 4, 3, 3.5, 3.2, 3.1];
    const finding = { best: 3, bestIndex: 2, waited: 3 };
    expect(detectPlateau(values, { window: 3 })).toEqual({ ...finding, isPlateau: true, since: 3 });
    expect(detectPlateau(values, { window: 4 })).toEqual({ ...finding, isPlateau: false, since: undefined });
    expect(detectPlateau([...values, 2.9], { window: 1 })).toMatchObject({ isPlateau: false, waited: 0, best: 2.9 });
  });

  test('small improvements do not count one by one, but count together', () => {
    const creeping = [1, 0.96, 0.92, 0.88, 0.84];
    expect(detectPlateau(creeping, { window: 2, minDelta: 0.05 })).toMatchObject({ isPlateau: false, waited: 0 });
    expect(detectPlateau(creeping.slice(0, 4), { window: 1, minDelta: 0.05 })).toMatchObject({ waited: 1, best: 0.88 });
    expect(detectPlateau(creeping, { window: 4, minDelta: 0.2 })).toMatchObject({
      isPlateau: true,
      since: 1,
      best: 0.84,
    });
  });

  test('an improvement of just minDelta does not count', () => {
    expect(detectPlateau([1, 0.75, 0.5], { window: 1, minDelta: 0.25 }).waited).toBe(0);
    expect(detectPlateau([1, 0.75], { window: 1, minDelta: 0.25 }).isPlateau).toBe(true);
    expect(detectPlateau([1, 1, 1], { window: 2 }).isPlateau).toBe(true);
  });

  test('figures that rise, NaN, typed arrays', () => {
    expect(detectPlateau([0.5, 0.7, 0.6, 0.6], { window: 2, mode: 'max' })).toMatchObject({
      isPlateau: true,
      best: 0.7,
    });
    expect(detectPlateau([0.5, 0.7, 0.6, 0.8], { window: 2, mode: 'max' }).isPlateau).toBe(false);
    expect(detectPlateau([NaN, 2, NaN, NaN], { window: 2 })).toMatchObject({ isPlateau: true, since: 2, best: 2 });
    expect(detectPlateau(Float32Array.of(3, 2, 1)).isPlateau).toBe(false);
  });

  test.each([
    [[], {}],
    [[1], { window: 0 }],
    [[1], { minDelta: -1 }],
    [[1], { mode: 'down' }],
    [[1], { patience: 1 }],
  ])('refuses %j, %j', (values, options) => {
    expect(() => detectPlateau(values, options as never)).toThrow(OptionError);
  });
});

describe('exponentialMovingAverage', () => {
  test('with and without correction', () => {
    expect(exponentialMovingAverage([10, 20, 30], 0.5)).toEqual([5, 12.5, 21.25]);
    const corrected = exponentialMovingAverage([10, 20, 30], 0.5, { biasCorrection: true });
    [10, 12.5 / 0.75, 21.25 / 0.875].forEach((value, i) => expect(corrected[i]).toBeCloseTo(value, 12));
    expect(exponentialMovingAverage(Float32Array.of(1, 2), 0)).toEqual([1, 2]);
    expect(exponentialMovingAverage([], 0.9)).toEqual([]);
  });

  test('corrected, a constant stays itself', () => {
    for (const value of exponentialMovingAverage(new Array<number>(50).fill(3), 0.98, { biasCorrection: true })) {
      expect(value).toBeCloseTo(3, 12);
    }
  });

  test('refuses a share outside [0, 1), and unknown options', () => {
    for (const beta of [1, -0.1, NaN]) expect(() => exponentialMovingAverage([1], beta)).toThrow(OptionError);
    expect(() => exponentialMovingAverage([1], 0.5, { bias: true } as never)).toThrow(OptionError);
  });
});
