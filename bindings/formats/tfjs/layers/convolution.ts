// Convolutions, and what changes the sides of an image.

import type { Shape } from '../../../graph/shape.js';
import { DataError } from '../../../runtime/errors.js';
import type { Fields } from '../names.js';
import { refuse, weightOptions, type ReadContext, type Translation, type WriteContext } from '../translation.js';

const WINDOWS = ['strides', 'padding', 'dilationRate', 'useBias', 'activation', 'activityRegularizer'];

function refuseGroups({ groups }: Fields, { path }: WriteContext): Fields {
  if (groups === undefined || groups === 1) return {};
  return refuse(path, `convolution in ${JSON.stringify(groups)} groups`, 'Use one group, or a depthwise convolution.');
}

const readGroups = ({ groups = 1 }: Fields): Fields => ({ groups });

const convolution = (dimensions: 1 | 2): Translation => ({
  kind: `conv${dimensions}d`,
  className: `Conv${dimensions}D`,
  options: ['filters', 'kernelSize', ...WINDOWS, ...weightOptions('kernel', 'bias')],
  read: readGroups,
  write: refuseGroups,
});

/** Keras has the kernel of each channel in an axis of its own: [..., channels, depthMultiplier]. */
const depthwiseShape = (parameter: string, shape: Shape, [sample = []]: readonly Shape[]): Shape => {
  const channels = sample.at(-1);
  if (parameter !== 'depthwiseKernel' || !channels) return shape;
  return [...shape.slice(0, -2), channels, shape.at(-1)! / channels];
};

/** Keras' `valid` never gives less than side stride, ours no more than what the inputs reach. */
function checkReach(kernel: unknown, strides: unknown, padding: unknown): boolean {
  const list = (value: unknown): number[] => (Array.isArray(value) ? (value as number[]) : [value as number]);
  const [sizes, steps] = [list(kernel), list(strides ?? 1)];
  return padding === 'same' || sizes.every((size, i) => size >= (steps[i] ?? steps[0]!));
}

const isOnes = (value: unknown): boolean => (Array.isArray(value) ? value : [value ?? 1]).every((step) => step === 1);

function readTransposed(config: Fields, { path }: ReadContext): Fields {
  if (!isOnes(config.dilation_rate)) {
    throw new DataError(`${path}.dilation_rate: expected 1, which is all that TensorFlow.js computes here`);
  }
  if (config.output_padding !== undefined) throw new DataError(`${path}.output_padding: expected null`);
  if (checkReach(config.kernel_size, config.strides, config.padding)) return {};
  throw new DataError(`${path}: expected a kernel_size of at least the strides for padding 'valid'`);
}

function writeTransposed(config: Fields, { path }: WriteContext): Fields {
  const { padding, outputPadding, dilationRate, kernelSize, strides } = config;
  if (typeof padding !== 'string') refuse(path, 'padding in numbers here', "Use padding: 'same' or 'valid'.");
  if (!(outputPadding as number[]).every((side) => side === 0)) refuse(path, 'outputPadding', 'Use 0.');
  if (!isOnes(dilationRate)) refuse(path, 'dilated transposed convolution', 'Use a dilationRate of 1.');
  if (!checkReach(kernelSize, strides, padding)) {
    refuse(path, "'valid' for a kernel smaller than its strides", "Use padding: 'same' or a larger kernel.");
  }
  return {};
}

/** The other interpolation of TensorFlow.js takes pixels by their corners, ours by their centres. */
function readInterpolation({ interpolation = 'nearest' }: Fields, { path }: ReadContext): Fields {
  if (interpolation === 'nearest') return { interpolation };
  throw new DataError(`${path}.interpolation: expected 'nearest', got '${String(interpolation)}'`);
}

function writeInterpolation({ interpolation }: Fields, { path }: WriteContext): Fields {
  if (interpolation === 'nearest') return { interpolation };
  return refuse(path, 'interpolation between the centres of pixels', "Use interpolation: 'nearest'.");
}

export const CONVOLUTIONS: readonly Translation[] = [
  convolution(1),
  convolution(2),
  {
    kind: 'conv2dTranspose',
    className: 'Conv2DTranspose',
    options: [
      'filters',
      'kernelSize',
      'strides',
      'padding',
      'useBias',
      'activation',
      'activityRegularizer',
      ...weightOptions('kernel', 'bias'),
    ],
    read: readTransposed,
    write: writeTransposed,
  },
  {
    kind: 'depthwiseConv2d',
    className: 'DepthwiseConv2D',
    options: ['kernelSize', 'depthMultiplier', ...WINDOWS, ...weightOptions('depthwise', 'bias')],
    weightShape: depthwiseShape,
  },
  {
    kind: 'separableConv2d',
    className: 'SeparableConv2D',
    options: [
      'filters',
      'kernelSize',
      'depthMultiplier',
      ...WINDOWS,
      ...weightOptions('depthwise', 'pointwise', 'bias'),
    ],
    weightShape: depthwiseShape,
  },
  { kind: 'zeroPadding2d', className: 'ZeroPadding2D', options: ['padding'] },
  { kind: 'cropping2d', className: 'Cropping2D', options: ['cropping'] },
  {
    kind: 'upSampling2d',
    className: 'UpSampling2D',
    options: ['size'],
    read: readInterpolation,
    write: writeInterpolation,
  },
];
