// Samples of the convolutions: one list of geometries for all three.

import type { Convolution, Pair } from '../graph/op.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import { positionsOf, reachOf } from '../graph/windows.js';
import type { OpSample } from './sample.js';

interface Case {
  name: string;
  /** Batch, height, width, channels. */
  x: readonly [number, number, number, number];
  filters: number;
  kernel: Pair;
  geometry: Convolution;
}

const NO_PADS: Pair<Pair> = [
  [0, 0],
  [0, 0],
];

function makeCase(
  name: string,
  x: Case['x'],
  filters: number,
  kernel: Pair,
  geometry: Partial<Convolution> = {},
): Case {
  return {
    name,
    x,
    filters,
    kernel,
    geometry: { strides: [1, 1], dilation: [1, 1], pads: NO_PADS, groups: 1, ...geometry },
  };
}

const around = (before: number, after = before): Pair<Pair> => [
  [before, after],
  [before, after],
];

const CASES: readonly Case[] = [
  makeCase('1 channel, 1 filter', [1, 3, 3, 1], 1, [3, 3]),
  makeCase('3x3 of 1 channel', [2, 7, 8, 1], 5, [3, 3]),
  makeCase('5x5, padded', [1, 6, 7, 3], 8, [5, 5], { pads: around(2) }),
  makeCase('1x1', [2, 3, 5, 4], 9, [1, 1]),
  makeCase('1x1, stride 2', [2, 5, 5, 3], 4, [1, 1], { strides: [2, 2] }),
  makeCase('stride 2, padded after', [2, 6, 8, 5], 7, [3, 3], { strides: [2, 2], pads: around(0, 1) }),
  makeCase('strides 3 and 2', [1, 9, 7, 4], 3, [2, 4], {
    strides: [3, 2],
    pads: [
      [1, 0],
      [1, 2],
    ],
  }),
  makeCase('stride beyond the kernel', [1, 8, 7, 3], 5, [2, 1], { strides: [3, 3] }),
  makeCase('dilated', [1, 8, 9, 4], 5, [3, 2], { dilation: [2, 3], pads: around(2) }),
  makeCase('dilated, strides 2 and 3', [1, 9, 10, 3], 4, [3, 3], {
    dilation: [2, 2],
    strides: [2, 3],
    pads: around(1),
  }),
  makeCase('causal', [2, 1, 9, 3], 4, [1, 3], {
    dilation: [1, 2],
    pads: [
      [0, 0],
      [4, 0],
    ],
  }),
  makeCase('padding beyond the kernel', [1, 2, 2, 2], 3, [2, 2], { pads: around(3) }),
  makeCase('rows cut off', [1, 6, 6, 2], 3, [2, 2], {
    pads: [
      [0, -1],
      [-1, 0],
    ],
  }),
  makeCase('2 groups', [1, 5, 6, 6], 10, [3, 3], { groups: 2, pads: around(1) }),
  makeCase('4 groups, stride 2', [2, 5, 5, 8], 12, [3, 2], { groups: 4, strides: [2, 2] }),
  makeCase('17 channels and filters', [1, 5, 5, 17], 17, [3, 3], { pads: around(1) }),
  makeCase('deeper than a block', [1, 4, 5, 40], 11, [3, 3], { pads: around(1) }),
  makeCase('more pixels than a block', [3, 11, 12, 2], 9, [2, 2]),
  makeCase('more columns than a block', [1, 2, 3, 2], 517, [2, 2]),
  makeCase('more kernel rows than are laid out', [1, 3, 4, 31], 6, [3, 3], { pads: around(1) }),
  makeCase('whole tiles', [2, 10, 10, 16], 24, [3, 3]),
  makeCase('tiles over the border', [3, 11, 13, 20], 16, [3, 3], { pads: around(1) }),
  // Their input gradients are not done as tiles, but pieces of them might be.
  makeCase('tiles that waste too much', [1, 9, 9, 16], 16, [3, 3]),
  makeCase('5x5, stride 2, many channels', [1, 17, 17, 16], 16, [5, 5], { strides: [2, 2] }),
  makeCase('more tiles than a block', [1, 38, 38, 32], 16, [3, 3], { pads: around(1) }),
  makeCase('depthwise', [2, 5, 6, 5], 5, [3, 3], { groups: 5, pads: around(1) }),
  makeCase('depthwise, 17 channels, stride 2', [1, 6, 7, 17], 17, [3, 2], {
    groups: 17,
    strides: [2, 2],
    pads: around(1),
  }),
  makeCase('depthwise, dilated', [1, 7, 7, 8], 8, [3, 3], { groups: 8, dilation: [2, 2] }),
  makeCase('depthwise, dilated, padded, stride 3', [1, 8, 9, 6], 6, [3, 3], { groups: 6, dilation: [2, 3], strides: [3, 2], pads: around(3, 2) }), // prettier-ignore
  makeCase('depthwise, 3 filters a channel', [2, 5, 5, 4], 12, [3, 3], { groups: 4, strides: [2, 1], pads: around(1) }),
  makeCase('depthwise, many pixels', [2, 14, 13, 4], 4, [3, 3], { groups: 4, pads: around(1) }),
];

const shapesOf = ({ x, filters, kernel, geometry }: Case) => {
  const { strides, dilation, pads, groups } = geometry;
  const side = (axis: 0 | 1) =>
    positionsOf(x[axis + 1]!, reachOf(kernel[axis], dilation[axis]), strides[axis], pads[axis]);
  return { x, kernel: [...kernel, x[3] / groups, filters], y: [x[0], side(0), side(1), filters] };
};

type Role = 'x' | 'kernel' | 'y';

/** Calls `visit` with the flat positions in x, kernel and y of every product of a convolution. */
function visitProducts(
  shapes: Readonly<Record<Role, Shape>>,
  geometry: Convolution,
  visit: (at: Record<Role, number>) => void,
) {
  const [batch, height, width, channels] = shapes.x as [number, number, number, number];
  const [kernelHeight, kernelWidth, depth, filters] = shapes.kernel as [number, number, number, number];
  const [, rows, columns] = shapes.y as [number, number, number];
  const { strides, dilation, pads, groups } = geometry;
  for (let at = 0; at < batch * rows * columns * kernelHeight * kernelWidth; at++) {
    const tapX = at % kernelWidth;
    const tapY = Math.floor(at / kernelWidth) % kernelHeight;
    const pixel = Math.floor(at / kernelWidth / kernelHeight);
    const y = (Math.floor(pixel / columns) % rows) * strides[0] + tapY * dilation[0] - pads[0][0];
    const x = (pixel % columns) * strides[1] + tapX * dilation[1] - pads[1][0];
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    const item = Math.floor(pixel / columns / rows);
    for (let filter = 0; filter < filters; filter++) {
      const first = Math.floor(filter / (filters / groups)) * depth;
      for (let channel = 0; channel < depth; channel++) {
        visit({
          x: ((item * height + y) * width + x) * channels + first + channel,
          kernel: ((tapY * kernelWidth + tapX) * depth + channel) * filters + filter,
          y: pixel * filters + filter,
        });
      }
    }
  }
}

/** Samples of the convolution that computes `result` of the other two. */
function samplesFor(
  result: Role,
  operands: readonly [Role, Role],
  build: (geometry: Convolution, sample: Case) => OpSample['build'],
) {
  return CASES.map((sample): OpSample => {
    const shapes = shapesOf(sample);
    const terms = (sizeOf(shapes.y) * (sizeOf(shapes.kernel) / sample.filters)) / sizeOf(shapes[result]);
    return {
      name: sample.name,
      inputs: operands.map((role) => ({ shape: shapes[role] })),
      build: build(sample.geometry, sample),
      reference: ([left, right]) => {
        const sums = new Float64Array(sizeOf(shapes[result]));
        visitProducts(
          shapes,
          sample.geometry,
          (at) => (sums[at[result]]! += left![at[operands[0]]]! * right![at[operands[1]]]!),
        );
        return sums;
      },
      tolerance: 1e-5 * Math.max(1, Math.sqrt(terms)),
    };
  });
}

/** `filters`: of a group. */
const epilogueSample = (name: string, transposed: boolean, groups: number, filters = 6): OpSample => {
  const geometry: Convolution = { strides: [2, 2], dilation: [1, 1], pads: around(0, 1), groups };
  const plain = makeCase(name, [1, 6, 6, 4], filters * groups, [1, 3], geometry);
  const shapes = shapesOf(groups > 1 ? { ...plain, x: [1, 6, 6, groups] } : plain);
  const [from, to] = transposed ? (['y', 'x'] as const) : (['x', 'y'] as const);
  const channels = shapes[to][3];
  return {
    name,
    inputs: [{ shape: shapes[from] }, { shape: shapes.kernel }, { shape: [channels] }],
    build: ([x, kernel, bias]) =>
      (transposed
        ? x!.graph.emit('conv2dInputGradient', [x!, kernel!], { ...geometry, size: [6, 6] })
        : x!.graph.emit('conv2d', [x!, kernel!], geometry)
      )
        .add(bias!)
        .sigmoid(),
    reference: ([x, kernel, bias]) => {
      const sums = Float64Array.from({ length: sizeOf(shapes[to]) }, (_, i) => bias![i % channels]!);
      visitProducts(shapes, geometry, (at) => (sums[at[to]]! += x![at[from]]! * kernel![at.kernel]!));
      return sums.map((sum) => 1 / (1 + Math.exp(-sum)));
    },
  };
};

export const conv2dSamples = (): OpSample[] => [
  ...samplesFor(
    'y',
    ['x', 'kernel'],
    (geometry) =>
      ([x, kernel]) =>
        x!.graph.emit('conv2d', [x!, kernel!], geometry),
  ),
  epilogueSample('with bias and sigmoid', false, 1),
  epilogueSample('depthwise with bias and sigmoid', false, 5),
  epilogueSample('depthwise, 37 channels, with bias and sigmoid', false, 37, 1),
];

export const conv2dInputGradientSamples = (): OpSample[] => [
  ...samplesFor(
    'x',
    ['y', 'kernel'],
    (geometry, { x }) =>
      ([dy, kernel]) =>
        dy!.graph.emit('conv2dInputGradient', [dy!, kernel!], { ...geometry, size: [x[1], x[2]] }),
  ),
  epilogueSample('with bias and sigmoid', true, 1),
  epilogueSample('depthwise with bias and sigmoid', true, 5),
  epilogueSample('depthwise, 37 channels, with bias and sigmoid', true, 37, 1),
];

export const conv2dKernelGradientSamples = (): OpSample[] =>
  samplesFor(
    'kernel',
    ['x', 'y'],
    (geometry, { kernel }) =>
      ([x, dy]) =>
        x!.graph.emit('conv2dKernelGradient', [x!, dy!], { ...geometry, size: kernel }),
  );
