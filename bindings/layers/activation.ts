import { checkOptions } from '../runtime/suggest.js';
import { activationConfig, resolveActivation, type Activation } from './activations.js';
import { layer, type Layer } from './layer.js';

/** y = f(x), element by element (softmax and logSoftmax: along the last axis). @example activation('relu') */
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
