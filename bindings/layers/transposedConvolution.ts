// Transposed convolutions: the input gradient of a convolution, taken as a layer that enlarges.

import { formatShape, type Shape } from '../graph/shape.js';
import { checkOutputPadding, reachOf, spreadOf } from '../graph/windows.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, unknownName } from '../runtime/suggest.js';
import { asImageKernel } from './convolution.js';
import { layer, type Layer } from './layer.js';
import { resolveLayer, type OutputOptions, type TrainableOptions, type WeightOptions } from './options.js';
import { asImageAxes, checkSample, onImages, sizesOf, type Dimensions, type Size } from './spatial.js';

export interface TransposedConvolutionOptions
  extends TrainableOptions, OutputOptions, WeightOptions<'kernel' | 'bias'> {
  /** Distance of the places to which neighbouring inputs are spread; 1 by default. */
  strides?: Size;
  /**
   * `valid` (the default): all that the inputs reach, (side - 1) stride + reach of the kernel; `same`: side stride; or how much
   * is cut off both ends of `valid`, as PyTorch's padding.
   */
  padding?: 'valid' | 'same' | Size;
  /** Added to the end of the result, for padding in numbers: 0 by default. */
  outputPadding?: Size;
  /** Distance of neighbouring values of the kernel; 1 by default. */
  dilationRate?: Size;
  /** Whether a bias is added; true by default. */
  useBias?: boolean;
}

function transposedConvolution(
  kind: string,
  dimensions: Dimensions,
  filters: number,
  kernelSize: Size,
  options: TransposedConvolutionOptions,
): Layer {
  const roles = { kernel: 'glorotUniform', bias: 'zeros' } as const;
  const own = ['strides', 'padding', 'outputPadding', 'dilationRate', 'useBias', 'activation', 'activityRegularizer'];
  const { where, base, config, declare, finish } = resolveLayer(kind, options, roles, own);
  const { padding = 'valid', outputPadding = 0, useBias = true } = options;
  checkNumber(where, 'filters', filters, { minimum: 1, integer: true });
  const sizes = sizesOf(where, 'kernelSize', kernelSize, dimensions);
  const strides = sizesOf(where, 'strides', options.strides ?? 1, dimensions);
  const dilation = sizesOf(where, 'dilationRate', options.dilationRate ?? 1, dimensions);
  const added = sizesOf(where, 'outputPadding', outputPadding, dimensions, 0);
  if (typeof padding === 'string' && padding !== 'valid' && padding !== 'same') {
    unknownName(where, 'padding', padding, ['valid', 'same']);
  }
  const cuts =
    padding === 'same'
      ? sizes.map(() => padding)
      : sizesOf(where, 'padding', padding === 'valid' ? 0 : padding, dimensions, 0);
  added.forEach((side, axis) =>
    checkOutputPadding(where, side, Math.max(strides[axis]!, dilation[axis]!), padding === 'same'),
  );
  const spread = (sample: Shape) =>
    sizes.map((size, axis) =>
      spreadOf(sample[axis]!, reachOf(size, dilation[axis]!), strides[axis]!, cuts[axis]!, added[axis]!),
    );
  return layer({
    kind,
    ...base,
    config: {
      filters,
      kernelSize: sizes,
      strides,
      padding: typeof padding === 'string' ? padding : cuts,
      outputPadding: added,
      dilationRate: dilation,
      useBias,
      ...config,
    },
    build(context) {
      const sample = checkSample(where, context.inputShapes[0], dimensions);
      spread(sample).forEach(({ side }) => {
        if (side > 0) return;
        throw new ShapeError(
          `${where}: nothing is left of a sample ${formatShape(sample)} after cutting off a padding of ` +
            `${JSON.stringify(cuts)}. Use a smaller padding.`,
        );
      });
      declare(context, 'kernel', [...sizes, filters, sample.at(-1)!]);
      if (useBias) declare(context, 'bias', [filters]);
    },
    call([x], context) {
      const kernel = asImageKernel(context.parameter('kernel'));
      return onImages(x!, dimensions, (images) => {
        const result = images.conv2dTranspose(kernel, {
          strides: asImageAxes(strides, 1),
          padding: padding === 'same' ? padding : asImageAxes(cuts as number[], 0),
          outputPadding: asImageAxes(added, 0),
          dilation: asImageAxes(dilation, 1),
        });
        return finish(useBias ? result.add(context.parameter('bias')) : result, context);
      });
    },
  });
}

/**
 * Transposed convolution of sequences. See `conv2dTranspose`.
 *
 * Shapes: x [batch, steps, channels], kernel [kernelSize, filters, channels], y [batch, newSteps, filters].
 *
 * @throws ShapeError for samples that are no sequences. @throws OptionError for an outputPadding that is not less than the strides.
 * @example conv1dTranspose(16, 4, { strides: 2, padding: 'same' })
 */
export const conv1dTranspose = (filters: number, kernelSize: Size, options: TransposedConvolutionOptions = {}): Layer =>
  transposedConvolution('conv1dTranspose', 1, filters, kernelSize, options);

/**
 * Transposed convolution of images: every input pixel (i, j) adds x[i, j, c] kernel[a, b, o, c] to the output pixel
 * (i stride + a dilation, j stride + b dilation), of which the padding is cut off; then bias and activation.
 *
 * Shapes: x [batch, height, width, channels], kernel [...kernelSize, filters, channels], y [batch, newHeight, newWidth, filters],
 * with a side of `(side - 1) stride + reach` for `valid`, `side stride` for `same` (Keras), and
 * `(side - 1) stride + reach - 2 padding + outputPadding` for padding in numbers (PyTorch). A kernel that is smaller than the
 * stride leaves `valid` at the first formula, where Keras adds zeros up to `side stride`.
 *
 * @throws ShapeError for samples that are no images, or a padding that leaves nothing.
 * @throws OptionError for an outputPadding that is not less than the strides or dilation.
 * @example conv2dTranspose(16, 4, { strides: 2, padding: 'same', activation: 'relu' })
 */
export const conv2dTranspose = (filters: number, kernelSize: Size, options: TransposedConvolutionOptions = {}): Layer =>
  transposedConvolution('conv2dTranspose', 2, filters, kernelSize, options);
