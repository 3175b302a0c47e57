// The series example of examples/series, on a small budget.

import { expect, test } from 'vitest';
import { run } from '../../examples/series/series.js';
import { drawShapes, LENGTH, SHAPES } from '../../examples/series/shapes.js';

test('cylinder, bell and funnel are told apart from few series, with and without warping', async () => {
  const { runs } = await run({ train: 12, test: 300, epochs: 40, seeds: [1] });
  const { arms } = runs[0]!;
  expect(Object.keys(arms)).toEqual(['plain', 'warping', 'jitter', 'warping and jitter']);
  for (const { accuracy } of Object.values(arms)) expect(accuracy).toBeGreaterThan(0.6);
  expect(new Set(Object.values(arms).map(({ accuracy }) => accuracy)).size).toBeGreaterThan(2);
});

test('the shapes are what they are called', () => {
  const count = 600;
  const { x, labels } = drawShapes(count, 1);
  expect(drawShapes(count, 1)).toEqual({ x, labels });
  // Means over steps that lie in every shape (32 is the last begin, 48 the first end), and before and behind all of them.
  const meanOf = (label: number, from: number, to: number): number => {
    const values = Array.from({ length: count }, (_, i) => i)
      .filter((i) => labels[i] === label)
      .flatMap((i) => Array.from(x.data.subarray(i * LENGTH + from, i * LENGTH + to)));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const [cylinder, bell, funnel] = SHAPES.map((_, label) => label) as [number, number, number];
  for (const label of [cylinder, bell, funnel]) expect(meanOf(label, 0, 15)).toBeLessThan(-0.4);
  expect(meanOf(cylinder, 32, 47)).toBeGreaterThan(0.8);
  expect(meanOf(funnel, 32, 47)).toBeGreaterThan(meanOf(funnel, 64, 80) + 0.8);
  expect(meanOf(bell, 64, 80)).toBeGreaterThan(meanOf(bell, 32, 47) + 0.3);
  for (let i = 0; i < 10; i++) {
    const series = x.data.subarray(i * LENGTH, (i + 1) * LENGTH);
    expect(series.reduce((sum, value) => sum + value, 0) / LENGTH).toBeCloseTo(0, 5);
    expect(series.reduce((sum, value) => sum + value * value, 0) / LENGTH).toBeCloseTo(1, 5);
  }
});
