// Random functions of (seed, stream, step, element index). Kernel twin: assembly/ops/elementwise/random.ts.

import { float32Word } from '../../graph/encode.js';
import { elementwiseRules } from '../elementwise.js';
import type { Tensor } from '../../graph/tensor.js';

export const randomRules = elementwiseRules<'dropout' | 'randomUniform' | 'randomNormal'>({
  dropout: {
    arity: 1,
    flops: 2,
    parameters: ({ rate, stream }) => [float32Word(rate), stream],
    // The same stream draws the same mask again: it is never stored.
    gradient: ({ attributes, graph }, dy) => [graph.emit('dropout', [dy], attributes)],
  },
  randomUniform: { arity: 0, flops: 1, parameters: ({ stream }) => [0, stream], gradient: () => [] },
  randomNormal: { arity: 0, flops: 40, parameters: ({ stream }) => [0, stream], gradient: () => [] },
});

/** Samples of the functions above: tests of their distribution are in tests/random. */
export const randomSamples = () => {
  const shapes = [[1], [5], [511], [513, 3]];
  return {
    dropout: shapes.map((shape) => ({
      name: `${shape}`,
      inputs: [{ shape }],
      build: ([x]: readonly Tensor[]) => x!.dropout(0.3),
    })),
    randomUniform: shapes.map((shape) => ({
      name: `${shape}`,
      inputs: [{ shape }],
      build: ([x]: readonly Tensor[]) => x!.graph.randomUniform(shape),
    })),
    randomNormal: shapes.map((shape) => ({
      name: `${shape}`,
      inputs: [{ shape }],
      build: ([x]: readonly Tensor[]) => x!.graph.randomNormal(shape),
    })),
  };
};
