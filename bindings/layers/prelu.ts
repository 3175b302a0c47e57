import { formatShape, type Shape } from '../graph/shape.js';
import { constant } from '../initializers/constant.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkNumber, describeValue } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import { resolveLayer, type TrainableOptions, type WeightOptions } from './options.js';

/** Slopes begin at 0.25 unless told otherwise, as in the paper and PyTorch (Keras: 0). */
export interface PreluOptions extends TrainableOptions, WeightOptions<'alpha'> {
  /**
   * Axes along which slopes are the same, counted from 1 behind the batch as in Keras. All but the last by default: a slope
   * for each channel. [] gives each value of a sample a slope of its own (Keras' default).
   */
  sharedAxes?: readonly number[];
}

/** Shape of the slopes: 1 along shared axes. */
function slopeShape(where: string, shape: Shape, sharedAxes: readonly number[] | undefined): Shape {
  if (shape.length === 0) {
    throw new ShapeError(`${where}: expected samples with at least one axis, got ${formatShape(shape)}.`);
  }
  if (!sharedAxes) return [shape.at(-1)!];
  for (const axis of sharedAxes) {
    checkNumber(where, 'sharedAxes', axis, { minimum: 1, maximum: shape.length, integer: true });
  }
  return shape.map((side, i) => (sharedAxes.includes(i + 1) ? 1 : side));
}

/**
 * Leaky ReLU with learned slopes: x for x > 0, else alpha x. He et al., "Delving deep into rectifiers", 2015.
 *
 * Shapes: x and y [batch, ...]; alpha [channels], or that of a sample with 1 along `sharedAxes`.
 *
 * @throws OptionError for an unknown option, or an axis that a sample does not have.
 * @example prelu({ sharedAxes: [1, 2] })
 */
export function prelu(options: PreluOptions = {}): Layer {
  const { where, base, config, declare } = resolveLayer('prelu', options, { alpha: constant(0.25) }, ['sharedAxes']);
  const { sharedAxes } = options;
  if (sharedAxes !== undefined && !Array.isArray(sharedAxes)) {
    throw new OptionError(`${where}: sharedAxes must be a list of axes, got ${describeValue(sharedAxes)}.`);
  }
  return layer({
    kind: 'prelu',
    ...base,
    config: { ...(sharedAxes && { sharedAxes }), ...config },
    passesMask: true,
    build: (context) => declare(context, 'alpha', slopeShape(where, context.inputShapes[0] ?? [], sharedAxes)),
    call: ([x], { parameter }) => x!.greater(0).where(x!, x!.mul(parameter('alpha'))),
  });
}
