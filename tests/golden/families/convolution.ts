// Convolution layers against their references: values and gradients.

import type { conv1dTranspose } from '../../../bindings/index.js';
import {
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv1d,
  depthwiseConv2d,
  type Layer,
  type Padding,
  type Size,
  type Tensor,
} from '../../../bindings/index.js';
import { callLayer } from '../../support/callLayer.js';
import { operation } from '../operation.js';
import { goldenFamily, type Runner } from '../suite.js';

interface ConvolutionAttributes {
  op: string;
  filters: number;
  kernelSize: Size;
  strides: Size;
  padding: Padding;
  dilation: Size;
  groups: number;
  depthwise?: boolean;
  useBias: boolean;
}

interface TransposedAttributes extends Omit<ConvolutionAttributes, 'padding' | 'dilation' | 'groups'> {
  padding: 'valid' | 'same' | 'explicit';
  /** For explicit padding. */
  pad?: Size;
  outputPadding?: Size;
}

type Factories = readonly [typeof conv1d | typeof conv2d, typeof depthwiseConv1d | typeof depthwiseConv2d];

/** A depthwise case has as many groups as channels, and its kernel is called `kernel` too. */
const convolution = ([plain, depthwise]: Factories): Runner<ConvolutionAttributes> =>
  operation(({ x, kernel, bias }, { attrs }) => {
    const { filters, kernelSize, strides, padding, dilation: dilationRate, groups, useBias } = attrs;
    const shared = { strides, padding, dilationRate, useBias };
    const own: Record<string, Tensor> = bias ? { bias } : {};
    if (!attrs.depthwise) {
      return callLayer(plain(filters, kernelSize, { ...shared, groups }), [x!], { kernel: kernel!, ...own });
    }
    const layer = depthwise(kernelSize, { ...shared, depthMultiplier: filters / groups });
    return callLayer(layer, [x!], { depthwiseKernel: kernel!, ...own });
  });

const transposed = (make: typeof conv1dTranspose): Runner<TransposedAttributes> =>
  operation(({ x, ...parameters }, { attrs }) => {
    const { filters, kernelSize, strides, padding, pad, outputPadding, useBias } = attrs;
    const given = padding === 'explicit' ? { padding: pad!, outputPadding: outputPadding! } : { padding };
    const layer: Layer = make(filters, kernelSize, { strides, useBias, ...given });
    return callLayer(layer, [x!], parameters);
  });

export const families = [
  goldenFamily('conv1d', { conv1d: convolution([conv1d, depthwiseConv1d]) }),
  goldenFamily('conv2d', { conv2d: convolution([conv2d, depthwiseConv2d]) }),
  goldenFamily('convTranspose2d', { convTranspose2d: transposed(conv2dTranspose) }),
];
