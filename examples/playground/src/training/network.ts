// The net that the settings describe.

import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  elasticNet,
  flatten,
  gaussianNoise,
  input,
  l1,
  l2,
  maxNorm,
  maxPooling2d,
  model,
  type Model,
  type Regularizer,
  type SymbolicTensor,
} from '../../../../bindings/index.js';
import type { SampleData } from '../data/sampleData.js';
import type { State } from '../state/state.js';

const PENALTIES: Readonly<Record<State['penalty'], (strength: number) => Regularizer | undefined>> = {
  none: () => undefined,
  l1: (strength) => l1(strength),
  l2: (strength) => l2(strength),
  elasticNet: (strength) => elasticNet(strength),
};

/** He et al. 2015 for activations that cut one side off, Klambauer et al. 2017 for selu, Glorot & Bengio 2010 for the rest. */
const INITIALIZERS: Partial<Record<State['activation'], 'heNormal' | 'lecunNormal'>> = {
  relu: 'heNormal',
  leakyRelu: 'heNormal',
  elu: 'heNormal',
  gelu: 'heNormal',
  silu: 'heNormal',
  mish: 'heNormal',
  selu: 'lecunNormal',
};

/** Of hidden layer k the dense part is named `hidden k`, of the last one `output`. */
export function makeModel(state: State, data: SampleData): Model {
  const penalty = PENALTIES[state.penalty](state.strength);
  const weights = {
    kernelInitializer: INITIALIZERS[state.activation] ?? ('glorotUniform' as const),
    ...(penalty && { kernelRegularizer: penalty }),
    ...(state.maxNorm > 0 && { kernelConstraint: maxNorm(state.maxNorm) }),
  };
  const inputs = input({ shape: data.shape });
  let value: SymbolicTensor = state.jitter > 0 ? gaussianNoise(state.jitter, { name: 'jitter' })(inputs) : inputs;
  if (data.shape.length > 1) {
    if (state.convolution) {
      value = conv2d(8, 3, { ...weights, name: 'convolution', padding: 'same', activation: state.activation })(value);
      value = maxPooling2d(2, { name: 'pooling' })(value);
    }
    value = flatten({ name: 'flatten' })(value);
  }
  state.layers.forEach((units, i) => {
    const number = i + 1;
    if (state.batchNorm) {
      value = dense(units, { ...weights, name: `hidden${number}`, useBias: false })(value);
      value = batchNormalization({ name: `norm${number}` })(value);
      value = activation(state.activation, { name: `activation${number}` })(value);
    } else {
      value = dense(units, { ...weights, name: `hidden${number}`, activation: state.activation })(value);
    }
    if (state.dropout > 0) value = dropout(state.dropout, { name: `dropout${number}` })(value);
  });
  // Logits: the loss takes the softmax itself, which keeps it exact where a class is nearly sure.
  const outputs = dense(data.classes.length, {
    name: 'output',
    ...(penalty && { kernelRegularizer: penalty }),
  })(value);
  return model({ inputs, outputs, name: 'playground', seed: state.seed });
}
