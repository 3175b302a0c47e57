// Weights in a file: as they are, or kernels in fewer bits. See docs/decisions/0020-int8-weights.md.

import { fromFloat16, LARGEST_FLOAT16, toFloat16 } from '../../formats/float16.js';
import type { StoredTensor } from '../../formats/safetensors.js';
import { sizeOf, type Shape } from '../../graph/shape.js';
import { DataError } from '../../runtime/errors.js';
import { findKernels, type Kernel } from '../kernels.js';
import type { Network } from '../network.js';
import { PARAMETERS, type ParameterStore } from '../parameters.js';
import { bytesOf, tensorOf } from './values.js';

/** How a file stores kernels; biases, moments and parameters of normalisations are always float32. */
export type WeightFormat = 'float32' | 'float16' | 'int8';

type NamedTensor = readonly [name: string, tensor: StoredTensor];

/** The tensor of a kernel's scales. */
export const scaleTensor = (path: string): string => `${path}.scale`;

const LARGEST_INT8 = 127;
/** The least scale, 2^-126: one that is no normal number would have lost digits. */
const LEAST_SCALE = 1.1754943508222875e-38;

/** The parameters as tensors of a file. @throws DataError for a kernel that the format can't hold. */
export function writeWeights(network: Network, store: ParameterStore, format: WeightFormat): NamedTensor[] {
  const kernels = format === 'float32' ? undefined : findKernels(network);
  return Object.entries(store.views(PARAMETERS)).flatMap(([path, values]): NamedTensor[] => {
    const { shape } = store.segment(path);
    const kernel = kernels?.get(path);
    if (!kernel) return [[path, tensorOf(values, shape)]];
    return format === 'float16' ? writeFloat16(path, values, shape) : writeInt8(path, values, shape, kernel);
  });
}

function writeFloat16(path: string, values: Float32Array, shape: Shape): NamedTensor[] {
  const bits = toFloat16(values);
  const at = bits.findIndex((half) => (half & 0x7c00) === 0x7c00);
  if (at >= 0) {
    throw new DataError(
      `save: value ${at} of ${path} is ${values[at]}, and float16 ends at ${LARGEST_FLOAT16}. Save with weights 'int8' or 'float32'.`,
    );
  }
  return [[path, { dtype: 'F16', shape, bytes: bytesOf(bits) }]];
}

function writeInt8(path: string, values: Float32Array, shape: Shape, { axis }: Kernel): NamedTensor[] {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw new DataError(`save: value ${at} of ${path} is ${values[at]}, which int8 can't hold.`);
  const { quantized, scales } = quantizeKernel(values, shape, axis);
  const scaleShape = shape.map((side, i) => (i === axis ? side : 1));
  return [
    [path, { dtype: 'I8', shape, bytes: bytesOf(quantized) }],
    [scaleTensor(path), tensorOf(scales, scaleShape)],
  ];
}

/** Index along an axis of each value. */
function positionsAlong(shape: Shape, axis: number): (index: number) => number {
  const inner = sizeOf(shape.slice(axis + 1));
  const side = shape[axis]!;
  return (index) => Math.floor(index / inner) % side;
}

/** For each index of the axis scale = max|w| / 127, and round(w / scale), ties to the even one. */
export function quantizeKernel(
  values: Float32Array,
  shape: Shape,
  axis: number,
): { quantized: Int8Array; scales: Float32Array } {
  const positionOf = positionsAlong(shape, axis);
  const scales = new Float32Array(shape[axis]!);
  values.forEach((value, i) => {
    const at = positionOf(i);
    scales[at] = Math.max(scales[at]!, Math.abs(value));
  });
  scales.forEach((largest, i) => (scales[i] = Math.max(largest / LARGEST_INT8, LEAST_SCALE)));
  const quantized = Int8Array.from(values, (value, i) => {
    const rounded = roundToEven(value / scales[positionOf(i)]!);
    return Math.max(-LARGEST_INT8, Math.min(LARGEST_INT8, rounded));
  });
  return { quantized, scales };
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** What a parameter is in a file, once it is checked. */
export interface StoredWeights {
  tensor: StoredTensor;
  /** Of an int8 kernel, along which axis. */
  scales?: { values: Float32Array; axis: number };
}

/** Which parameters of a file the model is to hold as int8. */
export function int8Kernels(network: Network, weights: ReadonlyMap<string, StoredWeights>): Set<string> {
  const stored = [...weights].filter(([, { scales }]) => scales);
  if (stored.length === 0) return new Set();
  const kernels = findKernels(network);
  return new Set(
    stored.flatMap(([path, { scales, tensor }]) =>
      kernels.get(path)?.runsAsInt8 && scales!.axis === tensor.shape.length - 1 ? [path] : [],
    ),
  );
}

/** Writes a parameter of a file into its float32 values. */
export function readWeights({ tensor, scales }: StoredWeights, target: Float32Array): void {
  const { dtype, shape, bytes } = tensor;
  if (dtype === 'F16') {
    fromFloat16(new Uint16Array(bytes.slice().buffer), target);
  } else if (scales) {
    const positionOf = positionsAlong(shape, scales.axis);
    int8Values(tensor).forEach((value, i) => (target[i] = value * scales.values[positionOf(i)]!));
  } else {
    bytesOf(target).set(bytes);
  }
}

export const int8Values = ({ bytes }: StoredTensor): Int8Array =>
  new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Checks the scales of an int8 kernel: its shape with all sides 1 but one, that of the outputs or of a table's rows; finite and positive.
 *
 * @returns What was expected and is not there, or the scales.
 */
export function readScales(shape: Shape, tensor: StoredTensor | undefined): StoredWeights['scales'] | string {
  const axes = [shape.length - 1, 0];
  const axis = axes.find(
    (own) =>
      tensor?.shape.length === shape.length && tensor.shape.every((side, i) => side === (i === own ? shape[i] : 1)),
  );
  if (tensor?.dtype !== 'F32' || axis === undefined) {
    return `F32 scales, one for each index of the last or the first axis of [${shape.join(', ')}]`;
  }
  const values = new Float32Array(tensor.bytes.slice().buffer);
  const odd = values.find((scale) => !(scale > 0 && scale < Infinity));
  return odd === undefined ? { values, axis } : `scales above 0 and finite, not ${odd}`;
}
