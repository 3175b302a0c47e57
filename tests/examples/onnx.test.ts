// The round trip of examples/onnx, on a small budget.

import { expect, test } from 'vitest';
import { loadMnist } from '../../examples/mnist/data.js';
import { run } from '../../examples/onnx/onnx.js';

test('a net goes to ONNX Runtime and comes back to learn new digits', async () => {
  const result = await run({ ...loadMnist(), images: 1000, shots: 5, epochs: 2 });
  expect(result.accuracy).toBeGreaterThan(0.9);
  expect(result.difference).toBeLessThan(1e-5);
  expect(result.fineTuned).toBeGreaterThan(0.5);
  expect(result.summary).toMatch(/fiveToNine\/?.* dense/);
});
