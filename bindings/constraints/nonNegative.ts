import type { Constraint } from './constraint.js';

/** Weights below 0 become 0. @example dense(8, { kernelConstraint: nonNegative() }) */
export const nonNegative = (): Constraint => ({
  name: 'nonNegative',
  config: {},
  apply: (weights) => weights.maximum(0),
});
