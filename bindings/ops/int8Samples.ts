// Samples of products with int8 kernels, exact to the bit: of matrices, and of images.

import type { Convolution, Pair } from '../graph/op.js';
import type { Shape } from '../graph/shape.js';
import { positionsOf, reachOf } from '../graph/windows.js';
import type { OpSample, SampleInput } from './sample.js';

const { fround, round } = Math;

/** Halves to the even number. */
const roundToEven = (value: number): number => (Math.abs(value % 1) === 0.5 ? 2 * round(value / 2) : round(value));

/** Scales of columns: no powers of two, so that every rounding shows. */
const scalesOf = (columns: number): number[] =>
  Array.from({ length: columns }, (_, i) => fround((1 + (i % 5) / 7) / 100));

/** Each row as whole numbers, and its scale. */
function quantize(x: Float64Array, rows: number): { numbers: Float64Array; scales: number[] } {
  const width = x.length / rows;
  const numbers = new Float64Array(x.length);
  const scales = Array.from({ length: rows }, (_, row) => {
    const own = x.subarray(row * width, (row + 1) * width);
    const largest = own.reduce((most, value) => (Number.isNaN(value) ? NaN : Math.max(most, Math.abs(value))), 0);
    const factor = largest >= 2 ** -100 && largest < Infinity ? fround(127 / largest) : 0;
    own.forEach((value, i) => (numbers[row * width + i] = factor ? roundToEven(fround(value * factor)) : 0));
    return largest < Infinity ? fround(largest / 127) : NaN;
  });
  return { numbers, scales };
}

const kernelInput = (shape: Shape): SampleInput => ({
  shape,
  dtype: 'int8',
  range: [-127, 128],
  scales: scalesOf(shape.at(-1)!),
});

const finish = (sum: number, rowScale: number, columnScale: number, bias = 0): number =>
  fround(fround(fround(sum) * fround(rowScale * columnScale)) + bias);

function productReference(m: number, k: number, n: number, x: Float64Array, kernel: Float64Array, bias?: Float64Array) {
  const { numbers, scales } = quantize(x, m);
  const columns = scalesOf(n);
  return Float64Array.from({ length: m * n }, (_, index) => {
    const [i, j] = [Math.floor(index / n), index % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += numbers[i * k + p]! * kernel[p * n + j]!;
    return finish(sum, scales[i]!, columns[j]!, bias?.[j]);
  });
}

/** Nothing may differ. */
const EXACT = { tolerance: Number.MIN_VALUE, isSmooth: false } as const;

/** Below, at and above the tile of 5 x 8, and pairs of steps: (m, k, n). */
const SIZES = [
  [1, 1, 1],
  [1, 7, 9],
  [1, 32, 24],
  [2, 5, 17],
  [3, 2, 8],
  [5, 16, 8],
  [6, 33, 12],
  [33, 65, 31],
  [340, 3, 7],
  [16, 1700, 20],
] as const;

const infinite = (values: readonly number[]): SampleInput => ({ shape: [values.length / 4, 4], values });

/** Samples of `matmul` with an int8 kernel. */
export function matmulInt8Samples(): OpSample[] {
  const plain = SIZES.map(([m, k, n]): OpSample => ({
    name: `${m}x${k}x${n} int8`,
    inputs: [{ shape: [m, k] }, kernelInput([k, n])],
    build: ([x, kernel]) => x!.matmul(kernel!),
    reference: ([x, kernel]) => productReference(m, k, n, x!, kernel!),
    ...EXACT,
  }));
  const biased = { inputs: [{ shape: [2, 3, 6] }, kernelInput([6, 11]), { shape: [11] }] };
  const extremes = [0, -0, 0, 0, 1e-38, 1e-40, 0, -1e-38, 3e38, -3e38, 1e38, 0, Infinity, 1, 2, 3, NaN, 1, 2, 3];
  return [
    ...plain,
    {
      name: 'int8 with bias and relu, rows of a batch',
      ...biased,
      build: ([x, kernel, bias]) => x!.matmul(kernel!).add(bias!).relu(),
      reference: ([x, kernel, bias]) => productReference(6, 6, 11, x!, kernel!, bias).map((y) => Math.max(y, 0)),
      ...EXACT,
    },
    {
      name: 'int8 with bias and sigmoid',
      ...biased,
      build: ([x, kernel, bias]) => x!.matmul(kernel!).add(bias!).sigmoid(),
      reference: ([x, kernel, bias]) =>
        productReference(6, 6, 11, x!, kernel!, bias).map((y) => 1 / (1 + Math.exp(-y))),
      isSmooth: false,
    },
    {
      name: 'int8, rows of zeros, tiny, large and not finite',
      inputs: [infinite(extremes), kernelInput([4, 9])],
      build: ([x, kernel]) => x!.matmul(kernel!),
      reference: ([x, kernel]) => productReference(5, 4, 9, x!, kernel!),
      ...EXACT,
    },
  ];
}

interface Case {
  name: string;
  x: readonly [number, number, number, number];
  filters: number;
  kernel: Pair;
  geometry?: Partial<Convolution>;
}

const around = (before: number, after = before): Pair<Pair> => [
  [before, after],
  [before, after],
];

const CASES: readonly Case[] = [
  { name: '2 channels, 1 filter', x: [1, 3, 3, 2], filters: 1, kernel: [3, 3] },
  { name: '3x3 of 4 channels, padded', x: [2, 7, 8, 4], filters: 9, kernel: [3, 3], geometry: { pads: around(1) } },
  { name: '5x5 of 8 channels, padded', x: [1, 6, 7, 8], filters: 8, kernel: [5, 5], geometry: { pads: around(2) } },
  { name: '1x1, stride 2', x: [3, 5, 5, 6], filters: 17, kernel: [1, 1], geometry: { strides: [2, 2] } },
  { name: 'one pixel', x: [2, 1, 1, 10], filters: 5, kernel: [1, 1], geometry: { strides: [2, 1] } },
  {
    name: 'one pixel beside',
    x: [1, 1, 1, 4],
    filters: 5,
    kernel: [1, 1],
    geometry: { pads: around(1, 0), strides: [2, 2] },
  },
  {
    name: 'strides 3 and 2, uneven pads',
    x: [1, 9, 7, 6],
    filters: 3,
    kernel: [2, 4],
    geometry: {
      strides: [3, 2],
      pads: [
        [1, 0],
        [1, 2],
      ],
    },
  },
  { name: 'dilated', x: [2, 8, 9, 6], filters: 5, kernel: [3, 2], geometry: { dilation: [2, 3], pads: around(2) } },
  { name: 'rows taken away', x: [1, 8, 8, 4], filters: 4, kernel: [3, 3], geometry: { pads: around(-1) } },
  { name: 'larger than the image', x: [1, 2, 3, 16], filters: 24, kernel: [5, 5], geometry: { pads: around(3) } },
];

/** Samples of `conv2d` with an int8 kernel. */
export const conv2dInt8Samples = (): OpSample[] =>
  CASES.map(({ name, x, filters, kernel, geometry }): OpSample => {
    const full = { strides: [1, 1], dilation: [1, 1], pads: around(0), groups: 1, ...geometry } as const;
    return {
      name: `int8, ${name}`,
      inputs: [{ shape: x }, kernelInput([...kernel, x[3], filters]), { shape: [filters] }],
      build: ([images, values, bias]) => images!.graph.emit('conv2d', [images!, values!], full).add(bias!),
      reference: (inputs) => convolutionReference(x, filters, kernel, full, inputs),
      ...EXACT,
    };
  });

function convolutionReference(
  [batch, height, width, channels]: Case['x'],
  filters: number,
  [taps, tapsAcross]: Pair,
  { strides, dilation, pads }: Convolution,
  [x, kernel, bias]: readonly Float64Array[],
): Float64Array {
  const { numbers, scales } = quantize(x!, batch);
  const columns = scalesOf(filters);
  const rows = positionsOf(height, reachOf(taps, dilation[0]), strides[0], pads[0]);
  const across = positionsOf(width, reachOf(tapsAcross, dilation[1]), strides[1], pads[1]);
  const at = (item: number, y: number, z: number, channel: number): number =>
    y >= 0 && y < height && z >= 0 && z < width ? numbers[((item * height + y) * width + z) * channels + channel]! : 0;
  return Float64Array.from({ length: batch * rows * across * filters }, (_, index) => {
    const filter = index % filters;
    const pixel = Math.floor(index / filters);
    const [item, i, j] = [Math.floor(pixel / across / rows), Math.floor(pixel / across) % rows, pixel % across];
    let sum = 0;
    for (let a = 0; a < taps; a++) {
      for (let b = 0; b < tapsAcross; b++) {
        for (let channel = 0; channel < channels; channel++) {
          const value = at(
            item,
            i * strides[0] + a * dilation[0] - pads[0][0],
            j * strides[1] + b * dilation[1] - pads[1][0],
            channel,
          );
          sum += value * kernel![((a * tapsAcross + b) * channels + channel) * filters + filter]!;
        }
      }
    }
    return finish(sum, scales[item]!, columns[filter]!, bias![filter]);
  });
}
