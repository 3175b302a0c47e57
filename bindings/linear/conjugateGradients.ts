// Solves large symmetric positive (semi)definite systems by products with the matrix alone.

import { dot } from './dot.js';

/** Most steps, for systems in which rounding spoils the end after as many steps as there are unknowns. */
const MOST_STEPS = 250;

/**
 * x with A x = b, A given by its products with vectors, until ||b - A x|| <= tolerance ||b||. Hestenes & Stiefel 1952.
 * Ended early, x is still a direction of descent for the quadratic x A x / 2 - b x.
 */
export function conjugateGradients(
  times: (v: Float64Array) => Float64Array,
  b: Float64Array,
  tolerance: number,
): Float64Array {
  const x = new Float64Array(b.length);
  const rest = b.slice();
  let direction = rest.slice();
  let length = dot(rest, rest);
  const enough = tolerance * tolerance * length;
  const steps = Math.min(2 * b.length, MOST_STEPS);
  for (let step = 0; step < steps && length > enough; step++) {
    const product = times(direction);
    const curvature = dot(direction, product);
    if (!(curvature > 0)) break;
    const size = length / curvature;
    for (let i = 0; i < x.length; i++) {
      x[i]! += size * direction[i]!;
      rest[i]! -= size * product[i]!;
    }
    const next = dot(rest, rest);
    direction = direction.map((value, i) => rest[i]! + (next / length) * value);
    length = next;
  }
  return x;
}
