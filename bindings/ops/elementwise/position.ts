// Functions of the position alone. Kernel twin: assembly/ops/elementwise/position.ts.

import type { Tensor } from '../../graph/tensor.js';
import { elementwiseRules } from '../elementwise.js';

export const positionRules = elementwiseRules<'iota'>({ iota: { arity: 0, flops: 1, gradient: () => [] } });

export const positionSamples = () => ({
  iota: [[1], [5], [511], [513, 3]].map((shape) => ({
    name: `${shape}`,
    inputs: [{ shape }],
    build: ([x]: readonly Tensor[]) => x!.graph.iota(shape),
    reference: ([x]: readonly Float64Array[]) => Float64Array.from({ length: x!.length }, (_, i) => i),
  })),
});
