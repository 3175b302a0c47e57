// Arithmetic, reductions, products and layout against their references.

import type { ReduceOptions, Tensor } from '../../../bindings/graph/tensor.js';
import { dense } from '../../../bindings/layers/dense.js';
import type { Layer } from '../../../bindings/layers/layer.js';
import { add, concat } from '../../../bindings/layers/merging.js';
import { upSampling1d, upSampling2d, zeroPadding1d, zeroPadding2d } from '../../../bindings/layers/resampling.js';
import type { Size } from '../../../bindings/layers/spatial.js';
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
  size?: Size;
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

const resampling = (make: (attributes: TensorOpAttributes) => Layer) =>
  operation<TensorOpAttributes>(({ x }, { attrs }) => callLayer(make(attrs), [x!]));

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
  upsampleNearest1d: resampling(({ size }) => upSampling1d(size)),
  upsampleNearest2d: resampling(({ size }) => upSampling2d(size)),
  zeroPad1d: resampling(({ padding }) => zeroPadding1d(padding![0])),
  zeroPad2d: resampling(({ padding }) => zeroPadding2d(padding)),
});
