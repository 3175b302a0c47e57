// One optimiser's update alone, over the weights of a large layer: memory is what bounds it.

import { fillUniform, makeRandom } from '../random.js';
import { checkUpdate } from '../reference/update.js';
import type { UpdateCase } from '../subject.js';
import { suiteOf } from '../suite.js';

const SIDE = 2048;
const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0 };

/**
 * float32 values that each weight needs moved at least. Adam reads a weight, its gradient and two moments, and writes all but
 * the gradient. The norm of all gradients is known only once each was read. An average is read and written.
 */
const MOVED = { adam: 7, norm: 1, average: 2 };

const CASES: readonly (Pick<UpdateCase, 'name' | 'adam' | 'globalClipNorm' | 'averageDecay'> & {
  /** Values moved, and vectors that they lie in. */
  moved: number;
  vectors: number;
})[] = [
  { name: 'adam', adam: ADAM, moved: MOVED.adam, vectors: 4 },
  {
    name: 'adamw clip ema',
    adam: { ...ADAM, weightDecay: 0.01 },
    globalClipNorm: 1,
    averageDecay: 0.99,
    moved: MOVED.adam + MOVED.norm + MOVED.average,
    vectors: 5,
  },
];

export const update = suiteOf(
  'update',
  CASES,
  ({ name }) => name,
  ({ moved, vectors, ...settings }) => {
    const random = makeRandom(SIDE);
    const given: UpdateCase = {
      ...settings,
      side: SIDE,
      weights: fillUniform(random, SIDE * SIDE, 0.05),
      gradients: fillUniform(random, SIDE * SIDE, 1),
    };
    const bytes = 4 * SIDE * SIDE;
    return {
      work: { flops: 0, bytes: moved * bytes, bound: 'stream', residentBytes: vectors * bytes },
      unit: 'GB/s',
      create: (subject) => subject.update?.(given),
      check: (outputs) => checkUpdate(given, outputs),
    };
  },
);
