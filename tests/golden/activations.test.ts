// Activations against their references.

import type { Tensor } from '../../bindings/graph/tensor.js';
import { resolveActivation, type ActivationName } from '../../bindings/layers/activations.js';
import { operation } from './operation.js';
import { goldenSuite } from './suite.js';

interface ActivationAttributes {
  op: string;
  alpha?: number;
  approximate?: 'none' | 'tanh';
  axis?: number;
}

const named = (name: ActivationName) =>
  operation<ActivationAttributes>(({ x }) => resolveActivation('golden', name)(x!));

const withAttributes = (apply: (x: Tensor, attributes: ActivationAttributes) => Tensor) =>
  operation<ActivationAttributes>(({ x }, { attrs }) => apply(x!, attrs));

/** The library's softmax is along the last axis: another one is brought there and back. */
const alongAxis = (name: ActivationName) =>
  withAttributes((x, { axis = -1 }) => {
    const order = x.shape.map((_, i) => i);
    const [from, to] = [axis < 0 ? axis + x.rank : axis, x.rank - 1];
    const apply = resolveActivation('golden', name);
    if (from === to) return apply(x);
    [order[from], order[to]] = [to, from];
    return apply(x.transpose(order)).transpose(order);
  });

goldenSuite<ActivationAttributes>('activations', {
  linear: named('linear'),
  relu: named('relu'),
  sigmoid: named('sigmoid'),
  tanh: named('tanh'),
  silu: named('silu'),
  softplus: named('softplus'),
  leakyRelu: withAttributes((x, { alpha }) => x.leakyRelu(alpha)),
  elu: withAttributes((x, { alpha }) => x.elu(alpha)),
  gelu: withAttributes((x, { approximate }) =>
    resolveActivation('golden', approximate === 'tanh' ? 'geluTanh' : 'gelu')(x),
  ),
  softmax: alongAxis('softmax'),
  logSoftmax: alongAxis('logSoftmax'),
});
