// Largest and mean values of windows over images. Kernel twin: assembly/ops/pool2d.ts.

import { Opcode, Pool2dField } from '../../assembly/opcodes.js';
import { StateError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { OpRule, Pair, Pooling } from '../graph/op.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { positionsOf } from '../graph/windows.js';
import type { OpSample } from './sample.js';
import { checkImages, checkResult, sizeOfImage, windowCounts } from './windows.js';

/** y = the largest or mean value of each window, for each channel; padding does not count. */
export const pool2dRule: OpRule<'pool2d'> = {
  infer(inputs, attributes) {
    const [x] = inputs as [Tensor];
    const where = checkImages('pool2d', inputs);
    const counts = windowCounts(where, x.shape, attributes.size, attributes);
    return { shape: [x.shape[0]!, ...counts, x.shape[3]!], dtype: 'float32' };
  },
  gradient(node, dy) {
    const [x] = node.inputs as [Tensor];
    const inputs = node.attributes.kind === 'max' ? [dy, x] : [dy];
    return [node.graph.emit('pool2dGradient', inputs, { ...node.attributes, imageSize: sizeOfImage(x) })];
  },
  flops: (node) => node.size * node.attributes.size[0] * node.attributes.size[1],
  lower([result], { address }) {
    const node = result as Tensor<'pool2d'>;
    const [x] = node.inputs as [Tensor];
    const pointers = { sourcePointer: address(x), gradientPointer: 0, targetPointer: address(node) };
    return [encode(Opcode.pool2d, Pool2dField, { ...pointers, ...fields(x.shape, node.shape, node.attributes) })];
  },
};

export const pool2dGradientRule: OpRule<'pool2dGradient'> = {
  infer(inputs, attributes) {
    const [dy] = inputs as [Tensor];
    const where = checkImages('pool2dGradient', inputs);
    const shape = [dy.shape[0]!, ...attributes.imageSize, dy.shape[3]!];
    checkResult(where, dy, shape, attributes.size, attributes);
    return { shape, dtype: 'float32' };
  },
  /** That of means is linear, and its gradient their mean. */
  gradient(node, dx) {
    const { kind, size, strides, pads } = node.attributes;
    if (kind === 'average') return [node.graph.emit('pool2d', [dx], { kind, size, strides, pads })];
    throw new StateError(`${node.describe()}: the gradient of largest values cannot be differentiated again.`);
  },
  flops: (node) => node.inputs[0]!.size * node.attributes.size[0] * node.attributes.size[1],
  lower([result], { address }) {
    const node = result as Tensor<'pool2dGradient'>;
    const [dy, x] = node.inputs as [Tensor, Tensor?];
    const pointers = {
      sourcePointer: x ? address(x) : 0,
      gradientPointer: address(dy),
      targetPointer: address(node),
    };
    return [
      encode(Opcode.pool2dGradient, Pool2dField, { ...pointers, ...fields(node.shape, dy.shape, node.attributes) }),
    ];
  },
};

function fields(images: Shape, windows: Shape, { kind, size, strides, pads }: Pooling) {
  const [batch, height, width, channels] = images as [number, number, number, number];
  return {
    isMean: Number(kind === 'average'),
    batch,
    height,
    width,
    channels,
    rowsY: windows[1]!,
    rowsX: windows[2]!,
    windowY: size[0],
    windowX: size[1],
    strideY: strides[0],
    strideX: strides[1],
    beforeY: pads[0][0],
    beforeX: pads[1][0],
  };
}

interface Case {
  name: string;
  x: readonly [number, number, number, number];
  size: Pair;
  strides: Pair;
  pads?: Pair<Pair>;
  values?: readonly number[];
}

const CASES: readonly Case[] = [
  { name: '2x2 of 1 channel', x: [2, 4, 6, 1], size: [2, 2], strides: [2, 2] },
  { name: '2x2 of 17 channels', x: [2, 5, 4, 17], size: [2, 2], strides: [2, 2] },
  { name: 'overlapping, padded', x: [1, 5, 6, 4], size: [3, 3], strides: [1, 1], pads: [[1, 1], [1, 1]] }, // prettier-ignore
  { name: 'overlapping, stride 2', x: [3, 7, 7, 5], size: [3, 3], strides: [2, 2] },
  { name: '2x3, strides 1 and 2', x: [1, 5, 7, 8], size: [2, 3], strides: [1, 2], pads: [[0, 1], [1, 1]] }, // prettier-ignore
  { name: 'overlapping in one axis', x: [1, 6, 7, 3], size: [2, 3], strides: [2, 1] },
  { name: 'overlapping in the other', x: [1, 6, 7, 3], size: [3, 2], strides: [1, 2] },
  { name: 'tiles that reach over the border', x: [2, 5, 7, 6], size: [2, 3], strides: [2, 3], pads: [[0, 1], [1, 1]] }, // prettier-ignore
  { name: 'tiles that leave a column', x: [2, 4, 7, 6], size: [2, 2], strides: [2, 2] },
  { name: 'gaps', x: [1, 7, 8, 3], size: [2, 2], strides: [3, 3] },
];

const geometryOf = ({ size, strides, pads = [[0, 0], [0, 0]] }: Case) => ({ size, strides, pads }); // prettier-ignore

/** Flat positions in x under each value of y. */
function windowsOf(sample: Case): { shape: Shape; under: number[][] } {
  const [batch, height, width, channels] = sample.x;
  const { size, strides, pads } = geometryOf(sample);
  const [rows, columns] = [0, 1].map((axis) =>
    positionsOf(sample.x[axis + 1]!, size[axis]!, strides[axis]!, pads[axis]!),
  ) as [number, number];
  const shape = [batch, rows, columns, channels];
  const along = (row: number, axis: 0 | 1, side: number) =>
    Array.from({ length: size[axis] }, (_, i) => row * strides[axis] - pads[axis][0] + i).filter(
      (at) => at >= 0 && at < side,
    );
  const under = Array.from({ length: sizeOf(shape) }, (_, index) => {
    const [channel, pixel] = [index % channels, Math.floor(index / channels)];
    const [x, y, item] = [pixel % columns, Math.floor(pixel / columns) % rows, Math.floor(pixel / columns / rows)];
    return along(y, 0, height).flatMap((line) =>
      along(x, 1, width).map((at) => ((item * height + line) * width + at) * channels + channel),
    );
  });
  return { shape, under };
}

/** The first largest value, or the first NaN, of those at `places`. */
const firstMaximum = (x: ArrayLike<number>, places: readonly number[]): number =>
  places.reduce((best, at) => (x[at]! <= x[best]! || Number.isNaN(x[best]!) ? best : at));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Ties, infinities and NaNs, in four windows of 2x2. */
const SPECIAL: Case = {
  name: 'ties and NaN',
  x: [1, 4, 4, 1],
  size: [2, 2],
  strides: [2, 2],
  values: [3, 3, 1, NaN, 3, 3, NaN, 7, -Infinity, -1e30, 0, 0, -1e30, -Infinity, -0, 0],
};

export const pool2dSamples = (): OpSample[] =>
  (['max', 'average'] as const).flatMap((kind) =>
    [...CASES, SPECIAL].map((sample): OpSample => {
      const { under } = windowsOf(sample);
      return {
        name: `${kind} ${sample.name}`,
        inputs: [{ shape: sample.x, ...(sample.values && { values: sample.values }) }],
        build: ([x]) => x!.graph.emit('pool2d', [x!], { kind, ...geometryOf(sample) }),
        reference: ([x]) =>
          under.map((places) =>
            kind === 'max' ? x![firstMaximum(x!, places)]! : sum(places.map((at) => x![at]!)) / places.length,
          ),
        isSmooth: !sample.values,
      };
    }),
  );

export const pool2dGradientSamples = (): OpSample[] =>
  (['max', 'average'] as const).flatMap((kind) =>
    [...CASES, SPECIAL].map((sample): OpSample => {
      const { shape, under } = windowsOf(sample);
      const images = { shape: sample.x, ...(sample.values && { values: sample.values }) };
      return {
        name: `${kind} ${sample.name}`,
        inputs: kind === 'max' ? [{ shape }, images] : [{ shape }],
        build: (inputs) =>
          inputs[0]!.graph.emit('pool2dGradient', inputs, {
            kind,
            ...geometryOf(sample),
            imageSize: [sample.x[1], sample.x[2]],
          }),
        reference: ([dy, x]) => {
          const dx = new Float64Array(sizeOf(sample.x));
          under.forEach((places, i) => {
            const receivers = kind === 'max' ? [firstMaximum(x!, places)] : places;
            for (const at of receivers) dx[at]! += dy![i]! / receivers.length;
          });
          return dx;
        },
        // The gradient of largest values is not differentiated again.
        isSmooth: kind === 'average',
      };
    }),
  );
