// Layers for sequences that are not recurrent themselves.

import { formatShape } from '../graph/shape.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { isLayer, layer, type Layer } from './layer.js';
import { buildNested, callNested } from './nested.js';
import type { LayerOptions } from './options.js';

/**
 * Marks the steps whose features all equal `maskValue` as padding: layers behind leave them out, and here they become 0.
 *
 * Shapes: x and y [batch, time, features].
 *
 * @param options `maskValue`: 0 by default.
 * @example sequential([masking({ maskValue: -1, inputShape: [20, 3] }), lstm(32)])
 */
export function masking(options: LayerOptions & { maskValue?: number } = {}): Layer {
  const where = options.name ?? 'masking';
  checkOptions(where, options, ['name', 'inputShape', 'maskValue']);
  const { maskValue = 0, ...base } = options;
  checkNumber(where, 'maskValue', maskValue);
  return layer({
    kind: 'masking',
    ...base,
    config: { maskValue },
    build({ inputShapes: [shape = []] }) {
      if (shape.length === 2) return;
      throw new ShapeError(`${where}: expected sequences [time, features] a sample, got ${formatShape(shape)}.`);
    },
    call([x], { setMask }) {
      const counts = x!.equal(maskValue).affine(-1, 1).max({ axis: -1, keepDims: true });
      setMask(counts.reshape(x!.shape.slice(0, 2)));
      return counts.where(x!, 0);
    },
  });
}

/** Each sample n times, as a sequence: [batch, features] to [batch, n, features]. @example repeatVector(10) */
export function repeatVector(n: number, options: LayerOptions = {}): Layer {
  const where = options.name ?? 'repeatVector';
  checkOptions(where, options, ['name', 'inputShape']);
  checkNumber(where, 'n', n, { minimum: 1, integer: true });
  return layer({
    kind: 'repeatVector',
    ...options,
    config: { n },
    build({ inputShapes: [shape = []] }) {
      if (shape.length === 1) return;
      throw new ShapeError(`${where}: expected samples [features], got ${formatShape(shape)}. Flatten them first.`);
    },
    call([x]) {
      const [batch, features] = x!.shape as [number, number];
      return x!.reshape([batch, 1, features]).broadcastTo([batch, n, features]);
    },
  });
}

/**
 * Applies a layer to every step of a sequence by itself: [batch, time, ...] to [batch, time, ...]. Parameters are the layer's.
 *
 * @throws ShapeError if a sample has no time axis and one behind it.
 * @example timeDistributed(flatten())
 */
export function timeDistributed(inner: Layer, options: LayerOptions = {}): Layer {
  const where = options.name ?? 'timeDistributed';
  checkOptions(where, options, ['name', 'inputShape']);
  if (!isLayer(inner)) throw new OptionError(`${where}: expected a layer, got ${describeValue(inner)}.`);
  const { kind, config = {} } = inner.definition;
  return layer({
    kind: 'timeDistributed',
    ...options,
    config: { layer: { kind, config } },
    passesMask: true,
    build(context) {
      const [shape = []] = context.inputShapes;
      if (shape.length < 2) {
        throw new ShapeError(
          `${where}: expected samples [time, ...] with an axis behind time, got ${formatShape(shape)}.`,
        );
      }
      buildNested(context, inner, '', [shape.slice(1)]);
    },
    call([x], context) {
      const [batch, time, ...rest] = x!.shape as [number, number, ...number[]];
      const withoutMask = { ...context, mask: () => undefined, setMask: () => undefined };
      const [y] = callNested(withoutMask, inner, '', [x!.reshape([batch * time, ...rest])]);
      return y!.reshape([batch, time, ...y!.shape.slice(1)]);
    },
  });
}
