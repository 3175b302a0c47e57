import { checkOptions } from '../runtime/suggest.js';
import { activationConfig, resolveActivation, type Activation } from './activations.js';
import { layer, type Layer } from './layer.js';

/**
 * y = f(x), element by element; softmax and logSoftmax along an axis, the last unless { name: 'softmax', axis } says otherwise
 * (the batch is axis 0).
 *
 * @throws OptionError for an unknown name or parameter.
 * @example activation({ name: 'leakyRelu', slope: 0.1 })
 */
export function activation(name: Activation, options: { name?: string } = {}): Layer {
  const where = options.name ?? 'activation';
  checkOptions(where, options, ['name']);
  const activate = resolveActivation(where, name);
  return layer({
    kind: 'activation',
    ...options,
    config: { activation: activationConfig(name) },
    passesMask: true,
    call: ([x]) => activate(x!),
  });
}
