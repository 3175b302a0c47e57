// The LSTM on first names of examples/lstm, on a small budget.

import { expect, test } from 'vitest';
import { run } from '../../examples/lstm/lstm.js';
import { encodeName, LENGTH, loadNames } from '../../examples/lstm/names.js';

test('the LSTM tells female from male names better than the larger class does, whatever the padding', async () => {
  const { train, test: unseen } = loadNames(3000);
  const result = await run({ train, test: unseen, epochs: 5, units: 32 });
  expect(result.testAccuracy).toBeGreaterThan(result.majorityAccuracy + 0.12);
  expect(result.effectOfPadding).toBe(0);
  const right = result.scores.filter((score, i) => score > 0.5 === (unseen.labels[i] === 1)).length;
  expect(right / unseen.count).toBeCloseTo(result.testAccuracy, 6);
});

test('names held out are not trained on, and none is both female and male', () => {
  const { train, test: unseen } = loadNames();
  const all = [...train.names, ...unseen.names];
  expect(new Set(all).size).toBe(all.length);
  expect(Math.max(...all.map((name) => name.length))).toBeLessThanOrEqual(LENGTH);
  expect(unseen.count / all.length).toBeCloseTo(0.2, 3);
  expect(encodeName('abz')).toEqual([1, 2, 26, ...new Array<number>(LENGTH - 3).fill(0)]);
});
