// Student's t against values that mpmath computed to 30 digits from the regularised incomplete beta function.

import { expect, test } from 'vitest';
import { studentQuantile, studentTwoSided } from '../../bindings/selection/studentT.js';

test.each([
  [0.5, 1, 0.70483276469913345],
  [1, 1, 0.5],
  [12.7062047364, 1, 0.049999999999117084],
  [2, 2, 0.18350341907227397],
  [2.262157, 9, 0.05000001330443166],
  [0.001, 3, 0.99926489496946094],
  [4.5, 9, 0.0014889494154117312],
  [30, 4, 7.3528560976613221e-6],
  [1.96, 99, 0.052807113750970721],
  [3.3, 100, 0.0013406195219600952],
  [1.2, 1000, 0.23042355232446706],
  [40, 50, 1.2412423784372706e-39],
])('P(|T| > %d) with %d degrees of freedom', (t, freedom, expected) => {
  expect(Math.abs(studentTwoSided(t, freedom) / expected - 1)).toBeLessThan(1e-12);
  expect(studentTwoSided(-t, freedom)).toBe(studentTwoSided(t, freedom));
});

test.each([
  [0.95, 1, 12.706204736174705],
  [0.95, 2, 4.3026527297494639],
  [0.95, 4, 2.7764451051977944],
  [0.95, 9, 2.2621571627982055],
  [0.99, 9, 3.2498355415921263],
  [0.9, 29, 1.6991270265334978],
  [0.95, 99, 1.9842169515864175],
  [0.999, 5, 6.8688266258811102],
  [0.5, 7, 0.71114177808178631],
])('the %d point with %d degrees of freedom', (confidence, freedom, expected) => {
  expect(Math.abs(studentQuantile(confidence, freedom) / expected - 1)).toBeLessThan(1e-12);
});

test('the ends', () => {
  expect(studentTwoSided(0, 3)).toBe(1);
  expect(studentTwoSided(Infinity, 3)).toBe(0);
  expect(studentTwoSided(NaN, 3)).toBeNaN();
});
