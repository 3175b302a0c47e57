import { formatShape, normalizeAxes } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import { resolveLayer, type TrainableOptions, type WeightOptions } from './options.js';

export interface LayerNormalizationOptions extends TrainableOptions, WeightOptions<'gamma' | 'beta'> {
  /** Axes of the whole tensor that are normalised together; the last by default. Gamma and beta have their shape. */
  axis?: number | readonly number[];
  /** Added to the variance; 0.001 by default, as in Keras (PyTorch: 1e-5). */
  epsilon?: number;
  /** Whether beta is added; true by default. */
  center?: boolean;
  /** Whether gamma multiplies; true by default. */
  scale?: boolean;
}

/** (x - mean) / sqrt(variance + epsilon) over some axes, with the biased variance. */
export function standardize(x: Tensor, axis: readonly number[], epsilon: number): Tensor {
  const { mean, variance } = x.moments({ axis });
  return x.normalize(mean, variance.add(epsilon).sqrt().reciprocal());
}

/**
 * Layer normalisation: each sample by itself, y = gamma (x - mean) / sqrt(variance + epsilon) + beta over `axis`.
 * Ba, Kiros & Hinton 2016.
 *
 * Shapes: x and y [batch, ...]; gamma and beta have the sides of the normalised axes.
 *
 * @throws OptionError for an epsilon that is not positive, or if the batch axis is to be normalised.
 * @example layerNormalization({ epsilon: 1e-5 })
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): Layer {
  const roles = { gamma: 'ones', beta: 'zeros' } as const;
  const own = ['axis', 'epsilon', 'center', 'scale'];
  const { where, base, config, declare } = resolveLayer('layerNormalization', options, roles, own);
  const { axis = -1, epsilon = 1e-3, center = true, scale = true } = options;
  checkNumber(where, 'epsilon', epsilon, { above: 0 });
  const axesOf = (rank: number): readonly number[] => {
    const axes = normalizeAxes(where, axis, rank);
    if (!axes.includes(0)) return axes;
    throw new OptionError(`${where}: axis 0 is the batch. Normalise other axes, or use batchNormalization.`);
  };
  return layer({
    kind: 'layerNormalization',
    ...base,
    config: { axis, epsilon, center, scale, ...config },
    passesMask: true,
    build(context) {
      const [shape] = context.inputShapes;
      if (!shape?.length) {
        throw new ShapeError(`${where}: expected samples with at least one axis, got ${formatShape(shape ?? [])}.`);
      }
      const sides = axesOf(shape.length + 1).map((side) => shape[side - 1]!);
      if (scale) declare(context, 'gamma', sides);
      if (center) declare(context, 'beta', sides);
    },
    call([x], { parameter }) {
      const axes = axesOf(x!.rank);
      const stretched = x!.shape.map((side, i) => (axes.includes(i) ? side : 1));
      const read = (name: string) => parameter(name).reshape(stretched.slice(axes[0]));
      const normal = standardize(x!, axes, epsilon);
      const scaled = scale ? normal.mul(read('gamma')) : normal;
      return center ? scaled.add(read('beta')) : scaled;
    },
  });
}
