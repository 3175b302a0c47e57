// Smooth random curves and fields: matrices that turn a few draws, or noise, into them.

import type { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../graph/tensor.js';
import { exp } from '../../runtime/math.js';

/**
 * [size, size]: weights of a Gaussian of standard deviation `sigma` places about each place, those within the axis, which sum
 * to 1. As long as the axis, so exact; its cost is that of a matrix product.
 */
export function smoothingMatrix(graph: Graph, size: number, sigma: number): Tensor {
  const weights: number[] = [];
  for (let row = 0; row < size; row++) {
    const gaussian = Array.from({ length: size }, (_, i) => exp(-((i - row) * (i - row)) / (2 * sigma * sigma)));
    const sum = gaussian.reduce((total, weight) => total + weight, 0);
    weights.push(...gaussian.map((weight) => weight / sum));
  }
  return graph.table(weights).reshape([size, size]);
}

/**
 * The values at `steps` evenly spaced places of the natural cubic spline through values at `knots` evenly spaced ones, both from
 * end to end: a matrix [knots][steps], since the spline is linear in its values.
 */
export function splineBasis(knots: number, steps: number): number[][] {
  return Array.from({ length: knots }, (_, knot) => {
    const values = Array.from({ length: knots }, (__, i) => Number(i === knot));
    const bends = secondDerivatives(values);
    return Array.from({ length: steps }, (__, step) => splineAt(values, bends, step, steps));
  });
}

/** As `splineBasis`, of straight lines from knot to knot: they stay between the values of their ends. */
export function lineBasis(knots: number, steps: number): number[][] {
  return Array.from({ length: knots }, (_, knot) =>
    Array.from({ length: steps }, (__, step) => Math.max(0, 1 - Math.abs(placeOf(step, steps, knots) - knot))),
  );
}

/** Where a step lies between the knots, which are at 0, 1, 2 ... */
const placeOf = (step: number, steps: number, knots: number): number =>
  steps === 1 ? 0 : (step * (knots - 1)) / (steps - 1);

/** Second derivatives at the knots, 0 at both ends: the tridiagonal system M[i-1] + 4 M[i] + M[i+1] = 6 (second difference). */
function secondDerivatives(values: readonly number[]): number[] {
  const last = values.length - 1;
  const factors: number[] = [0];
  const rest: number[] = [0];
  for (let i = 1; i < last; i++) {
    const pivot = 4 - factors[i - 1]!;
    const difference = values[i + 1]! - 2 * values[i]! + values[i - 1]!;
    factors.push(1 / pivot);
    rest.push((6 * difference - rest[i - 1]!) / pivot);
  }
  const bends = values.map(() => 0);
  for (let i = last - 1; i > 0; i--) bends[i] = rest[i]! - factors[i]! * bends[i + 1]!;
  return bends;
}

function splineAt(values: readonly number[], bends: readonly number[], step: number, steps: number): number {
  const last = values.length - 1;
  const place = placeOf(step, steps, values.length);
  const left = Math.min(Math.floor(place), last - 1);
  const [a, b] = [left + 1 - place, place - left];
  const bend = (share: number, value: number) => ((share * share * share - share) * value) / 6;
  return a * values[left]! + b * values[left + 1]! + bend(a, bends[left]!) + bend(b, bends[left + 1]!);
}
