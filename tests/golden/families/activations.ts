// Activations against their references.

import { resolveActivation, type Activation, type ActivationName } from '../../../bindings/layers/activations.js';
import { prelu } from '../../../bindings/layers/prelu.js';
import { callLayer } from '../../support/callLayer.js';
import { operation } from '../operation.js';
import { goldenFamily } from '../suite.js';

interface ActivationAttributes {
  op: string;
  alpha?: number;
  approximate?: 'none' | 'tanh';
  axis?: number;
  definition?: 'keras2' | 'torch';
}

const named = (...names: readonly ActivationName[]) => names.map((name) => [name, given(() => name)] as const);

const given = (activationOf: (attributes: ActivationAttributes) => Activation) =>
  operation<ActivationAttributes>(({ x }, { attrs }) => {
    // The batch is no axis to normalise over: give it one in front.
    const lifted = attrs.axis === undefined ? x! : x!.reshape([1, ...x!.shape]);
    return resolveActivation('golden', activationOf(attrs))(lifted).reshape(x!.shape);
  });

const alongAxis = (name: 'softmax' | 'logSoftmax') =>
  given(({ axis = -1 }) => ({ name, axis: axis < 0 ? axis : axis + 1 }));

export const family = goldenFamily<ActivationAttributes>('activations', {
  ...Object.fromEntries(named('linear', 'relu', 'sigmoid', 'tanh', 'silu', 'softplus', 'selu', 'mish', 'softsign')),
  leakyRelu: given(({ alpha }) => ({ name: 'leakyRelu', slope: alpha! })),
  elu: given(({ alpha }) => ({ name: 'elu', alpha: alpha! })),
  gelu: given(({ approximate }) => (approximate === 'tanh' ? 'geluTanh' : 'gelu')),
  hardSigmoid: given(({ definition }) => (definition === 'keras2' ? 'hardSigmoidKeras2' : 'hardSigmoid')),
  prelu: operation(({ x, alpha }) => callLayer(prelu(), [x!], { alpha: alpha! })),
  softmax: alongAxis('softmax'),
  logSoftmax: alongAxis('logSoftmax'),
});
