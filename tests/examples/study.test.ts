// The study of examples/study, on a small budget.

import { expect, test } from 'vitest';
import { l1 as lasso } from '../../bindings/index.js';
import { loadMnist, takeImages } from '../../examples/mnist/data.js';
import { compare, summarize } from '../../examples/statistics.js';
import { runStudy } from '../../examples/study/study.js';

test('the study trains in pairs, and its figures belong together', async () => {
  const { train, test: unseen } = loadMnist();
  // Strong enough to make zeros within 40 steps.
  const chosen = [
    { name: 'plain', recipe: {} },
    { name: 'L1', recipe: { regularizer: lasso(0.3, { proximal: true }) } },
  ];
  const results = await runStudy({
    train,
    test: takeImages(unseen, 300),
    techniques: chosen,
    seeds: [1, 2],
    epochs: 2,
  });
  expect(results.map(({ name }) => name)).toEqual(['plain', 'L1']);
  const [plain, l1] = results;
  expect(plain!.verdict).toBe('baseline');
  expect(plain!.testAccuracy.mean).toBeGreaterThan(0.6);
  expect(plain!.sparsity.mean).toBe(0);
  expect(l1!.sparsity.mean).toBeGreaterThan(0.01);
  expect(plain!.predictions.confusion.flat().reduce((a, b) => a + b)).toBe(300);
  expect(plain!.history.val_accuracy).toHaveLength(2);
});

test('a verdict needs all of the paired interval on one side of 0', () => {
  expect(summarize([1, 2, 3])).toEqual({ mean: 2, spread: 1 });
  const plain = [0.9, 0.8, 0.7];
  expect(compare([0.92, 0.82, 0.721], plain).verdict).toBe('better');
  expect(compare([0.88, 0.78, 0.679], plain).verdict).toBe('worse');
  expect(compare([0.95, 0.8, 0.72], plain).verdict).toBe('no difference');
});
