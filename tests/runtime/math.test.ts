// The library's own exp, log, pow, sin and cos against the host's, which are right to about a unit in the last place.

import { describe, expect, test } from 'vitest';
import { cos, exp, integerPower, log, pow, sin } from '../../bindings/runtime/math.js';
import { makeRandom } from '../support/sampleRun.js';

const random = makeRandom(5);
const draws = (low: number, high: number) => Array.from({ length: 20_000 }, () => low + (high - low) * random());
const relative = (got: number, expected: number): number => Math.abs(got - expected) / Math.abs(expected);
const ULP = 2 ** -52;
const worst = (errors: readonly number[]): number => errors.reduce((a, b) => Math.max(a, b), 0);

describe('agrees with the host', () => {
  test('exp', () => {
    const given = [...draws(-700, 700), ...draws(-1, 1)];
    expect(worst(given.map((x) => relative(exp(x), Math.exp(x))))).toBeLessThan(3 * ULP);
  });

  test('log, down to subnormal numbers', () => {
    const positive = [...draws(0, 3), ...draws(0.99, 1.01), ...draws(-300, 300).map((e) => 10 ** e), 5e-324, 1e-310];
    const given = positive.filter((x) => x > 0 && x !== 1);
    expect(worst(given.map((x) => relative(log(x), Math.log(x))))).toBeLessThan(3 * ULP);
  });

  test('pow', () => {
    const errors = draws(0.01, 20).flatMap((x) =>
      [0, 1, -3, 0.5, 2.5, 10, -0.004].map((exponent) => relative(pow(x, exponent), x ** exponent)),
    );
    expect(worst(errors)).toBeLessThan(60 * ULP);
    expect(integerPower(0.9, 1000)).toBeCloseTo(0.9 ** 1000, 55);
  });

  test('sin and cos', () => {
    const given = [...draws(-4, 4), ...draws(-20_000, 20_000), 0, Math.PI, Math.PI / 2];
    expect(worst(given.map((x) => Math.abs(sin(x) - Math.sin(x))))).toBeLessThan(3 * ULP);
    expect(worst(given.map((x) => Math.abs(cos(x) - Math.cos(x))))).toBeLessThan(3 * ULP);
  });
});

test('has the limits of the host', () => {
  for (const x of [0, -0, Infinity, -Infinity, NaN, 710, -746, -745]) expect(exp(x)).toBe(Math.exp(x));
  for (const x of [0, 1, Infinity, NaN, -1]) expect(log(x)).toBe(Math.log(x));
});
