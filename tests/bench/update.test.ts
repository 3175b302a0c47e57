// The update alone: right answers pass the check of the bench, and each wrong setting is seen.

import { expect, test } from 'vitest';
import { fillUniform, makeRandom } from '../../bench/random.js';
import { checkUpdate } from '../../bench/reference/update.js';
import type { UpdateCase } from '../../bench/subject.js';
import { makeUpdate } from '../../bench/subjects/wasmgradUpdate.js';

const SIDE = 64;
const random = makeRandom(1);
const given: UpdateCase = {
  name: 'update',
  side: SIDE,
  weights: fillUniform(random, SIDE * SIDE, 0.05),
  gradients: fillUniform(random, SIDE * SIDE, 1),
  adam: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.1 },
  globalClipNorm: 1,
  averageDecay: 0.99,
};
const { averageDecay: _, ...plain } = given;

async function outputsOf(made: UpdateCase) {
  const runnable = makeUpdate(made);
  try {
    return await runnable.outputs();
  } finally {
    runnable.dispose();
  }
}

test.each([given, plain])('right answers pass', async (made) => {
  expect(checkUpdate(made, await outputsOf(made))).toBeUndefined();
});

test.each<Partial<UpdateCase>>([
  { adam: { ...given.adam, beta1: 0.91 } },
  { adam: { ...given.adam, beta2: 0.99 } },
  { adam: { ...given.adam, epsilon: 1e-4 } },
  { adam: { ...given.adam, weightDecay: 0 } },
  { adam: { ...given.adam, learningRate: 1.003e-3 } },
  { globalClipNorm: 20 },
  { averageDecay: 0.995 },
])('%o is seen', async (wrong) => {
  expect(checkUpdate(given, await outputsOf({ ...given, ...wrong }))).toMatch(/expected/);
});

test('a missing average is seen', async () => {
  expect(checkUpdate(given, await outputsOf(plain))).toMatch(/no average/);
});
