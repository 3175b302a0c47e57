// Convolutions, pooling, and what else works on positions. ONNX has the channels behind the batch.

import type { Shape } from '../../../graph/shape.js';
import { reachOf, samePads, spreadOf } from '../../../graph/windows.js';
import type { Padding } from '../../../layers/spatial.js';
import { transposeValues } from '../axes.js';
import { activate } from './activations.js';
import type { Attributes, Value } from './builder.js';
import { initializerOf, reordered, type LayerToWrite, type LayerWriter } from './call.js';

/** [...sizes, in, out] as [out, in, ...sizes]. */
const kernelOrder = (rank: number): number[] => [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)];

const kernelOf = (call: LayerToWrite, name: string): string =>
  reordered(
    call,
    name,
    (shape) => kernelOrder(shape.length).map((axis) => shape[axis]!),
    (values, shape) => transposeValues(values, shape, kernelOrder(shape.length)),
  );

interface Windows {
  sizes: readonly number[];
  strides: readonly number[];
  dilation: readonly number[];
  padding: Padding;
}

/** Zeros before all axes, then after them, as ONNX lists them. */
function padsOf({ sizes, strides, dilation, padding }: Windows, sample: Shape): number[] {
  const pairs = sizes.map((size, axis): readonly [number, number] => {
    const reach = reachOf(size, dilation[axis]!);
    if (padding === 'same') return samePads(sample[axis]!, reach, strides[axis]!);
    return padding === 'causal' ? [reach - 1, 0] : [0, 0];
  });
  return [...pairs.map(([before]) => before), ...pairs.map(([, after]) => after)];
}

const windowsOf = ({ config }: LayerToWrite): Windows => ({
  sizes: config.kernelSize as number[],
  strides: config.strides as number[],
  dilation: config.dilationRate as number[],
  padding: config.padding as Padding,
});

/** A convolution with a kernel that is [...sizes, channels / groups, filters]. */
function convolve(
  call: LayerToWrite,
  x: Value,
  kernel: string,
  windows: Windows,
  groups: number,
  bias: boolean,
): string {
  const { builder } = call;
  const inputs = [builder.channelsFirst(x), kernelOf(call, kernel), ...(bias ? [initializerOf(call, 'bias')] : [])];
  return builder.op('Conv', inputs, {
    kernel_shape: windows.sizes,
    strides: windows.strides,
    dilations: windows.dilation,
    pads: padsOf(windows, x.shape),
    group: groups,
  });
}

function finish(call: LayerToWrite, result: string): Value {
  const value = call.builder.fromChannelsFirst(result, call.outputShapes[0]!);
  return activate(call, call.config.activation, value);
}

const convolution: LayerWriter = (call) => {
  const { config, inputs, has } = call;
  return finish(call, convolve(call, inputs[0]!, 'kernel', windowsOf(call), config.groups as number, has('bias')));
};

const depthwise: LayerWriter = (call) => {
  const x = call.inputs[0]!;
  return finish(call, convolve(call, x, 'depthwiseKernel', windowsOf(call), x.shape.at(-1)!, call.has('bias')));
};

const separable: LayerWriter = (call) => {
  const x = call.inputs[0]!;
  const between = convolve(call, x, 'depthwiseKernel', windowsOf(call), x.shape.at(-1)!, false);
  const [spatial, channels] = [call.outputShapes[0]!.slice(0, -1), call.weight('depthwiseKernel').shape.at(-1)!];
  const ones = spatial.map(() => 1);
  const pointwise: Windows = { sizes: ones, strides: ones, dilation: ones, padding: 'valid' };
  const value = call.builder.fromChannelsFirst(between, [...spatial, channels]);
  return finish(call, convolve(call, value, 'pointwiseKernel', pointwise, 1, call.has('bias')));
};

const transposed: LayerWriter = (call) => {
  const { builder, config, inputs, has } = call;
  const [sizes, strides, dilations] = [config.kernelSize, config.strides, config.dilationRate] as [
    number[],
    number[],
    number[],
  ];
  const cuts = config.padding as 'same' | 'valid' | number[];
  const added = config.outputPadding as number[];
  const pads = sizes.map((size, axis) => {
    const cut = cuts === 'same' ? cuts : cuts === 'valid' ? 0 : cuts[axis]!;
    const side = inputs[0]!.shape[axis]!;
    return spreadOf(side, reachOf(size, dilations[axis]!), strides[axis]!, cut, added[axis]!).pads;
  });
  const operands = [
    builder.channelsFirst(inputs[0]!),
    kernelOf(call, 'kernel'),
    ...(has('bias') ? [initializerOf(call, 'bias')] : []),
  ];
  const result = builder.op('ConvTranspose', operands, {
    kernel_shape: sizes,
    strides,
    dilations,
    pads: [...pads.map(([before]) => before), ...pads.map(([, after]) => Math.max(after, 0))],
    // Where more is wanted than the inputs reach.
    output_padding: pads.map(([, after]) => Math.max(-after, 0)),
  });
  return finish(call, result);
};

const pooling =
  (opType: string, own: Attributes = {}): LayerWriter =>
  ({ builder, config, inputs, outputShapes }) => {
    const sizes = config.poolSize as number[];
    const windows = { sizes, strides: config.strides as number[], dilation: sizes.map(() => 1) };
    const pads = padsOf({ ...windows, padding: config.padding as Padding }, inputs[0]!.shape);
    const attributes = { kernel_shape: sizes, strides: windows.strides, pads, ...own };
    return builder.fromChannelsFirst(
      builder.op(opType, [builder.channelsFirst(inputs[0]!)], attributes),
      outputShapes[0]!,
    );
  };

const globalPooling =
  (opType: string): LayerWriter =>
  (call) => {
    const { builder, config, inputs, outputShapes, mask } = call;
    const x = inputs[0]!;
    const counts = x.rank === 3 && opType === 'GlobalAveragePool' ? mask() : undefined;
    if (counts !== undefined) return maskedMean(call, counts);
    const pooled = builder.op(opType, [builder.channelsFirst(x)]);
    if (config.keepDims === true) return builder.fromChannelsFirst(pooled, outputShapes[0]!);
    return builder.value(builder.op('Flatten', [pooled], { axis: 1 }), outputShapes[0]!);
  };

/** The mean over the steps that count. */
function maskedMean({ builder, config, inputs, outputShapes }: LayerToWrite, mask: string): Value {
  const keepdims = Number(config.keepDims === true);
  const axis = builder.ints([1]);
  const weights = builder.op('Unsqueeze', [mask, builder.ints([2])]);
  const sum = builder.op('ReduceSum', [builder.op('Mul', [builder.plain(inputs[0]!), weights]), axis], { keepdims });
  const count = builder.op('Max', [builder.op('ReduceSum', [weights, axis], { keepdims }), builder.floats([1])]);
  return builder.value(builder.op('Div', [sum, count]), outputShapes[0]!);
}

export const spatial = {
  conv1d: convolution,
  conv2d: convolution,
  depthwiseConv1d: depthwise,
  depthwiseConv2d: depthwise,
  separableConv1d: separable,
  separableConv2d: separable,
  conv1dTranspose: transposed,
  conv2dTranspose: transposed,
  maxPooling1d: pooling('MaxPool'),
  maxPooling2d: pooling('MaxPool'),
  // Padding does not count.
  averagePooling1d: pooling('AveragePool', { count_include_pad: 0 }),
  averagePooling2d: pooling('AveragePool', { count_include_pad: 0 }),
  globalMaxPooling1d: globalPooling('GlobalMaxPool'),
  globalMaxPooling2d: globalPooling('GlobalMaxPool'),
  globalAveragePooling1d: globalPooling('GlobalAveragePool'),
  globalAveragePooling2d: globalPooling('GlobalAveragePool'),
} satisfies Record<string, LayerWriter>;
