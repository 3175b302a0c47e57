// Student's t against values that mpmath computed to 30 digits from the regularised incomplete beta function.

import { expect, test } from 'vitest';
import { studentQuantile, studentTwoSided } from '../../bindings/selection/studentT.js';

test.each([
  [0.5, 1, 0.704832764699133],
  [1, 1, 0.5],
  [12.7062047364, 1, 0.0499999999991171],
  [2, 2, 0.183503419072274],
  [2.262157, 9, 0.0500000133044317],
  [0.001, 3, 0.999264894969461],
  [4.5, 9, 0.00148894941541173],
  [30, 4, 7.35285609766132e-6],
  [1.96, 99, 0.0528071137509707],
  [3.3, 100, 0.0013406195219601],
  [1.2, 1000, 0.230423552324467],
  [40, 50, 1.24124237843727e-39],
])('P(|T| > %d) with %d degrees of freedom', (t, freedom, expected) => {
  expect(Math.abs(studentTwoSided(t, freedom) / expected - 1)).toBeLessThan(1e-12);
  expect(studentTwoSided(-t, freedom)).toBe(studentTwoSided(t, freedom));
});

test.each([
  [0.95, 1, 12.7062047361747],
  [0.95, 2, 4.30265272974946],
  [0.95, 4, 2.77644510519779],
  [0.95, 9, 2.26215716279821],
  [0.99, 9, 3.24983554159213],
  [0.9, 29, 1.6991270265335],
  [0.95, 99, 1.98421695158642],
  [0.999, 5, 6.86882662588111],
  [0.5, 7, 0.711141778081786],
])('the %d point with %d degrees of freedom', (confidence, freedom, expected) => {
  expect(Math.abs(studentQuantile(confidence, freedom) / expected - 1)).toBeLessThan(1e-12);
});

test('the ends', () => {
  expect(studentTwoSided(0, 3)).toBe(1);
  expect(studentTwoSided(Infinity, 3)).toBe(0);
  expect(studentTwoSided(NaN, 3)).toBeNaN();
});
