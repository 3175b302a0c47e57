import { formatShape } from '../graph/shape.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import { standardize } from './layerNormalization.js';
import { resolveLayer, type TrainableOptions, type WeightOptions } from './options.js';

export interface GroupNormalizationOptions extends TrainableOptions, WeightOptions<'gamma' | 'beta'> {
  /** Groups of neighbouring channels; 32 by default. 1 normalises all together; as many as channels is instance normalisation. */
  groups?: number;
  /** Added to the variance; 0.001 by default, as in Keras (PyTorch: 1e-5). */
  epsilon?: number;
  /** Whether beta is added; true by default. */
  center?: boolean;
  /** Whether gamma multiplies; true by default. */
  scale?: boolean;
}

/**
 * Group normalisation: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, the moments over all positions of a sample
 * and the channels of a group. Independent of the batch. Wu & He 2018.
 *
 * Shapes: x and y [batch, ..., channels]; gamma and beta [channels].
 *
 * @throws ShapeError if the groups do not divide the channels.
 * @example groupNormalization({ groups: 8 })
 */
export function groupNormalization(options: GroupNormalizationOptions = {}): Layer {
  const roles = { gamma: 'ones', beta: 'zeros' } as const;
  const own = ['groups', 'epsilon', 'center', 'scale'];
  const { where, base, config, declare } = resolveLayer('groupNormalization', options, roles, own);
  const { groups = 32, epsilon = 1e-3, center = true, scale = true } = options;
  checkNumber(where, 'groups', groups, { minimum: 1, integer: true });
  checkNumber(where, 'epsilon', epsilon, { above: 0 });
  return layer({
    kind: 'groupNormalization',
    ...base,
    config: { groups, epsilon, center, scale, ...config },
    passesMask: true,
    build(context) {
      const [shape] = context.inputShapes;
      const channels = shape?.at(-1);
      if (channels === undefined || channels % groups !== 0) {
        throw new ShapeError(
          `${where}: ${groups} groups do not divide the channels of ${formatShape(shape ?? [])}. ` +
            'Choose groups that divide the last axis.',
        );
      }
      if (scale) declare(context, 'gamma', [channels]);
      if (center) declare(context, 'beta', [channels]);
    },
    call([x], { parameter }) {
      const [batch, channels] = [x!.shape[0]!, x!.shape.at(-1)!];
      const grouped = x!.reshape([batch, -1, groups, channels / groups]);
      const normal = standardize(grouped, [1, 3], epsilon).reshape(x!.shape);
      const scaled = scale ? normal.mul(parameter('gamma')) : normal;
      return center ? scaled.add(parameter('beta')) : scaled;
    },
  });
}
