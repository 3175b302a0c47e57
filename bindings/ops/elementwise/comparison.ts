// Comparison, choice and conversion. Kernel twin: assembly/ops/elementwise/comparison.ts.

import { elementwiseRules } from '../elementwise.js';
import type { Tensor } from '../../graph/tensor.js';
import { elementwiseSamples } from '../sample.js';

export const comparisonRules = elementwiseRules<'equal' | 'greater' | 'greaterEqual' | 'select' | 'fromInteger'>({
  equal: { arity: 2, flops: 1, gradient: () => [undefined, undefined] },
  greater: { arity: 2, flops: 1, gradient: () => [undefined, undefined] },
  greaterEqual: { arity: 2, flops: 1, gradient: () => [undefined, undefined] },
  select: {
    arity: 3,
    flops: 1,
    gradient: ({ inputs: [condition] }, dy) => [undefined, condition!.where(dy, 0), condition!.where(0, dy)],
  },
  fromInteger: { arity: 1, operands: 'int32', flops: 1, gradient: () => [undefined] },
});

/** Samples of the functions above. */
export const comparisonSamples = () => ({
  equal: elementwiseSamples('equal', 2, { reference: (a, b) => Number(a === b) }),
  greater: elementwiseSamples('greater', 2, { reference: (a, b) => Number(a > b) }),
  greaterEqual: elementwiseSamples('greaterEqual', 2, { reference: (a, b) => Number(a >= b) }),
  select: elementwiseSamples('select', 3, { reference: (a, b, c) => (a !== 0 ? b : c) }),
  fromInteger: [
    {
      name: 'integers',
      inputs: [{ shape: [517], dtype: 'int32' as const, range: [-1000, 1000] as const }],
      build: ([x]: readonly Tensor[]) => x!.toFloat(),
      reference: ([x]: readonly Float64Array[]) => x!,
    },
  ],
});
