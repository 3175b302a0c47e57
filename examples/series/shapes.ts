// Cylinder, bell, funnel: the process of Saito (1994, Local feature extraction and its applications using a library of bases,
// chapter 4). Series of 128 steps, in which from a random step on and for a random time something happens:
//
//   cylinder  (6 + η) χ(t) + ε(t)                     a plateau
//   bell      (6 + η) χ(t) (t - a) / (b - a) + ε(t)   a rise that breaks off
//   funnel    (6 + η) χ(t) (b - t) / (b - a) + ε(t)   a jump that fades
//
// χ is 1 from a to b and else 0; a is uniform in 16 .. 32, b - a in 32 .. 96, η and ε(t) are standard normal.

import { normalDraws, uniformDraws } from '../random.js';

export const SHAPES = ['cylinder', 'bell', 'funnel'] as const;
export const LENGTH = 128;

const OUTLINES: readonly ((share: number) => number)[] = [() => 1, (share) => share, (share) => 1 - share];

export interface Series {
  /** [count, LENGTH, 1], each series with mean 0 and standard deviation 1, as is the custom with these data. */
  x: { data: Float32Array; shape: [number, number, number] };
  labels: Int32Array;
}

function normalize(series: Float32Array): void {
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  const variance = series.reduce((sum, value) => sum + (value - mean) ** 2, 0) / series.length;
  for (let t = 0; t < series.length; t++) series[t] = (series[t]! - mean) / Math.sqrt(variance);
}

/** Series of the three shapes in turn. The same seed draws the same. */
export function drawShapes(count: number, seed: number): Series {
  const uniform = uniformDraws(2 * seed);
  const normal = normalDraws(2 * seed + 1);
  const data = new Float32Array(count * LENGTH);
  const labels = Int32Array.from({ length: count }, (_, i) => i % SHAPES.length);
  for (let i = 0; i < count; i++) {
    const begin = 16 + Math.floor(17 * uniform());
    const length = 32 + Math.floor(65 * uniform());
    const height = 6 + normal();
    const series = data.subarray(i * LENGTH, (i + 1) * LENGTH);
    for (let t = 0; t < LENGTH; t++) {
      const share = (t + 1 - begin) / length;
      const isInside = share >= 0 && share <= 1;
      series[t] = (isInside ? height * OUTLINES[labels[i]!]!(share) : 0) + normal();
    }
    normalize(series);
  }
  return { x: { data, shape: [count, LENGTH, 1] }, labels };
}
