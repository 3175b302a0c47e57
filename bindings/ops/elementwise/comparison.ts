// Comparison, choice and conversion. Kernel twin: assembly/ops/elementwise/comparison.ts.

import { elementwiseRules } from '../elementwise.js';

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
