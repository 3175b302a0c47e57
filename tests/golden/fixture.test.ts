// What the other tests rest on: the comparison can fail, gaps are noticed when they close, and no fixture lies about unread.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rmsprop, sgd } from '../../bindings/index.js';
import { assertClose, FAMILIES, type FixtureTensor } from './fixture.js';
import { noName, noOption } from './notYet.js';

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

test('notices that a gap has closed, wherever the new name or option stands', () => {
  for (const name of ['dense', 'leakyRelu', 'gatherRows', 'geluTanh'])
    expect(noName('', 'absent', name).exists()).toBe(true);
  expect(noOption('', [rmsprop, sgd], 'nesterov').exists()).toBe(true);
  expect(noOption('', [sgd], 'absent', 'momentum').exists()).toBe(true);
  expect([noName('', 'absent').exists(), noOption('', [sgd], 'absent').exists()]).toEqual([false, false]);
});

test('every fixture file has a family, and every family a test', () => {
  const names = (folder: URL, ending: string) =>
    readdirSync(folder)
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length));
  const families = [...FAMILIES].sort();
  expect(names(new URL('fixtures/', import.meta.url), '.json').sort()).toEqual(families);
  const tested = names(new URL('.', import.meta.url), '.test.ts').filter((name) => name !== 'fixture');
  expect(tested.sort()).toEqual(families);
});
