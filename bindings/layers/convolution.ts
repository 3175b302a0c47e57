// Convolutions of sequences and images: plain, depthwise and separable. Cross-correlations, as in every framework.

import type { Shape } from '../graph/shape.js';
import { formatShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';
import { layer, type CallContext, type Layer } from './layer.js';
import { resolveLayer, type OutputOptions, type TrainableOptions, type WeightOptions } from './options.js';
import {
  checkSample,
  onImages,
  resolveWindows,
  type Dimensions,
  type ResolvedWindows,
  type Size,
  type WindowOptions,
} from './spatial.js';

interface SharedOptions extends TrainableOptions, OutputOptions, WindowOptions {
  /** Whether a bias is added; true by default. */
  useBias?: boolean;
}

export interface ConvolutionOptions extends SharedOptions, WeightOptions<'kernel' | 'bias'> {
  /** Input channels and filters fall into so many groups, each filter seeing the channels of its group; 1 by default. */
  groups?: number;
}

interface MultiplierOptions {
  /** Filters for each input channel; 1 by default. */
  depthMultiplier?: number;
}

export interface DepthwiseConvolutionOptions
  extends SharedOptions, MultiplierOptions, WeightOptions<'depthwise' | 'bias'> {}

export interface SeparableConvolutionOptions
  extends SharedOptions, MultiplierOptions, WeightOptions<'depthwise' | 'pointwise' | 'bias'> {}

const SHARED = ['strides', 'padding', 'dilationRate', 'useBias', 'activation', 'activityRegularizer'];

/** A kernel over a sequence is one of one row. */
export const asImageKernel = (kernel: Tensor): Tensor =>
  kernel.rank === 4 ? kernel : kernel.reshape([1, ...kernel.shape]);

/** What is done with a sum of products, while it still is an image: bias, activation, penalty. */
type Finish = (result: Tensor, context: CallContext) => Tensor;

const withBias =
  (useBias: boolean, finish: Finish): Finish =>
  (result, context) =>
    finish(useBias ? result.add(context.parameter('bias')) : result, context);

function convolution(
  kind: string,
  dimensions: Dimensions,
  filters: number,
  kernelSize: Size,
  options: ConvolutionOptions,
): Layer {
  const roles = { kernel: 'glorotUniform', bias: 'zeros' } as const;
  const { where, base, config, declare, finish } = resolveLayer(kind, options, roles, [...SHARED, 'groups']);
  const { groups = 1, useBias = true } = options;
  checkNumber(where, 'filters', filters, { minimum: 1, integer: true });
  checkNumber(where, 'groups', groups, { minimum: 1, integer: true });
  if (filters % groups !== 0) {
    throw new OptionError(
      `${where}: ${groups} groups do not divide ${filters} filters. Choose a multiple of the groups.`,
    );
  }
  const windows = resolveWindows(where, dimensions, ['kernelSize', kernelSize], options);
  const complete = withBias(useBias, finish);
  return layer({
    kind,
    ...base,
    config: { filters, kernelSize: windows.sizes, ...windows.config, groups, useBias, ...config },
    build(context) {
      const sample = checkSample(where, context.inputShapes[0], dimensions);
      const channels = sample.at(-1)!;
      if (channels % groups !== 0) {
        throw new ShapeError(
          `${where}: ${groups} groups do not divide the ${channels} channels of a sample ${formatShape(sample)}. ` +
            'Choose groups that divide both the channels and the filters.',
        );
      }
      windows.check(sample);
      declare(context, 'kernel', [...windows.sizes, channels / groups, filters]);
      if (useBias) declare(context, 'bias', [filters]);
    },
    call([x], context) {
      const kernel = asImageKernel(context.parameter('kernel'));
      const geometry = { ...windows.geometry(x!.shape.slice(1)), groups };
      return onImages(x!, dimensions, (images) => complete(images.conv2d(kernel, geometry), context));
    },
  });
}

/**
 * Convolution of sequences: y[t, o] = activation(sum over taps k and channels c of x[t stride + k dilation - before, c]
 * kernel[k, c, o] + bias[o]).
 *
 * Shapes: x [batch, steps, channels], kernel [kernelSize, channels / groups, filters], bias [filters],
 * y [batch, newSteps, filters]. `padding`: `valid`, `same`, or `causal` (zeros in front only, so that no output sees a later
 * input). Kernel Glorot uniform and bias zero unless told otherwise, as in Keras. (PyTorch's kernel is [filters, channels / groups, k].)
 *
 * @throws ShapeError for a sample that is no sequence or is shorter than the kernel. @throws OptionError for groups that do not divide the filters.
 * @example conv1d(32, 3, { padding: 'causal', dilationRate: 2, activation: 'relu' })
 */
export const conv1d = (filters: number, kernelSize: Size, options: ConvolutionOptions = {}): Layer =>
  convolution('conv1d', 1, filters, kernelSize, options);

/**
 * Convolution of images: y[i, j, o] = activation(sum over taps (a, b) and channels c of x[i stride + a dilation - before, ..., c]
 * kernel[a, b, c, o] + bias[o]).
 *
 * Shapes: x [batch, height, width, channels], kernel [...kernelSize, channels / groups, filters], bias [filters],
 * y [batch, newHeight, newWidth, filters]. `padding: 'same'` is TensorFlow's: ceil(side / stride) outputs, an odd zero after.
 * Kernel Glorot uniform and bias zero unless told otherwise, as in Keras. (PyTorch's kernel is [filters, channels / groups, h, w].)
 *
 * @param kernelSize A number, or [rows, columns]; so are `strides` and `dilationRate`.
 * @throws ShapeError for samples that are no images or are smaller than the kernel, or channels that the groups do not divide.
 * @throws OptionError for groups that do not divide the filters.
 * @example sequential([conv2d(32, 3, { activation: 'relu', inputShape: [28, 28, 1] }), maxPooling2d(), flatten(), dense(10)])
 */
export const conv2d = (filters: number, kernelSize: Size, options: ConvolutionOptions = {}): Layer =>
  convolution('conv2d', 2, filters, kernelSize, options);

/** The part of depthwise and separable convolutions that looks at one channel at a time. */
function depthwise(windows: ResolvedWindows, x: Tensor, sample: Shape, context: CallContext): Tensor {
  const kernel = asImageKernel(context.parameter('depthwiseKernel'));
  return x.conv2d(kernel, { ...windows.geometry(sample), groups: sample.at(-1)! });
}

function depthwiseConvolution(
  kind: string,
  dimensions: Dimensions,
  kernelSize: Size,
  options: DepthwiseConvolutionOptions,
): Layer {
  const roles = { depthwise: 'glorotUniform', bias: 'zeros' } as const;
  const { where, base, config, declare, finish } = resolveLayer(kind, options, roles, [...SHARED, 'depthMultiplier']);
  const { depthMultiplier = 1, useBias = true } = options;
  checkNumber(where, 'depthMultiplier', depthMultiplier, { minimum: 1, integer: true });
  const windows = resolveWindows(where, dimensions, ['kernelSize', kernelSize], options);
  const complete = withBias(useBias, finish);
  return layer({
    kind,
    ...base,
    config: { kernelSize: windows.sizes, ...windows.config, depthMultiplier, useBias, ...config },
    build(context) {
      const sample = checkSample(where, context.inputShapes[0], dimensions);
      windows.check(sample);
      const filters = sample.at(-1)! * depthMultiplier;
      declare(context, 'depthwise', [...windows.sizes, 1, filters], 'depthwiseKernel');
      if (useBias) declare(context, 'bias', [filters]);
    },
    call: ([x], context) =>
      onImages(x!, dimensions, (images) => complete(depthwise(windows, images, x!.shape.slice(1), context), context)),
  });
}

/**
 * Depthwise convolution of sequences: each channel is convolved by itself. See `depthwiseConv2d`.
 *
 * Shapes: x [batch, steps, channels], depthwiseKernel [kernelSize, 1, channels depthMultiplier], y [batch, newSteps, channels depthMultiplier].
 *
 * @throws ShapeError for samples that are no sequences or are shorter than the kernel.
 * @example depthwiseConv1d(3, { padding: 'same' })
 */
export const depthwiseConv1d = (kernelSize: Size, options: DepthwiseConvolutionOptions = {}): Layer =>
  depthwiseConvolution('depthwiseConv1d', 1, kernelSize, options);

/**
 * Depthwise convolution of images: each channel c is convolved by itself, by `depthMultiplier` filters, which make channels
 * c depthMultiplier ... of y: a convolution with as many groups as channels.
 *
 * Shapes: x [batch, height, width, channels], depthwiseKernel [...kernelSize, 1, channels depthMultiplier] (Keras'
 * [..., channels, depthMultiplier], reshaped), bias [channels depthMultiplier]. Initialised with the fans of this shape.
 *
 * @throws ShapeError for samples that are no images or are smaller than the kernel.
 * @example depthwiseConv2d(3, { strides: 2, padding: 'same' })
 */
export const depthwiseConv2d = (kernelSize: Size, options: DepthwiseConvolutionOptions = {}): Layer =>
  depthwiseConvolution('depthwiseConv2d', 2, kernelSize, options);

function separableConvolution(
  kind: string,
  dimensions: Dimensions,
  filters: number,
  kernelSize: Size,
  options: SeparableConvolutionOptions,
): Layer {
  const roles = { depthwise: 'glorotUniform', pointwise: 'glorotUniform', bias: 'zeros' } as const;
  const { where, base, config, declare, finish } = resolveLayer(kind, options, roles, [...SHARED, 'depthMultiplier']);
  const { depthMultiplier = 1, useBias = true } = options;
  checkNumber(where, 'filters', filters, { minimum: 1, integer: true });
  checkNumber(where, 'depthMultiplier', depthMultiplier, { minimum: 1, integer: true });
  const windows = resolveWindows(where, dimensions, ['kernelSize', kernelSize], options);
  const complete = withBias(useBias, finish);
  return layer({
    kind,
    ...base,
    config: { filters, kernelSize: windows.sizes, ...windows.config, depthMultiplier, useBias, ...config },
    build(context) {
      const sample = checkSample(where, context.inputShapes[0], dimensions);
      windows.check(sample);
      const between = sample.at(-1)! * depthMultiplier;
      declare(context, 'depthwise', [...windows.sizes, 1, between], 'depthwiseKernel');
      declare(context, 'pointwise', [...windows.sizes.map(() => 1), between, filters], 'pointwiseKernel');
      if (useBias) declare(context, 'bias', [filters]);
    },
    call: ([x], context) =>
      onImages(x!, dimensions, (images) => {
        const between = depthwise(windows, images, x!.shape.slice(1), context);
        const pointwise = context.parameter('pointwiseKernel');
        return complete(between.matmul(pointwise.reshape(pointwise.shape.slice(-2))), context);
      }),
  });
}

/**
 * Separable convolution of sequences: a depthwise convolution, then a product over the channels. See `separableConv2d`.
 *
 * Shapes: x [batch, steps, channels], depthwiseKernel [kernelSize, 1, channels depthMultiplier], pointwiseKernel
 * [1, channels depthMultiplier, filters], y [batch, newSteps, filters].
 *
 * @throws ShapeError for samples that are no sequences or are shorter than the kernel.
 * @example separableConv1d(64, 3, { padding: 'same', activation: 'relu' })
 */
export const separableConv1d = (filters: number, kernelSize: Size, options: SeparableConvolutionOptions = {}): Layer =>
  separableConvolution('separableConv1d', 1, filters, kernelSize, options);

/**
 * Separable convolution of images: y = activation((x * depthwiseKernel) pointwiseKernel + bias), with far fewer products than
 * a plain convolution. Chollet 2017 (Xception).
 *
 * Shapes: x [batch, height, width, channels], depthwiseKernel [...kernelSize, 1, channels depthMultiplier], pointwiseKernel
 * [1, 1, channels depthMultiplier, filters], y [batch, newHeight, newWidth, filters]. Strides and dilation are the depthwise part's.
 *
 * @throws ShapeError for samples that are no images or are smaller than the kernel.
 * @example separableConv2d(64, 3, { padding: 'same', activation: 'relu' })
 */
export const separableConv2d = (filters: number, kernelSize: Size, options: SeparableConvolutionOptions = {}): Layer =>
  separableConvolution('separableConv2d', 2, filters, kernelSize, options);
