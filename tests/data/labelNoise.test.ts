// Label noise: the share that changes, to which classes, and the same ones for a seed.

import { expect, test } from 'vitest';
import { DataError, labelNoise, OptionError } from '../../bindings/index.js';

const labels = Int32Array.from({ length: 20_000 }, (_, i) => i % 5);

test('changes its share of labels, to every other class alike', () => {
  const noisy = labelNoise(labels, 0.3, { classes: 5, seed: 1 });
  const shifts = Array.from(noisy, (label, i) => (label - labels[i]! + 5) % 5);
  const counts = [0, 1, 2, 3, 4].map((shift) => shifts.filter((own) => own === shift).length / labels.length);
  expect(counts[0]).toBeCloseTo(0.7, 1);
  for (const share of counts.slice(1)) expect(Math.abs(share - 0.075)).toBeLessThan(0.01);
});

test('is the same for the same seed, nothing at 0, everything at 1', () => {
  const run = (rate: number, seed = 1) => labelNoise(labels, rate, { classes: 5, seed });
  expect(run(0.3)).toEqual(run(0.3));
  expect(run(0.3)).not.toEqual(run(0.3, 2));
  expect(run(0)).toEqual(labels);
  expect(run(1).every((label, i) => label !== labels[i])).toBe(true);
});

test('refuses labels, rates and classes that make no sense', () => {
  expect(() => labelNoise([5], 0.1, { classes: 5 })).toThrow(DataError);
  expect(() => labelNoise([0], 1.1, { classes: 5 })).toThrow(OptionError);
  expect(() => labelNoise([0], 0.1, { classes: 1 })).toThrow(OptionError);
});
