import { formatShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { ones, zeros } from '../initializers/constant.js';
import type { Initializer } from '../initializers/initializer.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, unknownName } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import { resolveLayer, type TrainableOptions, type WeightOptions } from './options.js';
import { scaleChannels } from './scaleChannels.js';

/** How the variance that is kept for inference is estimated. */
const VARIANCE_ESTIMATES = ['biased', 'unbiased'] as const;

export interface BatchNormalizationOptions extends TrainableOptions, WeightOptions<'gamma' | 'beta'> {
  /** Share of the moving moments that a step keeps: moving = momentum moving + (1 - momentum) batch; 0.99 by default. PyTorch's is 1 minus this. */
  momentum?: number;
  /** Added to the variance; 0.001 by default, as in Keras (PyTorch: 1e-5). */
  epsilon?: number;
  /** Whether beta is added; true by default. */
  center?: boolean;
  /** Whether gamma multiplies; true by default. */
  scale?: boolean;
  /** The moving variance takes the batch's variance over n (`biased`, the default, as Keras 3) or over n - 1 (`unbiased`, as PyTorch). */
  varianceEstimate?: (typeof VARIANCE_ESTIMATES)[number];
}

/**
 * Batch normalisation: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, one mean and (biased) variance a channel.
 * In training they are those of the batch, over all axes but the last; in inference the moving ones, and the whole layer
 * folds into the kernel and bias of a dense or convolution layer right before it (without an activation between).
 * Stands before or after the activation, as you place it. Ioffe & Szegedy 2015.
 *
 * Shapes: x and y [batch, ..., channels]; gamma, beta, movingMean, movingVariance [channels]. The moments are not trained.
 * With `trainable: false` the moving moments are used in training too, as in Keras.
 *
 * @throws OptionError for an epsilon that is not positive or a momentum outside [0, 1].
 * @example sequential([dense(64, { useBias: false }), batchNormalization(), activation('relu'), dense(10)])
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): Layer {
  const roles = { gamma: 'ones', beta: 'zeros' } as const;
  const own = ['momentum', 'epsilon', 'center', 'scale', 'varianceEstimate'];
  const { where, base, config, declare } = resolveLayer('batchNormalization', options, roles, own);
  const { momentum = 0.99, epsilon = 1e-3, center = true, scale = true, trainable = true } = options;
  const { varianceEstimate = 'biased' } = options;
  checkNumber(where, 'momentum', momentum, { minimum: 0, maximum: 1 });
  checkNumber(where, 'epsilon', epsilon, { above: 0 });
  if (!VARIANCE_ESTIMATES.includes(varianceEstimate)) {
    unknownName(where, 'varianceEstimate', varianceEstimate, VARIANCE_ESTIMATES);
  }
  return layer({
    kind: 'batchNormalization',
    ...base,
    config: { momentum, epsilon, center, scale, varianceEstimate, ...config },
    passesMask: true,
    build(context) {
      const [shape] = context.inputShapes;
      if (!shape?.length) {
        throw new ShapeError(`${where}: expected samples with channels, got ${formatShape(shape ?? [])}.`);
      }
      const channels = [shape.at(-1)!];
      if (scale) declare(context, 'gamma', channels);
      if (center) declare(context, 'beta', channels);
      const moment = (name: string, initializer: Initializer) =>
        context.parameter(name, channels, initializer, { trainable: false });
      moment('movingMean', zeros());
      moment('movingVariance', ones());
    },
    call([x], { training, parameter, assign }) {
      const gain = (variance: Tensor): Tensor => {
        const inverse = variance.add(epsilon).sqrt().reciprocal();
        return scale ? inverse.mul(parameter('gamma')) : inverse;
      };
      const shift = (y: Tensor): Tensor => (center ? y.add(parameter('beta')) : y);
      const movingMean = parameter('movingMean');
      const movingVariance = parameter('movingVariance');
      if (!training || !trainable) {
        const factor = gain(movingVariance);
        return shift(scaleChannels(x!, factor).sub(movingMean.mul(factor)));
      }
      const axis = x!.shape.slice(0, -1).map((_, i) => i);
      const count = x!.size / x!.shape.at(-1)!;
      const { mean, variance } = x!.moments({ axis, keepDims: false });
      const estimate = varianceEstimate === 'unbiased' ? variance.mul(count / Math.max(count - 1, 1)) : variance;
      const move = (name: string, moving: Tensor, batch: Tensor) =>
        assign(name, moving.mul(momentum).add(batch.mul(1 - momentum)));
      move('movingMean', movingMean, mean);
      move('movingVariance', movingVariance, estimate);
      return shift(x!.normalize(mean, gain(variance)));
    },
  });
}
