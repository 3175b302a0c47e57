// Activations by name: what `activation: 'relu'` stands for. Those with parameters are written { name, ...parameters }.

import type { Tensor } from '../graph/tensor.js';
import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue, unknownName } from '../runtime/suggest.js';

/** Constants of Klambauer et al., "Self-normalizing neural networks", 2017. */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const ACTIVATIONS = {
  /** x */
  linear: (x: Tensor) => x,
  /** max(x, 0) */
  relu: (x: Tensor) => x.relu(),
  /** min(max(x, 0), 6) */
  relu6: (x: Tensor) => x.relu().minimum(6),
  /** x for x > 0, else slope x; slope 0.2 */
  leakyRelu: (x: Tensor) => x.leakyRelu(),
  /** x for x > 0, else alpha (e^x - 1); alpha 1 */
  elu: (x: Tensor) => x.elu(),
  /** 1.0507 elu(x, 1.6733): keeps mean 0 and variance 1 */
  selu: (x: Tensor) => x.elu(SELU_ALPHA).mul(SELU_SCALE),
  sigmoid: (x: Tensor) => x.sigmoid(),
  /** clip(x / 6 + 1/2, 0, 1): Keras 3 and PyTorch */
  hardSigmoid: (x: Tensor) => x.affine(1 / 6, 0.5).clip(0, 1),
  /** clip(0.2 x + 1/2, 0, 1): Keras 1 and 2, TF.js */
  hardSigmoidKeras2: (x: Tensor) => x.affine(0.2, 0.5).clip(0, 1),
  tanh: (x: Tensor) => x.tanh(),
  /** x / (1 + |x|) */
  softsign: (x: Tensor) => x.div(x.abs().add(1)),
  /** x Phi(x), by erf */
  gelu: (x: Tensor) => x.gelu(),
  /** The tanh approximation of gelu. */
  geluTanh: (x: Tensor) => x.gelu({ approximate: true }),
  /** x sigmoid(x) */
  silu: (x: Tensor) => x.silu(),
  /** x tanh(softplus(x)). Misra, "Mish: a self regularized non-monotonic activation function", 2019. */
  mish: (x: Tensor) => x.mul(x.softplus().tanh()),
  /** ln(1 + e^x), exact for any x */
  softplus: (x: Tensor) => x.softplus(),
  /** e^x */
  exponential: (x: Tensor) => x.exp(),
  softmax: (x: Tensor) => x.softmax(),
  logSoftmax: (x: Tensor) => x.logSoftmax(),
} as const satisfies Record<string, (x: Tensor) => Tensor>;

export type ActivationName = keyof typeof ACTIVATIONS;
export const activationNames: readonly string[] = Object.keys(ACTIVATIONS);

/** An activation with parameters, as plain JSON. */
export type ActivationSpec =
  | { name: 'leakyRelu'; slope: number }
  | { name: 'elu'; alpha: number }
  | { name: 'softmax' | 'logSoftmax'; axis: number };

/** A name, a name with parameters, or a function of one's own. */
export type Activation = ActivationName | ActivationSpec | ((x: Tensor) => Tensor);

/** Applies `along` to the last axis, with `axis` brought there and back. */
function alongAxis(x: Tensor, axis: number, along: (rows: Tensor) => Tensor): Tensor {
  const last = x.rank - 1;
  const from = axis < 0 ? axis + x.rank : axis;
  if (from === last) return along(x);
  if (from < 1 || from > last) {
    throw new OptionError(`softmax: axis ${axis} is not one of ${x.describe()} behind the batch.`);
  }
  const order = x.shape.map((_, i) => (i === from ? last : i === last ? from : i));
  return along(x.transpose(order)).transpose(order);
}

/** By name: the parameter, and the activation with it. */
const PARAMETRIC: Record<ActivationSpec['name'], [string, (x: Tensor, parameter: number) => Tensor]> = {
  leakyRelu: ['slope', (x, slope) => x.leakyRelu(slope)],
  elu: ['alpha', (x, alpha) => x.elu(alpha)],
  softmax: ['axis', (x, axis) => alongAxis(x, axis, (rows) => rows.softmax())],
  logSoftmax: ['axis', (x, axis) => alongAxis(x, axis, (rows) => rows.logSoftmax())],
};

function resolveSpec(where: string, spec: ActivationSpec): (x: Tensor) => Tensor {
  const { name } = spec;
  if (typeof name !== 'string') {
    throw new OptionError(
      `${where}: activation must be a name, { name, ... } or a function, got ${describeValue(spec)}.`,
    );
  }
  if (!Object.hasOwn(PARAMETRIC, name)) {
    checkOptions(`${where}: activation '${name}'`, spec, ['name']);
    return resolveActivation(where, name);
  }
  const [parameter, apply] = PARAMETRIC[name];
  checkOptions(`${where}: activation '${name}'`, spec, ['name', parameter]);
  const value = (spec as unknown as Record<string, unknown>)[parameter];
  if (value === undefined) return resolveActivation(where, name);
  const checked = checkNumber(`${where}: activation '${name}'`, parameter, value, { integer: parameter === 'axis' });
  return (x) => apply(x, checked);
}

export function resolveActivation(where: string, activationOption: Activation): (x: Tensor) => Tensor {
  if (typeof activationOption === 'function') return activationOption;
  if (typeof activationOption === 'object' && activationOption !== null) return resolveSpec(where, activationOption);
  return Object.hasOwn(ACTIVATIONS, activationOption)
    ? ACTIVATIONS[activationOption]
    : unknownName(where, 'activation', activationOption, Object.keys(ACTIVATIONS));
}

/** What a layer's config holds of an activation: of a function of one's own its name, by which it is given again on loading. */
export const activationConfig = (activationOption: Activation): string | ActivationSpec | { custom: string } =>
  typeof activationOption === 'function' ? { custom: activationOption.name } : activationOption;
