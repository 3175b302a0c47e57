import type { Shape } from '../graph/shape.js';
import { checkOptions } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';

/** Each sample as one row, in row-major (NHWC) order: [batch, ...] to [batch, product of the rest]. @example flatten() */
export function flatten(options: { name?: string; inputShape?: Shape } = {}): Layer {
  checkOptions(options.name ?? 'flatten', options, ['name', 'inputShape']);
  return layer({ kind: 'flatten', ...options, call: ([x]) => x!.reshape([x!.shape[0]!, x!.size / x!.shape[0]!]) });
}
