// Layers that disturb what passes in training and nothing in inference.

import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions, type NumberRange } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import type { LayerOptions } from './options.js';

const RATE: NumberRange = { minimum: 0, below: 1 };

/** A layer that applies `disturb` where noise is drawn, unless its strength is 0. */
function noiseLayer(
  kind: string,
  strength: { name: string; value: number; range: NumberRange },
  options: LayerOptions,
  config: Readonly<Record<string, unknown>>,
  disturb: (x: Tensor, where: string) => Tensor,
): Layer {
  const where = options.name ?? kind;
  checkNumber(where, strength.name, strength.value, strength.range);
  return layer({
    kind,
    ...options,
    config: { [strength.name]: strength.value, ...config },
    passesMask: true,
    call: ([x], { stochastic }) => (stochastic && strength.value > 0 ? disturb(x!, where) : x!),
  });
}

const checkLayerOptions = (kind: string, options: LayerOptions): void =>
  checkOptions(options.name ?? kind, options, ['name', 'inputShape']);

/** 0 with probability `rate`, else 1 / (1 - rate). */
const keepMask = (x: Tensor, shape: Shape, rate: number): Tensor =>
  x.graph.constant(1).broadcastTo(shape).dropout(rate);

/**
 * Spatial dropout: drops whole channels, the same at every position of a sample, since neighbouring positions of a
 * convolution's map say the same. y = x / (1 - rate) or 0. Tompson et al. 2015. For sequences and images alike.
 *
 * Shapes: x and y [batch, ..., channels] with at least one axis of positions.
 *
 * @param rate Share of the channels to drop, in [0, 1).
 * @throws ShapeError if there are no positions.
 * @example spatialDropout(0.2)
 */
export function spatialDropout(rate: number, options: LayerOptions = {}): Layer {
  checkLayerOptions('spatialDropout', options);
  return noiseLayer('spatialDropout', { name: 'rate', value: rate, range: RATE }, options, {}, (x, where) => {
    if (x.rank < 3) {
      throw new ShapeError(
        `${where}: expected [batch, ..., channels] with positions, got ${x.describe()}. Use dropout.`,
      );
    }
    const shape = x.shape.map((side, i) => (i === 0 || i === x.rank - 1 ? side : 1));
    return x.mul(keepMask(x, shape, rate));
  });
}

/**
 * Multiplicative Gaussian noise: y = x n, n normal with mean 1 and variance rate / (1 - rate), that of dropout with the
 * same rate. Srivastava et al. 2014, section 10.
 *
 * @param rate In [0, 1).
 * @example gaussianDropout(0.3)
 */
export function gaussianDropout(rate: number, options: LayerOptions = {}): Layer {
  checkLayerOptions('gaussianDropout', options);
  const deviation = Math.sqrt(rate / (1 - rate));
  return noiseLayer('gaussianDropout', { name: 'rate', value: rate, range: RATE }, options, {}, (x) =>
    x.mul(x.graph.randomNormal(x.shape).affine(deviation, 1)),
  );
}

/**
 * Additive Gaussian noise: y = x + stddev n, n standard normal. On the input it is a simple augmentation, elsewhere noise
 * on activations. Bishop 1995: small noise on inputs acts like an L2 penalty of the derivatives.
 *
 * @example gaussianNoise(0.1)
 */
export function gaussianNoise(stddev: number, options: LayerOptions = {}): Layer {
  checkLayerOptions('gaussianNoise', options);
  return noiseLayer('gaussianNoise', { name: 'stddev', value: stddev, range: { minimum: 0 } }, options, {}, (x) =>
    x.add(x.graph.randomNormal(x.shape).mul(stddev)),
  );
}

/** -lambda alpha of selu: what its output tends to for very negative inputs. */
const SELU_FLOOR = -1.7580993408473766;

/**
 * Dropout for nets of selu units: dropped values become selu's floor, then y = a x + b restores mean 0 and variance 1.
 * Klambauer et al. 2017.
 *
 * @param rate Share of the values to drop, in [0, 1).
 * @example alphaDropout(0.1)
 */
export function alphaDropout(rate: number, options: LayerOptions = {}): Layer {
  checkLayerOptions('alphaDropout', options);
  const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * SELU_FLOOR * SELU_FLOOR));
  const offset = -scale * SELU_FLOOR * rate;
  return noiseLayer('alphaDropout', { name: 'rate', value: rate, range: RATE }, options, {}, (x) => {
    const isKept = x.graph.randomUniform(x.shape).greaterEqual(rate);
    return isKept.where(x, SELU_FLOOR).affine(scale, offset);
  });
}

/**
 * Salt and pepper: each value becomes `low` or `high` with probability rate / 2 each.
 *
 * @param rate Share of the values to replace, in [0, 1).
 * @example saltAndPepper(0.05, { low: 0, high: 1 })
 */
export function saltAndPepper(rate: number, options: LayerOptions & { low?: number; high?: number } = {}): Layer {
  const where = options.name ?? 'saltAndPepper';
  checkOptions(where, options, ['name', 'inputShape', 'low', 'high']);
  const { low = 0, high = 1, ...rest } = options;
  checkNumber(where, 'low', low);
  checkNumber(where, 'high', high);
  return noiseLayer('saltAndPepper', { name: 'rate', value: rate, range: RATE }, rest, { low, high }, (x) => {
    const draw = x.graph.randomUniform(x.shape);
    const noise = draw.less(rate / 2).where(low, high);
    return draw.less(rate).where(noise, x);
  });
}

/**
 * Stochastic depth: drops the whole sample with probability `rate`, else y = x / (1 - rate). Stands at the end of a residual
 * branch, so that its samples skip the branch. Huang et al. 2016.
 *
 * @param rate Share of the samples whose branch is dropped, in [0, 1).
 * @example residual([dense(64, { activation: 'relu' }), stochasticDepth(0.2)])
 */
export function stochasticDepth(rate: number, options: LayerOptions = {}): Layer {
  checkLayerOptions('stochasticDepth', options);
  return noiseLayer('stochasticDepth', { name: 'rate', value: rate, range: RATE }, options, {}, (x) =>
    x.mul(
      keepMask(
        x,
        x.shape.map((side, i) => (i === 0 ? side : 1)),
        rate,
      ),
    ),
  );
}
