// The convolutional net of examples/cnn, on a small budget.

import { expect, test } from 'vitest';
import { run } from '../../examples/cnn/cnn.js';
import { loadMnist, takeImages } from '../../examples/mnist/data.js';

test('the convolutional net learns to read digits that it has not seen', async () => {
  const { train, test: unseen } = loadMnist();
  const result = await run({ train: takeImages(train, 1000), test: takeImages(unseen, 400), epochs: 2 });
  expect(result.testAccuracy).toBeGreaterThan(0.7);
  expect(result.history.loss![1]).toBeLessThan(result.history.loss![0]!);
  expect(result.summary).toMatch(
    /conv2d_1 .*\[batch, 28, 28, 32\] +320\n.*\nconv2d_2 .*\[batch, 14, 14, 64\] +18496\n/,
  );
});
