// What the other tests rest on: the comparison can fail, gaps are told, and no fixture lies about unread.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAMILIES } from './families/index.js';
import { assertClose, type FixtureTensor } from './fixture.js';
import { goldenFamily, runCase } from './suite.js';

const TOLERANCE = { rtol: 1e-2, atol: 1e-3 };
const EXPECTED: FixtureTensor = { shape: [2, 2], data: [0, 1, -2, 100] };
const compare =
  (data: readonly number[], expected = EXPECTED, shape = expected.shape) =>
  () =>
    assertClose('case', { data, shape }, expected, TOLERANCE);

test('accepts what is within the tolerance of each element', () => {
  expect(compare([0.0009, 1.01, -2.02, 99])).not.toThrow();
});

test('names case, index, values and share of the tolerance', () => {
  expect(compare([0, 1, -2.105, 100])).toThrow(
    'case[1, 0]: got -2.105, expected -2, 5.00 times the tolerance; 1 of 4 elements are outside it',
  );
});

test.each([
  ['NaN', [0, NaN, -2, 100]],
  ['an infinity', [0, Infinity, -2, 100]],
  ['a small value where 0 is expected', [0.0011, 1, -2, 100]],
  ['a missing element', [0, 1, -2]],
  ['an element too many', [0, 1, -2, 100, 0]],
])('refuses %s', (_, data) => {
  expect(compare(data)).toThrow('case');
});

test('refuses another shape, and nothing at all', () => {
  expect(compare([0, 1, -2, 100], EXPECTED, [4])).toThrow('got shape [4], expected [2, 2]');
  expect(() => assertClose('case', undefined, EXPECTED, TOLERANCE)).toThrow('nothing was computed');
});

test('wants integers and booleans exactly', () => {
  for (const dtype of ['int32', 'bool'] as const) {
    expect(compare([0, 1], { shape: [2], data: [0, 1], dtype })).not.toThrow();
    expect(compare([0, 1.0001], { shape: [2], data: [0, 1], dtype })).toThrow('case[1]');
  }
});

test('every fixture file has a family, and every family a fixture file', () => {
  const files = readdirSync(new URL('fixtures/', import.meta.url)).filter((file) => file.endsWith('.json'));
  expect(files.sort()).toEqual(FAMILIES.map(({ family }) => `${family}.json`).sort());
});

test('a case that nothing computes is not covered, one that differs fails with the reason', async () => {
  const family = goldenFamily('sums', {
    sum: () => assertClose('sum', { data: [2] }, { shape: [], data: [1] }, TOLERANCE),
  });
  const reference = { name: 'a', attrs: { op: 'sum' }, tol: TOLERANCE, inputs: {}, outputs: {}, grads: {} };
  const failed = await runCase(family, reference);
  expect(failed).toMatchObject({ status: 'failed', message: expect.stringContaining('got 2, expected 1') as string });
  expect(failed.worst).toBeGreaterThan(1);
  expect(await runCase(family, { ...reference, attrs: { op: 'product' } })).toMatchObject({ status: 'notCovered' });
  expect(await runCase(undefined, reference)).toMatchObject({ status: 'notCovered' });
});
