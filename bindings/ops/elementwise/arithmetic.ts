// Arithmetic, element by element. Kernel twin: assembly/ops/elementwise/arithmetic.ts.

import { float32Word } from '../../graph/encode.js';
import { sameShape } from '../../graph/shape.js';
import type { Tensor } from '../../graph/tensor.js';
import { elementwiseRules } from '../elementwise.js';
import { halfOf, stretchedAxes } from '../moments.js';
import { erfReference } from '../references.js';
import { elementwiseSamples } from '../sample.js';

export const arithmeticRules = elementwiseRules<
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'maximum'
  | 'minimum'
  | 'affine'
  | 'negate'
  | 'absolute'
  | 'square'
  | 'squareRoot'
  | 'reciprocal'
  | 'sign'
  | 'floor'
  | 'round'
  | 'exponential'
  | 'logarithm'
  | 'power'
  | 'erf'
  | 'clip'
  | 'normalize'
>({
  add: { arity: 2, flops: 1, gradient: (_, dy) => [dy, dy] },
  subtract: { arity: 2, flops: 1, gradient: (_, dy) => [dy, dy.neg()] },
  multiply: { arity: 2, flops: 1, gradient: ({ inputs: [a, b] }, dy) => [dy.mul(b!), dy.mul(a!)] },
  divide: {
    arity: 2,
    flops: 1,
    gradient: (node, dy) => {
      const da = dy.div(node.inputs[1]!);
      return [da, da.mul(node).neg()];
    },
  },
  // Where both are equal the gradient goes to the first, so that the two shares sum to the whole.
  maximum: {
    arity: 2,
    flops: 1,
    gradient: ({ inputs: [a, b] }, dy) => {
      const isFirst = a!.greaterEqual(b!);
      return [isFirst.where(dy, 0), isFirst.where(0, dy)];
    },
  },
  minimum: {
    arity: 2,
    flops: 1,
    gradient: ({ inputs: [a, b] }, dy) => {
      const isFirst = b!.greaterEqual(a!);
      return [isFirst.where(dy, 0), isFirst.where(0, dy)];
    },
  },
  affine: {
    arity: 1,
    flops: 2,
    parameters: ({ scale, offset }) => [float32Word(scale), float32Word(offset)],
    gradient: ({ attributes }, dy) => [dy.mul(attributes.scale)],
  },
  negate: { arity: 1, flops: 1, gradient: (_, dy) => [dy.neg()] },
  absolute: { arity: 1, flops: 1, gradient: ({ inputs: [x] }, dy) => [dy.mul(x!.sign())] },
  square: { arity: 1, flops: 1, gradient: ({ inputs: [x] }, dy) => [dy.mul(x!).mul(2)] },
  squareRoot: { arity: 1, flops: 1, gradient: (y, dy) => [dy.div(y).mul(0.5)] },
  reciprocal: { arity: 1, flops: 1, gradient: (y, dy) => [dy.mul(y.square()).neg()] },
  sign: { arity: 1, flops: 2, gradient: () => [undefined] },
  floor: { arity: 1, flops: 1, gradient: () => [undefined] },
  round: { arity: 1, flops: 1, gradient: () => [undefined] },
  exponential: { arity: 1, flops: 14, gradient: (y, dy) => [dy.mul(y)] },
  logarithm: { arity: 1, flops: 18, gradient: ({ inputs: [x] }, dy) => [dy.div(x!)] },
  power: {
    arity: 1,
    flops: 33,
    parameters: ({ exponent }) => [float32Word(exponent), 0],
    gradient: ({ inputs: [x], attributes: { exponent } }, dy) => [dy.mul(x!.pow(exponent - 1)).mul(exponent)],
  },
  erf: {
    arity: 1,
    flops: 30,
    // d erf / dx = 2/sqrt(pi) e^(-x^2)
    gradient: ({ inputs: [x] }, dy) => [dy.mul(x!.square().neg().exp()).mul(1.1283791670955126)],
  },
  clip: {
    arity: 1,
    flops: 2,
    parameters: ({ minimum, maximum }) => [float32Word(minimum), float32Word(maximum)],
    gradient: ({ inputs: [x], attributes: { minimum, maximum } }, dy) => {
      const isInside = x!.greaterEqual(minimum).mul(x!.lessEqual(maximum));
      return [dy.mul(isInside)];
    },
  },
  normalize: {
    arity: 3,
    flops: 2,
    gradient: ({ graph, inputs }, dy) => {
      const [x, mean, gain] = inputs as [Tensor, Tensor, Tensor];
      const dx = dy.mul(gain);
      const axes = sameShape(x.shape, dy.shape) && sameShape(mean.shape, gain.shape) && stretchedAxes(mean, x);
      if (!axes) return [dx, dx.neg(), dy.mul(x.sub(mean))];
      // Both sums in one pass, over the axes that the mean was taken over.
      const sums = graph.emit('momentProducts', [dy, x, mean], { axes });
      const [total, products] = [halfOf(sums, 0), halfOf(sums, 1)].map((half) => half.reshape(mean.shape));
      return [dx, total!.mul(gain).neg(), products];
    },
  },
});

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}

const POSITIVE = [0.1, 4] as const;

/** Samples of the functions above. */
export const arithmeticSamples = () => ({
  normalize: elementwiseSamples('normalize', 3, { reference: (a, b, c) => (a - b) * c }),
  add: elementwiseSamples('add', 2, { reference: (a, b) => a + b }),
  subtract: elementwiseSamples('subtract', 2, { reference: (a, b) => a - b }),
  multiply: elementwiseSamples('multiply', 2, { reference: (a, b) => a * b }),
  divide: elementwiseSamples('divide', 2, { reference: (a, b) => a / b, range: POSITIVE }),
  maximum: elementwiseSamples('maximum', 2, { reference: (a, b) => Math.max(a, b) }),
  minimum: elementwiseSamples('minimum', 2, { reference: (a, b) => Math.min(a, b) }),
  affine: elementwiseSamples('affine', 1, {
    reference: (a) => 2.5 * a - 0.75,
    attributes: { scale: 2.5, offset: -0.75 },
  }),
  negate: elementwiseSamples('negate', 1, { reference: (a) => -a }),
  absolute: elementwiseSamples('absolute', 1, { reference: Math.abs }),
  square: elementwiseSamples('square', 1, { reference: (a) => a * a }),
  squareRoot: elementwiseSamples('squareRoot', 1, { reference: Math.sqrt, range: POSITIVE }),
  reciprocal: elementwiseSamples('reciprocal', 1, { reference: (a) => 1 / a, range: POSITIVE }),
  sign: elementwiseSamples('sign', 1, { reference: (a) => (a === 0 ? 0 : Math.sign(a)) }),
  floor: elementwiseSamples('floor', 1, { reference: Math.floor }),
  round: elementwiseSamples('round', 1, { reference: roundHalfToEven }),
  exponential: elementwiseSamples('exponential', 1, { reference: Math.exp }),
  logarithm: elementwiseSamples('logarithm', 1, { reference: Math.log, range: POSITIVE }),
  power: elementwiseSamples('power', 1, {
    reference: (a) => a ** 2.5,
    attributes: { exponent: 2.5 },
    range: POSITIVE,
    hasSpecials: false,
  }),
  erf: elementwiseSamples('erf', 1, { reference: erfReference }),
  clip: elementwiseSamples('clip', 1, {
    reference: (a) => (Number.isNaN(a) ? NaN : Math.min(Math.max(a, -1), 1.5)),
    attributes: { minimum: -1, maximum: 1.5 },
  }),
});
