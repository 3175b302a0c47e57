// The lasso of examples/lasso.

import { expect, test } from 'vitest';
import { FEATURES, run, supportOf } from '../../examples/lasso/lasso.js';

test.each([7, 8, 9])('the lasso finds the features that matter, and no other: seed %i', async (seed) => {
  const { truth, weights, reference, history } = await run({ seed });
  expect(supportOf(truth)).toHaveLength(5);
  expect(weights).toHaveLength(FEATURES);
  expect(supportOf(weights)).toEqual(supportOf(truth));
  weights.forEach((weight, i) => expect(weight).toBeCloseTo(reference[i]!, 5));
  const penalty = history.penalty!.at(-1)!;
  expect(history.loss!.at(-1)).toBeCloseTo(history.dataLoss!.at(-1)! + penalty, 5);
});
