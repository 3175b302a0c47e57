// Layers of several inputs.

import { formatShape, sameShape } from '../graph/shape.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkOptions } from '../runtime/suggest.js';
import { layer, type BuildContext, type Layer } from './layer.js';

function checkSeveral({ inputShapes, where }: BuildContext): void {
  if (inputShapes.length >= 2) return;
  throw new OptionError(
    `${where}: expected at least 2 inputs, got ${inputShapes.length}. Call it with an array: ${where}()([a, b]).`,
  );
}

/** y = the sum of the inputs, all of one shape: a residual connection. @example add()([x, branch]) */
export function add(options: { name?: string } = {}): Layer {
  checkOptions(options.name ?? 'add', options, ['name']);
  return layer({
    kind: 'add',
    ...options,
    build(context) {
      checkSeveral(context);
      const [first, ...others] = context.inputShapes;
      const odd = others.find((shape) => !sameShape(shape, first!));
      if (odd) {
        throw new ShapeError(
          `${context.where}: expected inputs of one shape, got ${formatShape(first!)} and ${formatShape(odd)} (without the batch).`,
        );
      }
    },
    call: ([first, ...others]) => others.reduce((sum, other) => sum.add(other), first!),
  });
}

/** The inputs side by side along `axis` (of the whole tensor; the last by default). @example concat()([a, b]) */
export function concat(options: { axis?: number; name?: string } = {}): Layer {
  const where = options.name ?? 'concat';
  checkOptions(where, options, ['axis', 'name']);
  const { axis = -1, ...rest } = options;
  if (axis === 0) throw new OptionError(`${where}: axis 0 is the batch. Use 1 or more, or a negative axis.`);
  return layer({
    kind: 'concat',
    ...rest,
    config: { axis },
    build: checkSeveral,
    call: ([first, ...others]) => first!.concat(others, axis),
  });
}
