// Convolutions, pooling and resizing. ONNX has the channels behind the batch.

import type { Shape } from '../../../graph/shape.js';
import { reachOf, samePads } from '../../../graph/windows.js';
import { conv1d, conv2d, depthwiseConv1d, depthwiseConv2d } from '../../../layers/convolution.js';
import type { AnyLayer } from '../../../layers/layer.js';
import {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
} from '../../../layers/pooling.js';
import {
  cropping1d,
  cropping2d,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
} from '../../../layers/resampling.js';
import { conv1dTranspose, conv2dTranspose } from '../../../layers/transposedConvolution.js';
import { channelsFirst, transposeValues } from '../axes.js';
import { operatorLayer } from './operator.js';
import type { NodeReader, Operator } from './reader.js';
import type { Activation, Entry } from './values.js';

type Pads = readonly (readonly [number, number])[];

/** 1 for sequences, 2 for images. */
function dimensionsOf(n: NodeReader, x: Activation): 1 | 2 {
  const rank = x.order.length;
  return rank === 3 || rank === 4 ? ((rank - 2) as 1 | 2) : n.fail('sequences or images: rank 3 or 4', `rank ${rank}`);
}

/** [out, in, ...sizes] as [...sizes, in, out]. */
function kernelOf(values: Float32Array, dims: Shape): Float32Array {
  const order = [...dims.map((_, i) => i).slice(2), 1, 0];
  return transposeValues(values, dims, order);
}

/** One positive number for each axis. */
function sizes(n: NodeReader, name: string, count: number, fallback: readonly number[]): readonly number[] {
  const list = n.ints(name) ?? fallback;
  if (list.length === count && list.every((size) => size >= 1 && size < 2 ** 20)) return list;
  return n.fail(`attribute '${name}' to have ${count} positive numbers`, `[${list.join(', ')}]`);
}

interface Windows {
  dimensions: 1 | 2;
  kernel: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  /** Zeros around the axes of positions. */
  pads: Pads;
}

const AUTO_PADS = ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'];

function padsOf(n: NodeReader, sample: Shape, reach: readonly number[], strides: readonly number[]): Pads {
  const mode = n.text('auto_pad', 'NOTSET', AUTO_PADS);
  if (mode === 'VALID') return reach.map(() => [0, 0]);
  if (mode !== 'NOTSET') {
    return reach.map((side, axis) => {
      const [before, after] = samePads(sample[axis]!, side, strides[axis]!);
      return mode === 'SAME_UPPER' ? [before, after] : [after, before];
    });
  }
  const list = n.ints('pads') ?? reach.flatMap(() => [0, 0]);
  if (list.length !== 2 * reach.length || list.some((side) => side < 0 || side >= 2 ** 20)) {
    n.fail(`${2 * reach.length} widths of padding that are not negative`, `[${list.join(', ')}]`);
  }
  return reach.map((_, axis) => [list[axis]!, list[axis + reach.length]!]);
}

function windowsOf(n: NodeReader, x: Activation, sample: Shape, kernel: readonly number[]): Windows {
  const dimensions = dimensionsOf(n, x);
  const ones = kernel.map(() => 1);
  const strides = sizes(n, 'strides', dimensions, ones);
  const dilations = sizes(n, 'dilations', dimensions, ones);
  const reach = kernel.map((size, axis) => reachOf(size, dilations[axis]!));
  return { dimensions, kernel, strides, dilations, pads: padsOf(n, sample, reach, strides) };
}

const isZero = (pads: Pads): boolean => pads.every(([before, after]) => before === 0 && after === 0);

/** 'same' where the widths are those of the library, 'valid' where there are none; else they need a layer of their own. */
function paddingOf({ kernel, strides, dilations, pads }: Windows, sample: Shape): 'same' | 'valid' | undefined {
  if (isZero(pads)) return 'valid';
  const isSame = pads.every(([before, after], axis) => {
    const [first, last] = samePads(sample[axis]!, reachOf(kernel[axis]!, dilations[axis]!), strides[axis]!);
    return first === before && last === after;
  });
  return isSame ? 'same' : undefined;
}

const zeroPadded = (n: NodeReader, x: Activation['tensor'], dimensions: 1 | 2, pads: Pads) =>
  n.layer(
    (name) => {
      if (dimensions === 1) return zeroPadding1d(pads[0], { name });
      return zeroPadding2d(pads, { name });
    },
    [x],
  );

const withChannelsFirst = (n: NodeReader, tensor: Activation['tensor']): Entry =>
  n.result(tensor, channelsFirst(tensor.shape.length + 1));

function convolution(n: NodeReader): Entry {
  const given = n.activation(0);
  let x = n.channelsLast(given);
  const { dims, values } = n.weights(
    1,
    given.order.map(() => -1),
    'a kernel',
  );
  const windows = windowsOf(n, given, x.shape, sizes(n, 'kernel_shape', dims.length - 2, dims.slice(2)));
  if (String(windows.kernel) !== String(dims.slice(2)))
    n.fail(`attribute 'kernel_shape' [${dims.slice(2).join(', ')}]`, 'another');
  const groups = n.int('group', 1);
  const channels = x.shape.at(-1)!;
  const filters = dims[0]!;
  if (groups < 1 || dims[1]! * groups !== channels || filters % groups !== 0) {
    n.fail(`a kernel for ${channels} channels in ${groups} group(s)`, `[${dims.join(', ')}]`);
  }
  const padding = paddingOf(windows, x.shape);
  if (!padding) x = zeroPadded(n, x, windows.dimensions, windows.pads);
  const bias = n.has(2) ? n.weights(2, [filters], 'a bias').values : undefined;
  const kernel = kernelOf(values, dims);
  const options = (name: string) => ({
    name,
    strides: windows.strides,
    dilationRate: windows.dilations,
    padding: padding ?? 'valid',
    useBias: bias !== undefined,
    trainable: n.reader.options.isTrained(name),
  });
  const isDepthwise = groups > 1 && groups === channels;
  const make = (name: string): AnyLayer => {
    if (isDepthwise) {
      const depthwise = windows.dimensions === 1 ? depthwiseConv1d : depthwiseConv2d;
      return depthwise(windows.kernel, {
        ...options(name),
        depthMultiplier: filters / channels,
        depthwiseInitializer: 'zeros',
      });
    }
    const plain = windows.dimensions === 1 ? conv1d : conv2d;
    return plain(filters, windows.kernel, { ...options(name), groups, kernelInitializer: 'zeros' });
  };
  const weights = { [isDepthwise ? 'depthwiseKernel' : 'kernel']: kernel, ...(bias && { bias }) };
  return withChannelsFirst(n, n.layer(make, [x], weights));
}

function transposed(n: NodeReader): Entry {
  const given = n.activation(0);
  const x = n.channelsLast(given);
  const { dims, values } = n.weights(1, [x.shape.at(-1)!, ...given.order.slice(1).map(() => -1)], 'a kernel');
  if (n.int('group', 1) !== 1) n.fail("attribute 'group' to be 1", `${n.int('group', 1)}`);
  if (n.text('auto_pad', 'NOTSET', AUTO_PADS) !== 'NOTSET' || n.ints('output_shape')) {
    n.fail("padding in numbers ('pads' and 'output_padding')", "'auto_pad' or 'output_shape'");
  }
  const count = dims.length - 2;
  const strides = sizes(
    n,
    'strides',
    count,
    dims.slice(2).map(() => 1),
  );
  const dilationRate = sizes(
    n,
    'dilations',
    count,
    dims.slice(2).map(() => 1),
  );
  const list = n.ints('pads') ?? new Array<number>(2 * count).fill(0);
  const added = n.ints('output_padding') ?? new Array<number>(count).fill(0);
  // What is cut off the end less than off the front is added there, and what is cut off more is cut off afterwards.
  const before = list.slice(0, count);
  const difference = before.map((cut, axis) => cut - list[axis + count]! + added[axis]!);
  const outputPadding = difference.map((side) => Math.max(side, 0));
  const cuts = difference.map((side): readonly [number, number] => [0, Math.max(-side, 0)]);
  if (list.length !== 2 * count || added.length !== count)
    n.fail(`${2 * count} widths of padding`, `[${list.join(', ')}]`);
  const bias = n.has(2) ? n.weights(2, [dims[1]!], 'a bias').values : undefined;
  const { trainable } = n;
  const make = (name: string): AnyLayer =>
    (count === 1 ? conv1dTranspose : conv2dTranspose)(dims[1]!, dims.slice(2), {
      name,
      trainable,
      strides,
      dilationRate,
      padding: before,
      outputPadding,
      useBias: bias !== undefined,
      kernelInitializer: 'zeros',
    });
  const whole = n.layer(make, [x], { kernel: kernelOf(values, dims), ...(bias && { bias }) });
  if (isZero(cuts)) return withChannelsFirst(n, whole);
  const cut = (name: string): AnyLayer => (count === 1 ? cropping1d(cuts[0], { name }) : cropping2d(cuts, { name }));
  return withChannelsFirst(n, n.layer(cut, [whole]));
}

/** Less than any value that is finite. */
const LEAST = -3.4028234663852886e38;

const POOLS = {
  MaxPool: { 1: maxPooling1d, 2: maxPooling2d },
  AveragePool: { 1: averagePooling1d, 2: averagePooling2d },
} as const;

function pooling(n: NodeReader): Entry {
  const given = n.activation(0);
  let x = n.channelsLast(given);
  const dimensions = dimensionsOf(n, given);
  const windows = windowsOf(n, given, x.shape, sizes(n, 'kernel_shape', dimensions, n.ints('kernel_shape') ?? []));
  const { kernel, strides, dilations, pads } = windows;
  if (dilations.some((step) => step !== 1)) n.fail("attribute 'dilations' of 1", `[${dilations.join(', ')}]`);
  if (n.int('storage_order', 0) !== 0 || n.reader.isUsed(n.node.outputs[1])) n.fail('no second output', 'indices');
  const isMax = n.node.opType === 'MaxPool';
  const overhang = kernel.some(
    (size, axis) => (x.shape[axis]! + pads[axis]![0] + pads[axis]![1] - size) % strides[axis]! !== 0,
  );
  if (n.int('ceil_mode', 0) !== 0 && overhang) n.fail("attribute 'ceil_mode' of 0", 'windows over the border');
  const countsPads = !isMax && n.int('count_include_pad', 0) !== 0;
  const padding = countsPads && !isZero(pads) ? undefined : paddingOf(windows, x.shape);
  if (!padding) {
    if (isMax)
      x = n.layer((name) => operatorLayer({ operator: 'Pad', pads: [...pads, [0, 0]], value: LEAST, name }), [x]);
    else if (countsPads) x = zeroPadded(n, x, dimensions, pads);
    else n.fail("padding as of 'same', or 'count_include_pad' of 1", `pads ${JSON.stringify(pads)}`);
  }
  const make = POOLS[n.node.opType as keyof typeof POOLS][dimensions];
  return withChannelsFirst(
    n,
    n.layer((name) => make(kernel, { name, strides, padding: padding ?? 'valid' }), [x]),
  );
}

const globalPooling =
  (makers: { 1: (options: object) => AnyLayer; 2: (options: object) => AnyLayer }) =>
  (n: NodeReader): Entry => {
    const given = n.activation(0);
    const make = makers[dimensionsOf(n, given)];
    return withChannelsFirst(
      n,
      n.layer((name) => make({ name, keepDims: true }), [n.channelsLast(given)]),
    );
  };

/** Sides of an axis up to which weights of an interpolation are made. */
const MAXIMUM_INTERPOLATED = 2048;

function resize(n: NodeReader): Entry {
  const given = n.activation(0);
  const x = n.channelsLast(given);
  const dimensions = dimensionsOf(n, given);
  const mode = n.text('mode', 'nearest', ['nearest', 'linear']);
  const coordinates = n.text('coordinate_transformation_mode', 'half_pixel', [
    'asymmetric',
    'half_pixel',
    'pytorch_half_pixel',
  ]);
  const wanted = mode === 'nearest' ? coordinates === 'asymmetric' : coordinates !== 'asymmetric';
  if (!wanted)
    n.fail("'nearest' with 'asymmetric', or 'linear' with 'half_pixel' coordinates", `'${mode}' with '${coordinates}'`);
  if (mode === 'nearest') n.text('nearest_mode', 'round_prefer_floor', ['floor']);
  const listed = n.has(3)
    ? n.numbers(3).values.map((side, i) => (i < 2 ? 1 : side / x.shape[i - 2]!))
    : n.numbers(2).values;
  const [batch, channels, ...factors] = listed;
  const isWhole =
    factors.length === dimensions && factors.every((factor) => Number.isInteger(factor) && factor >= 1 && factor <= 64);
  if (!isWhole || batch !== 1 || channels !== 1)
    n.fail('whole factors for positions alone, at most 64', `[${listed.join(', ')}]`);
  if (mode === 'linear' && x.shape.slice(0, -1).some((side) => side > MAXIMUM_INTERPOLATED)) {
    n.fail(`sides of at most ${MAXIMUM_INTERPOLATED}`, `[${x.shape.join(', ')}]`);
  }
  const make = (name: string): AnyLayer => {
    if (dimensions === 1)
      return mode === 'nearest' ? upSampling1d(factors, { name }) : n.fail('images for a linear mode', 'sequences');
    return upSampling2d(factors, { name, interpolation: mode === 'nearest' ? 'nearest' : 'bilinear' });
  };
  return withChannelsFirst(n, n.layer(make, [x]));
}

const WINDOWS = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'];
const POOL = [...WINDOWS, 'ceil_mode', 'count_include_pad', 'storage_order'];

export const spatial: Readonly<Record<string, Operator>> = {
  Conv: { attributes: [...WINDOWS, 'group'], read: convolution },
  ConvTranspose: { attributes: [...WINDOWS, 'group', 'output_padding', 'output_shape'], read: transposed },
  MaxPool: { attributes: POOL, read: pooling },
  AveragePool: { attributes: POOL, read: pooling },
  GlobalMaxPool: { attributes: [], read: globalPooling({ 1: globalMaxPooling1d, 2: globalMaxPooling2d }) },
  GlobalAveragePool: { attributes: [], read: globalPooling({ 1: globalAveragePooling1d, 2: globalAveragePooling2d }) },
  Resize: {
    attributes: [
      'mode',
      'coordinate_transformation_mode',
      'nearest_mode',
      'cubic_coeff_a',
      'exclude_outside',
      'extrapolation_value',
      'keep_aspect_ratio_policy',
    ],
    read: resize,
  },
};
