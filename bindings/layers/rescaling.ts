import type { Shape } from '../graph/shape.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';

/**
 * y = scale x + offset. In front of a model it lets pixels stay bytes: a Uint8Array takes a quarter of the memory.
 *
 * @example rescaling(1 / 255, { inputShape: [784] })
 */
export function rescaling(scale: number, options: { offset?: number; name?: string; inputShape?: Shape } = {}): Layer {
  const where = options.name ?? 'rescaling';
  checkOptions(where, options, ['offset', 'name', 'inputShape']);
  const { offset = 0, ...rest } = options;
  checkNumber(where, 'scale', scale);
  checkNumber(where, 'offset', offset);
  return layer({
    kind: 'rescaling',
    ...rest,
    config: { scale, offset },
    passesMask: true,
    call: ([x]) => x!.affine(scale, offset),
  });
}
