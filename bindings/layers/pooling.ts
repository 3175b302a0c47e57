// Pooling of sequences and images: the largest or the mean value of windows, or of all positions.

import type { Pair } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import type { Pool2dOptions } from '../graph/windows.js';
import { checkOptions } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import type { LayerOptions } from './options.js';
import { asImageAxes, checkSample, onImages, resolveWindows, type Dimensions, type Size } from './spatial.js';

export interface PoolingOptions extends LayerOptions {
  /** How far the window moves at a time; the pool size by default. */
  strides?: Size;
  /** `valid` (the default): windows lie inside; `same`: ceil(side / stride) windows, what lies outside does not count. */
  padding?: 'valid' | 'same';
}

const POOLS = {
  max: (images: Tensor, size: Pair, options: Pool2dOptions) => images.maxPool2d(size, options),
  average: (images: Tensor, size: Pair, options: Pool2dOptions) => images.avgPool2d(size, options),
};

function pooling(
  kind: string,
  dimensions: Dimensions,
  pool: keyof typeof POOLS,
  poolSize: Size,
  options: PoolingOptions,
): Layer {
  const where = options.name ?? kind;
  checkOptions(where, options, ['name', 'inputShape', 'strides', 'padding']);
  const { strides = poolSize, padding = 'valid', ...rest } = options;
  const windows = resolveWindows(where, dimensions, ['poolSize', poolSize], { strides, padding });
  return layer({
    kind,
    ...rest,
    config: { poolSize: windows.sizes, strides: windows.config.strides, padding },
    build: ({ inputShapes: [shape] }) => windows.check(checkSample(where, shape, dimensions)),
    call([x]) {
      const { strides: moves, padding: pads } = windows.geometry(x!.shape.slice(1));
      const size = asImageAxes(windows.sizes, 1);
      return onImages(x!, dimensions, (images) => POOLS[pool](images, size, { strides: moves, padding: pads }));
    },
  });
}

/**
 * The largest value of each window over a sequence.
 *
 * Shapes: x [batch, steps, channels], y [batch, newSteps, channels]. The gradient goes to the first of equal values.
 *
 * @throws ShapeError for samples that are no sequences or are shorter than the window.
 * @example maxPooling1d(2)
 */
export const maxPooling1d = (poolSize: Size = 2, options: PoolingOptions = {}): Layer =>
  pooling('maxPooling1d', 1, 'max', poolSize, options);

/**
 * The largest value of each window over an image.
 *
 * Shapes: x [batch, height, width, channels], y [batch, newHeight, newWidth, channels]. The gradient goes to the first of
 * equal values; a NaN is larger than any number.
 *
 * @throws ShapeError for samples that are no images or are smaller than the window.
 * @example maxPooling2d(3, { strides: 2, padding: 'same' })
 */
export const maxPooling2d = (poolSize: Size = 2, options: PoolingOptions = {}): Layer =>
  pooling('maxPooling2d', 2, 'max', poolSize, options);

/**
 * The mean of each window over a sequence; padding does not count.
 *
 * Shapes: x [batch, steps, channels], y [batch, newSteps, channels].
 *
 * @throws ShapeError for samples that are no sequences or are shorter than the window.
 * @example averagePooling1d(4, { strides: 2 })
 */
export const averagePooling1d = (poolSize: Size = 2, options: PoolingOptions = {}): Layer =>
  pooling('averagePooling1d', 1, 'average', poolSize, options);

/**
 * The mean of each window over an image; padding does not count, as in TensorFlow (PyTorch: count_include_pad=False).
 *
 * Shapes: x [batch, height, width, channels], y [batch, newHeight, newWidth, channels].
 *
 * @throws ShapeError for samples that are no images or are smaller than the window.
 * @example averagePooling2d([2, 3])
 */
export const averagePooling2d = (poolSize: Size = 2, options: PoolingOptions = {}): Layer =>
  pooling('averagePooling2d', 2, 'average', poolSize, options);

export interface GlobalPoolingOptions extends LayerOptions {
  /** Whether the axes pooled over stay, with side 1; false by default. */
  keepDims?: boolean;
}

type Reduction = (x: Tensor, axis: readonly number[], keepDims: boolean, mask: Tensor | undefined) => Tensor;

function globalPooling(kind: string, dimensions: Dimensions, reduce: Reduction, options: GlobalPoolingOptions): Layer {
  const where = options.name ?? kind;
  checkOptions(where, options, ['name', 'inputShape', 'keepDims']);
  const { keepDims = false, ...rest } = options;
  const axis = dimensions === 1 ? [1] : [1, 2];
  return layer({
    kind,
    ...rest,
    config: { keepDims },
    build: ({ inputShapes: [shape] }) => void checkSample(where, shape, dimensions),
    call: ([x], { mask }) => reduce(x!, axis, keepDims, dimensions === 1 ? mask() : undefined),
  });
}

const largest: Reduction = (x, axis, keepDims) => x.max({ axis, keepDims });

/** The mean of the positions that count. */
function mean(x: Tensor, axis: readonly number[], keepDims: boolean, mask: Tensor | undefined): Tensor {
  if (!mask) return x.mean({ axis, keepDims });
  const weights = mask.reshape([...mask.shape, 1]);
  return x.mul(weights).sum({ axis, keepDims }).div(weights.sum({ axis, keepDims }).maximum(1));
}

/**
 * The largest value of each channel of a sequence. Shapes: x [batch, steps, channels], y [batch, channels].
 *
 * @throws ShapeError for samples that are no sequences.
 * @example globalMaxPooling1d()
 */
export const globalMaxPooling1d = (options: GlobalPoolingOptions = {}): Layer =>
  globalPooling('globalMaxPooling1d', 1, largest, options);

/**
 * The largest value of each channel of an image. Shapes: x [batch, height, width, channels], y [batch, channels].
 *
 * @throws ShapeError for samples that are no images.
 * @example globalMaxPooling2d({ keepDims: true })
 */
export const globalMaxPooling2d = (options: GlobalPoolingOptions = {}): Layer =>
  globalPooling('globalMaxPooling2d', 2, largest, options);

/**
 * The mean of each channel of a sequence, over the positions of its mask if it has one, as in Keras.
 * Shapes: x [batch, steps, channels], y [batch, channels].
 *
 * @throws ShapeError for samples that are no sequences.
 * @example globalAveragePooling1d()
 */
export const globalAveragePooling1d = (options: GlobalPoolingOptions = {}): Layer =>
  globalPooling('globalAveragePooling1d', 1, mean, options);

/**
 * The mean of each channel of an image. Shapes: x [batch, height, width, channels], y [batch, channels].
 *
 * @throws ShapeError for samples that are no images.
 * @example globalAveragePooling2d()
 */
export const globalAveragePooling2d = (options: GlobalPoolingOptions = {}): Layer =>
  globalPooling('globalAveragePooling2d', 2, mean, options);
