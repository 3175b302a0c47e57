// Training in a worker, as examples/worker does, on a small budget.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadMnist, takeImages } from '../../examples/mnist/data.js';
import { run } from '../../examples/worker/worker.js';
import { bundleScripts, type Scripts } from '../worker/scripts.js';

let scripts: Scripts;
beforeAll(async () => void (scripts = await bundleScripts([])));
afterAll(() => scripts?.remove());

test('the worker trains to the same bytes, and tells of its epochs', async () => {
  const train = takeImages(loadMnist().train, 2000);
  const epochs: number[] = [];
  const url = scripts.url('worker-host');
  const { here, there } = await run({ train, epochs: 2, url, onEpochEnd: (epoch) => void epochs.push(epoch) });
  expect(there.weights).toBe(here.weights);
  expect(there.accuracy).toBeGreaterThan(0.7);
  expect(epochs).toEqual([0, 1, 0, 1]);
});
