// Arithmetic, element by element. Kernel twin: assembly/ops/elementwise/arithmetic.ts.

import { float32Word } from '../../graph/encode.js';
import { elementwiseRules } from '../elementwise.js';

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
  | 'exponential'
  | 'logarithm'
  | 'power'
  | 'erf'
  | 'clip'
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
});
