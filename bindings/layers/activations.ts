// Activations by name: what `activation: 'relu'` stands for.

import type { Tensor } from '../graph/tensor.js';
import { unknownName } from '../runtime/suggest.js';

const ACTIVATIONS = {
  linear: (x: Tensor) => x,
  relu: (x: Tensor) => x.relu(),
  leakyRelu: (x: Tensor) => x.leakyRelu(),
  elu: (x: Tensor) => x.elu(),
  sigmoid: (x: Tensor) => x.sigmoid(),
  tanh: (x: Tensor) => x.tanh(),
  gelu: (x: Tensor) => x.gelu(),
  geluTanh: (x: Tensor) => x.gelu({ approximate: true }),
  silu: (x: Tensor) => x.silu(),
  softplus: (x: Tensor) => x.softplus(),
  softmax: (x: Tensor) => x.softmax(),
  logSoftmax: (x: Tensor) => x.logSoftmax(),
} as const satisfies Record<string, (x: Tensor) => Tensor>;

export type ActivationName = keyof typeof ACTIVATIONS;

/** A name, or a function of one's own. */
export type Activation = ActivationName | ((x: Tensor) => Tensor);

export function resolveActivation(where: string, activationOption: Activation): (x: Tensor) => Tensor {
  if (typeof activationOption === 'function') return activationOption;
  return Object.hasOwn(ACTIVATIONS, activationOption)
    ? ACTIVATIONS[activationOption]
    : unknownName(where, 'activation', activationOption, Object.keys(ACTIVATIONS));
}

export const activationConfig = (activationOption: Activation): string =>
  typeof activationOption === 'string' ? activationOption : 'custom';
