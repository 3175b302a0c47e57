// A gradient that is not finite while the loss is: the step halts before anything that lasts is written.

import { expect, test } from 'vitest';
import { adam, batchNormalization, dense, NotFiniteError, sequential } from '../../bindings/index.js';
import { drawValues, expectError, hashOf } from './support.js';

const x = drawValues(8 * 3, 1);

test('the error names the first parameter, weights and moments stay', async () => {
  const net = sequential([batchNormalization({ inputShape: [3] }), dense(4), dense(1, { name: 'out' })], { seed: 1 });
  // The root is 0 at an output of 0, with an infinite slope.
  net.compile({ optimizer: adam(), loss: (_, output) => output.sqrt() });
  net.setParameters({ 'out/kernel': new Float32Array(4) });
  const before = hashOf(net);
  const options = { batchSize: 8, epochs: 2 };
  const error = await expectError(
    () => net.fit(x, new Float32Array(8), options),
    NotFiniteError,
    'NOT_FINITE',
    'gradient is not finite',
    'at step 1',
    'last finished step',
  );
  expect((error as NotFiniteError).operation).toMatch(/^the gradient of /);
  expect(hashOf(net)).toBe(before);
  expect(net.step).toBe(0);
  expect(
    Object.values(net.gradients())
      .flatMap((values) => [...values])
      .every(Number.isFinite),
  ).toBe(false);
  net.dispose();
});
