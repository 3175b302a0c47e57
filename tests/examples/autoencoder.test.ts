// The denoising autoencoder of examples/autoencoder, on a small budget.

import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { NOISE, run } from '../../examples/autoencoder/autoencoder.js';
import { drawRows } from '../../examples/autoencoder/picture.js';
import { loadMnist, takeImages } from '../../examples/mnist/data.js';

test('the tied autoencoder takes noise away', async () => {
  const { train, test: unseen } = loadMnist();
  const result = await run({ train: takeImages(train, 3000), test: takeImages(unseen, 300), epochs: 6, units: 128 });
  expect(result.errors.reconstruction).toBeLessThan(0.9 * result.errors.meanImage);
  expect(result.errors.reconstruction).toBeLessThan(0.5 * result.errors.noisyImage);
  expect(result.parameters).toEqual(['encoder/kernel', 'encoder/bias', 'decoder/bias']);

  const changed = result.noisy.reduce((count, pixel, i) => count + Number(pixel !== result.originals[i]), 0);
  // Most pixels are black: about half of the disturbed ones stay as they were.
  expect(changed / result.noisy.length).toBeGreaterThan(0.4 * NOISE);
  expect(changed / result.noisy.length).toBeLessThan(NOISE);
});

test('the picture has a row for each kind of image and the pixels where they belong', () => {
  const images = (offset: number) => Uint8Array.from({ length: 2 * 784 }, (_, i) => (i + offset) % 251);
  const { width, height, data } = PNG.sync.read(drawRows([images(0), images(7)], 2, 3));
  expect([width, height]).toEqual([2 * 28 * 3, 2 * 28 * 3]);
  const grey = (row: number, image: number, y: number, x: number) => {
    const at = 4 * ((row * 84 + 3 * y + 1) * width + image * 84 + 3 * x + 1);
    return data[at];
  };
  expect(grey(0, 0, 2, 5)).toBe((2 * 28 + 5) % 251);
  expect(grey(1, 1, 27, 26)).toBe((784 + 27 * 28 + 26 + 7) % 251);
});
