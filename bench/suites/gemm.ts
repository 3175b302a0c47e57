// Matrix products alone: square ones, and those of training steps.

import type { Work } from '../ceiling.js';
import { fillUniform, makeRandom } from '../random.js';
import { checkGemm } from '../reference.js';
import type { GemmCase } from '../subject.js';
import { suiteOf } from '../suite.js';

const SQUARES = [64, 192, 256, 512, 1024];
const FORMS = ['NN', 'NT', 'TN'] as const;
/**
 * m x k x n: y = x W, dW = x' dy and dx = dy W' for a batch of 64 and a layer of 784 -> 256; a wide layer; the patches of a
 * CNN's first and second convolution times their kernels, and the gradients of the second; one row.
 */
const TRAINING_SHAPES: readonly [form: GemmCase['form'], m: number, k: number, n: number][] = [
  ['NN', 64, 784, 256],
  ['TN', 784, 64, 256],
  ['NT', 64, 256, 784],
  ['NN', 1024, 256, 1024],
  ['NN', 43264, 9, 32],
  ['NN', 7744, 288, 64],
  ['NT', 7744, 64, 288],
  ['TN', 288, 7744, 64],
  ['NN', 1, 1024, 1024],
];

const SHAPES = [
  ...SQUARES.flatMap((side) => FORMS.map((form) => [form, side, side, side] as const)),
  ...TRAINING_SHAPES,
];

export const gemm = suiteOf('gemm', SHAPES, nameOf, (shape) => {
  const given = makeCase(shape);
  return {
    work: workOf(given),
    unit: 'GFLOP/s',
    create: (subject) => subject.gemm?.(given),
    check: (c) => checkGemm(given, c),
  };
});

type GemmShape = (typeof SHAPES)[number];

function nameOf([form, m, k, n]: GemmShape): string {
  return m === k && k === n ? `${form} ${m}` : `${form} ${m}x${k}x${n}`;
}

/** A product of one row reads its matrix once and computes next to nothing. */
function workOf({ m, k, n }: GemmCase): Work {
  const flops = 2 * m * k * n;
  return m === 1 ? { flops, bytes: 4 * k * n, bound: 'read' } : { flops };
}

function makeCase(shape: GemmShape): GemmCase {
  const [form, m, k, n] = shape;
  const random = makeRandom(m * 31 + n);
  return { name: nameOf(shape), form, m, k, n, a: fillUniform(random, m * k, 1), b: fillUniform(random, k * n, 1) };
}
