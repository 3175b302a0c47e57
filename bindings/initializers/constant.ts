import { checkNumber } from '../runtime/suggest.js';
import type { Initializer } from './initializer.js';

/** Every value is `value`. @example dense(1, { biasInitializer: constant(0.1) }) */
export function constant(value: number): Initializer {
  checkNumber('constant', 'value', value);
  return { name: 'constant', config: { value }, create: (graph, shape) => graph.constant(value).broadcastTo(shape) };
}

/** Every value is 0: the default of biases. On kernels it makes all units of a layer equal for ever. */
export const zeros = (): Initializer => ({ ...constant(0), name: 'zeros', config: {} });

/** Every value is 1. */
export const ones = (): Initializer => ({ ...constant(1), name: 'ones', config: {} });
