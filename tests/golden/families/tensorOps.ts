// Arithmetic, reductions, products and layout against their references.

import type { ReduceOptions, Tensor } from '../../../bindings/graph/tensor.js';
import { dense } from '../../../bindings/layers/dense.js';
import { add, concat } from '../../../bindings/layers/merging.js';
import { callLayer } from '../../support/callLayer.js';
import { operation } from '../operation.js';
import { goldenFamily } from '../suite.js';

interface TensorOpAttributes {
  op: string;
  axis?: number;
  newShape?: number[];
  perm?: number[];
  /** null: all. */
  axes?: number[] | null;
  keepDims?: boolean;
  transposeA?: boolean;
  transposeB?: boolean;
  /** Before and after, for each axis between batch and channels. */
  padding?: [number, number][];
}

const binary = (apply: (a: Tensor, b: Tensor) => Tensor) => operation<TensorOpAttributes>(({ a, b }) => apply(a!, b!));

const reduction = (apply: (x: Tensor, options: ReduceOptions) => Tensor) =>
  operation<TensorOpAttributes>(({ x }, { attrs: { axes, keepDims } }) =>
    apply(x!, { ...(axes && { axis: axes }), ...(keepDims !== undefined && { keepDims }) }),
  );

/** The layer where it can do it: it leaves the batch axis alone. */
const concatenation = operation<TensorOpAttributes>((leaves, { attrs: { axis } }) => {
  const [first, ...others] = Object.values(leaves);
  return axis === 0 ? first!.concat(others, axis) : callLayer(concat({ axis }), [first!, ...others]);
});

const zeroPad = operation<TensorOpAttributes>(({ x }, { attrs: { padding } }) => {
  const sides = [[0, 0], ...padding!, [0, 0]] as const;
  return x!.graph.emit('padTo', [x!], {
    begin: sides.map(([before]) => before),
    shape: x!.shape.map((side, axis) => side + sides[axis]![0] + sides[axis]![1]),
  });
});

export const family = goldenFamily<TensorOpAttributes>('tensorOps', {
  residualDense: operation(({ x, ...parameters }) => {
    const branch = callLayer(dense(parameters.bias!.size, { activation: 'relu' }), [x!], parameters);
    return callLayer(add(), [x!, branch]);
  }),
  add: binary((a, b) => a.add(b)),
  sub: binary((a, b) => a.sub(b)),
  mul: binary((a, b) => a.mul(b)),
  div: binary((a, b) => a.div(b)),
  matmul: operation(({ a, b }, { attrs: { transposeA = false, transposeB = false } }) =>
    a!.matmul(b!, { transposeA, transposeB }),
  ),
  reduceSum: reduction((x, options) => x.sum(options)),
  reduceMean: reduction((x, options) => x.mean(options)),
  reduceMax: reduction((x, options) => x.max(options)),
  concat: concatenation,
  reshape: operation(({ x }, { attrs: { newShape } }) => x!.reshape(newShape!)),
  permute: operation(({ x }, { attrs: { perm } }) => x!.transpose(perm)),
  zeroPad1d: zeroPad,
  zeroPad2d: zeroPad,
});
