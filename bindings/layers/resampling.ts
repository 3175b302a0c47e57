// Layers that enlarge, pad and cut sequences and images.

import type { Pair } from '../graph/op.js';
import { formatShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { ShapeError } from '../runtime/errors.js';
import { checkOptions, unknownName } from '../runtime/suggest.js';
import { layer, type Layer } from './layer.js';
import type { LayerOptions } from './options.js';
import { asImageAxes, checkSample, onImages, sidesOf, sizesOf, type Dimensions, type Size } from './spatial.js';

const LAYER_OPTIONS = ['name', 'inputShape'];
const INTERPOLATIONS = ['nearest', 'bilinear'] as const;

export interface UpSamplingOptions extends LayerOptions {
  /** `nearest` (the default) repeats pixels; `bilinear` interpolates between their centres. */
  interpolation?: (typeof INTERPOLATIONS)[number];
}

/** Every pixel a block of `rows` x `columns`. */
function repeatPixels(x: Tensor, [rows, columns]: Pair): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const apart = x.reshape([batch, height, 1, width, 1, channels]);
  const repeated = apart.broadcastTo([batch, height, rows, width, columns, channels]);
  return repeated.reshape([batch, height * rows, width * columns, channels]);
}

/** Values of an interpolating matrix: 4096 pixels to 8192. */
const MAXIMUM_MATRIX = 2 ** 25;

/**
 * The matrix [side factor, side] that interpolates linearly along an axis: output i lies at (i + 0.5) / factor - 0.5, and
 * what is beyond the first and last centre has their value.
 */
function interpolation(x: Tensor, side: number, factor: number): Tensor {
  if (side * factor * side > MAXIMUM_MATRIX) {
    throw new ShapeError(
      `upSampling2d: bilinear: expected at most ${MAXIMUM_MATRIX} weights of an axis, got ${side} pixels to ${side * factor}. Take 'nearest'.`,
    );
  }
  const values = new Array<number>(side * factor * side).fill(0);
  for (let i = 0; i < side * factor; i++) {
    const place = Math.min(Math.max((i + 0.5) / factor - 0.5, 0), side - 1);
    const before = Math.floor(place);
    const share = place - before;
    values[i * side + before] = 1 - share;
    if (share > 0) values[i * side + before + 1] = share;
  }
  return x.graph.table(values).reshape([side * factor, side]);
}

function interpolateBilinear(x: Tensor, [rows, columns]: Pair): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const across = interpolation(x, width, columns).matmul(x.reshape([batch * height, width, channels]));
  const down = interpolation(x, height, rows).matmul(across.reshape([batch, height, width * columns * channels]));
  return down.reshape([batch, height * rows, width * columns, channels]);
}

const ENLARGE = { nearest: repeatPixels, bilinear: interpolateBilinear };

function upSampling(kind: string, dimensions: Dimensions, size: Size, options: UpSamplingOptions): Layer {
  const where = options.name ?? kind;
  checkOptions(where, options, dimensions === 1 ? LAYER_OPTIONS : [...LAYER_OPTIONS, 'interpolation']);
  const { interpolation: method = 'nearest', ...rest } = options;
  if (!INTERPOLATIONS.includes(method)) unknownName(where, 'interpolation', method, INTERPOLATIONS);
  const sizes = sizesOf(where, 'size', size, dimensions);
  return layer({
    kind,
    ...rest,
    config: { size: sizes, ...(dimensions === 2 && { interpolation: method }) },
    build: ({ inputShapes: [shape] }) => void checkSample(where, shape, dimensions),
    call: ([x]) => onImages(x!, dimensions, (images) => ENLARGE[method](images, asImageAxes(sizes, 1))),
  });
}

/**
 * Repeats each step of a sequence `size` times. Shapes: x [batch, steps, channels], y [batch, steps size, channels].
 *
 * @throws ShapeError for samples that are no sequences. @throws OptionError for a size below 1.
 * @example upSampling1d(2)
 */
export const upSampling1d = (size: Size = 2, options: LayerOptions = {}): Layer =>
  upSampling('upSampling1d', 1, size, options);

/**
 * Enlarges images by whole factors: repeats pixels, or interpolates between their centres (PyTorch's align_corners=False).
 *
 * Shapes: x [batch, height, width, channels], y [batch, height size[0], width size[1], channels].
 *
 * @throws ShapeError for samples that are no images. @throws OptionError for a size below 1 or an unknown interpolation.
 * @example upSampling2d(2, { interpolation: 'bilinear' })
 */
export const upSampling2d = (size: Size = 2, options: UpSamplingOptions = {}): Layer =>
  upSampling('upSampling2d', 2, size, options);

/** Widths before and after each axis: one number, one for each axis, or a pair for each; for sequences a number or a pair. */
export type Sides = number | readonly (number | Pair)[];

/** As it stands in a configuration: what the factory accepts. */
const configOfSides = (sides: readonly Pair[]) => (sides.length === 1 ? sides[0]! : sides);

/** Pairs for the axes of a tensor with batch and channels, which have none. */
const onAllAxes = (sides: readonly Pair[]): Pair[] => [[0, 0], ...sides, [0, 0]];

function zeroPadding(kind: string, dimensions: Dimensions, padding: Sides, options: LayerOptions): Layer {
  const where = options.name ?? kind;
  checkOptions(where, options, LAYER_OPTIONS);
  const sides = sidesOf(where, 'padding', padding, dimensions);
  return layer({
    kind,
    ...options,
    config: { padding: configOfSides(sides) },
    build: ({ inputShapes: [shape] }) => void checkSample(where, shape, dimensions),
    call([x]) {
      const all = onAllAxes(sides);
      return x!.graph.emit('padTo', [x!], {
        begin: all.map(([before]) => before),
        shape: x!.shape.map((side, axis) => side + all[axis]![0] + all[axis]![1]),
      });
    },
  });
}

/**
 * Zeros before and after a sequence. Shapes: x [batch, steps, channels], y [batch, before + steps + after, channels].
 *
 * @throws ShapeError for samples that are no sequences. @throws OptionError for widths that are no whole numbers.
 * @example zeroPadding1d([2, 0])
 */
export const zeroPadding1d = (padding: Sides = 1, options: LayerOptions = {}): Layer =>
  zeroPadding('zeroPadding1d', 1, padding, options);

/**
 * Zeros around an image. Shapes: x [batch, height, width, channels], y [batch, top + height + bottom, left + width + right, channels].
 *
 * @param padding A number, [rows, columns], or [[top, bottom], [left, right]].
 * @throws ShapeError for samples that are no images. @throws OptionError for widths that are no whole numbers.
 * @example zeroPadding2d([[0, 1], [0, 1]])
 */
export const zeroPadding2d = (padding: Sides = 1, options: LayerOptions = {}): Layer =>
  zeroPadding('zeroPadding2d', 2, padding, options);

function cropping(kind: string, dimensions: Dimensions, widths: Sides, options: LayerOptions): Layer {
  const where = options.name ?? kind;
  checkOptions(where, options, LAYER_OPTIONS);
  const sides = sidesOf(where, 'cropping', widths, dimensions);
  return layer({
    kind,
    ...options,
    config: { cropping: configOfSides(sides) },
    build({ inputShapes: [shape] }) {
      const sample = checkSample(where, shape, dimensions);
      sides.forEach(([before, after], axis) => {
        if (before + after < sample[axis]!) return;
        throw new ShapeError(
          `${where}: cutting ${before} + ${after} off axis ${axis} leaves nothing of a sample ${formatShape(sample)}. ` +
            'Cut off less.',
        );
      });
    },
    call([x]) {
      const all = onAllAxes(sides);
      return x!.slice(
        all.map(([before]) => before),
        x!.shape.map((side, axis) => side - all[axis]![0] - all[axis]![1]),
      );
    },
  });
}

/**
 * Cuts steps off the ends of a sequence. Shapes: x [batch, steps, channels], y [batch, steps - before - after, channels].
 *
 * @throws ShapeError for samples that are no sequences, or of which nothing would be left.
 * @example cropping1d([1, 0])
 */
export const cropping1d = (widths: Sides = 1, options: LayerOptions = {}): Layer =>
  cropping('cropping1d', 1, widths, options);

/**
 * Cuts the borders off an image. Shapes: x [batch, height, width, channels], y [batch, height - top - bottom, width - left - right, channels].
 *
 * @param widths A number, [rows, columns], or [[top, bottom], [left, right]].
 * @throws ShapeError for samples that are no images, or of which nothing would be left.
 * @example cropping2d([[1, 1], [2, 2]])
 */
export const cropping2d = (widths: Sides = 0, options: LayerOptions = {}): Layer =>
  cropping('cropping2d', 2, widths, options);
