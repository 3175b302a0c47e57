// The setting of the dropout paper, on a small budget.

import { expect, test } from 'vitest';
import { PAPER_ROWS, run } from '../../examples/dropout-paper/paper.js';
import { loadMnist, takeImages } from '../../examples/mnist/data.js';

test('the net of the dropout paper learns, with its weights within the norm', async () => {
  const { train, test: unseen } = loadMnist();
  const norm = 1;
  const result = await run({
    train: takeImages(train, 4000),
    test: takeImages(unseen, 500),
    epochs: 4,
    units: 128,
    norm,
  });
  expect(result.testError).toBeLessThan(0.25);
  expect(result.updates).toBe(4 * 40);
  // Initial norms are about the root of 2: the constraint is at work, and exact to rounding.
  expect(result.largestNorm).toBeGreaterThan(0.9 * norm);
  expect(result.largestNorm).toBeLessThan(norm * (1 + 1e-5));
  expect(result.summary.match(/ dropout /g)).toHaveLength(4);
});

test("the paper's errors are those of its table 2", () => {
  expect(PAPER_ROWS.map(({ error }) => error)).toEqual([1.6, 1.25, 1.06, 1.04, 1.01, 0.95]);
});
