// Two-dimensional convolutions and their gradients, which are convolutions again. Kernel twins: assembly/ops/conv2d.ts and
// assembly/ops/depthwiseConv2d.ts. All geometry is resolved here: the kernels walk rows and taps with steps they are given.

import { Conv2dField, Opcode } from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode, type InstructionWords } from '../graph/encode.js';
import type { Convolution, LowerContext, OpRule, Pair } from '../graph/op.js';
import { formatShape, stridesOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { reachOf } from '../graph/windows.js';
import { absorbEpilogue, epilogueFields } from './epilogue.js';
import { checkImages, checkResult, sizeOfImage, windowCounts } from './windows.js';

function checkKernel(where: string, channels: number, kernel: Tensor, groups: number): void {
  if (kernel.shape[2]! * groups === channels && kernel.shape[3]! % groups === 0) return;
  throw new ShapeError(
    `${where}: ${channels} channels in ${groups} group(s) do not fit the kernel ${formatShape(kernel.shape)}: expected ` +
      `[height, width, channels / groups, filters] with filters divisible by groups.`,
  );
}

/** How far a kernel reaches over an image. */
const reachOfKernel = ([height, width]: Pair, { dilation }: Convolution): Pair => [
  reachOf(height, dilation[0]),
  reachOf(width, dilation[1]),
];

const sizeOfKernel = (kernel: Tensor): Pair => [kernel.shape[0]!, kernel.shape[1]!];
const geometryOf = ({ strides, dilation, pads, groups }: Convolution): Convolution => ({
  strides,
  dilation,
  pads,
  groups,
});

/** y[n, i, j, o] = sum over taps (a, b) and the group's channels c of x[n, i s + a d - before, ..., c] kernel[a, b, c, o]. */
export const conv2dRule: OpRule<'conv2d'> = {
  infer(inputs, attributes) {
    const [x, kernel] = inputs as [Tensor, Tensor];
    const where = checkImages('conv2d', inputs);
    checkKernel(where, x.shape[3]!, kernel, attributes.groups);
    const size = windowCounts(where, x.shape, reachOfKernel(sizeOfKernel(kernel), attributes), attributes);
    return { shape: [x.shape[0]!, ...size, kernel.shape[3]!], dtype: 'float32' };
  },
  gradient(node, dy) {
    const [x, kernel] = node.inputs as [Tensor, Tensor];
    return [inputGradient(dy, kernel, node.attributes, x), kernelGradient(x, dy, node.attributes, kernel)];
  },
  flops: (node) => 2 * node.size * (node.inputs[1]!.size / node.inputs[1]!.shape[3]!),
  absorb: absorbEpilogue,
  lower(members, { address }) {
    const node = members[0] as Tensor<'conv2d'>;
    const [x, kernel] = node.inputs as [Tensor, Tensor];
    const axes = [0, 1].map((axis) => forwardAxis(axis, node.attributes, kernel, node));
    return [
      encode(isDepthwise(kernel, node.attributes) ? Opcode.depthwiseConv2d : Opcode.conv2d, Conv2dField, {
        ...forwardFields(x, kernel, node, node.attributes, axes as [Axis, Axis]),
        sourcePointer: address(x),
        kernelPointer: address(kernel),
        targetPointer: address(members.at(-1)!),
        ...epilogueFields(members, address),
      }),
    ];
  },
};

export const conv2dInputGradientRule: OpRule<'conv2dInputGradient'> = {
  infer(inputs, attributes) {
    const [dy, kernel] = inputs as [Tensor, Tensor];
    const where = checkImages('conv2dInputGradient', inputs);
    const channels = kernel.shape[2]! * attributes.groups;
    checkKernel(where, channels, kernel, attributes.groups);
    const shape = [dy.shape[0]!, ...attributes.size, channels];
    checkResult(where, dy, shape, reachOfKernel(sizeOfKernel(kernel), attributes), attributes);
    if (dy.shape[3] !== kernel.shape[3]) {
      throw new ShapeError(
        `${where}: ${dy.describe()} has ${dy.shape[3]} channels, the kernel ${formatShape(kernel.shape)} makes ${kernel.shape[3]}.`,
      );
    }
    return { shape, dtype: 'float32' };
  },
  gradient(node, dx) {
    const [dy, kernel] = node.inputs as [Tensor, Tensor];
    const geometry = geometryOf(node.attributes);
    return [node.graph.emit('conv2d', [dx, kernel], geometry), kernelGradient(dx, dy, geometry, kernel)];
  },
  flops: (node) => 2 * node.inputs[0]!.size * (node.inputs[1]!.size / node.inputs[1]!.shape[3]!),
  absorb: absorbEpilogue,
  lower: lowerInputGradient,
};

export const conv2dKernelGradientRule: OpRule<'conv2dKernelGradient'> = {
  infer(inputs, attributes) {
    const [x, dy] = inputs as [Tensor, Tensor];
    const where = checkImages('conv2dKernelGradient', inputs);
    checkResult(where, dy, x.shape, reachOfKernel(attributes.size, attributes), attributes);
    return { shape: [...attributes.size, x.shape[3]! / attributes.groups, dy.shape[3]!], dtype: 'float32' };
  },
  gradient(node, dKernel) {
    const [x, dy] = node.inputs as [Tensor, Tensor];
    const geometry = geometryOf(node.attributes);
    return [inputGradient(dy, dKernel, geometry, x), node.graph.emit('conv2d', [x, dKernel], geometry)];
  },
  flops: (node) => 2 * node.inputs[1]!.size * (node.size / node.shape[3]!),
  lower([result], { address }) {
    const node = result as Tensor<'conv2dKernelGradient'>;
    const [x, dy] = node.inputs as [Tensor, Tensor];
    const axes = [0, 1].map((axis) => forwardAxis(axis, node.attributes, node, dy));
    const opcode = isDepthwise(node, node.attributes)
      ? Opcode.depthwiseConv2dKernelGradient
      : Opcode.conv2dKernelGradient;
    return [
      encode(opcode, Conv2dField, {
        ...forwardFields(x, node, dy, node.attributes, axes as [Axis, Axis]),
        sourcePointer: address(x),
        kernelPointer: address(node),
        targetPointer: address(dy),
        ...epilogueFields([node], address),
      }),
    ];
  },
};

function inputGradient(dy: Tensor, kernel: Tensor, attributes: Convolution, x: Tensor): Tensor {
  return dy.graph.emit('conv2dInputGradient', [dy, kernel], { ...geometryOf(attributes), size: sizeOfImage(x) });
}

function kernelGradient(x: Tensor, dy: Tensor, attributes: Convolution, kernel: Tensor): Tensor {
  return x.graph.emit('conv2dKernelGradient', [x, dy], { ...geometryOf(attributes), size: sizeOfKernel(kernel) });
}

const isDepthwise = (kernel: Tensor, { groups }: Convolution): boolean => groups > 1 && kernel.shape[2] === 1;

/** What an instruction is told about one axis of the image; offsets in elements from the start of kernel and target. */
interface Axis {
  rows: number;
  rowStep: number;
  taps: number;
  tapFirst: number;
  tapStep: number;
  kernelTapStride: number;
  kernelOffset: number;
  targetStride: number;
  targetOffset: number;
}

function forwardAxis(axis: number, { strides, dilation, pads }: Convolution, kernel: Tensor, y: Tensor): Axis {
  return {
    rows: y.shape[axis + 1]!,
    rowStep: strides[axis]!,
    taps: kernel.shape[axis]!,
    tapFirst: -pads[axis]![0],
    tapStep: dilation[axis]!,
    kernelTapStride: stridesOf(kernel.shape)[axis]!,
    kernelOffset: 0,
    targetStride: stridesOf(y.shape)[axis + 1]!,
    targetOffset: 0,
  };
}

/**
 * Every input position that is `phase` more than a multiple of the stride meets the same taps t, those for which the stride
 * divides phase + before - t dilation. They are walked from the last to the first, so that the source is walked forwards.
 */
function gradientAxis(axis: number, phase: number, attributes: Convolution, kernel: Tensor, dx: Tensor): Axis {
  const [stride, dilation] = [attributes.strides[axis]!, attributes.dilation[axis]!];
  const start = phase + attributes.pads[axis]![0];
  const taps = Array.from({ length: kernel.shape[axis]! }, (_, tap) => tap).filter(
    (tap) => (start - tap * dilation) % stride === 0,
  );
  const last = taps.at(-1) ?? 0;
  const between = taps.length > 1 ? taps[1]! - taps[0]! : 0;
  const kernelStride = stridesOf(kernel.shape)[axis]!;
  const targetStride = stridesOf(dx.shape)[axis + 1]!;
  return {
    rows: Math.ceil((dx.shape[axis + 1]! - phase) / stride),
    rowStep: 1,
    taps: taps.length,
    tapFirst: taps.length ? (start - last * dilation) / stride : 0,
    tapStep: Math.max(1, (between * dilation) / stride),
    kernelTapStride: -between * kernelStride,
    kernelOffset: last * kernelStride,
    targetStride: stride * targetStride,
    targetOffset: phase * targetStride,
  };
}

/** Below this share of taps that meet the image, rows are sorted by the taps that do: what is saved must pay for more instructions. */
const TRIMMED_SHARE = 0.9;
/** Kernels so large that they would make more instructions than this for an axis are left as they are. */
const MAXIMUM_PIECES = 9;

/**
 * The axis in pieces whose rows all meet the source with the same taps, so that no zeros are multiplied at its borders; in
 * one piece where that would save little. `side`: of the source.
 */
function trim(axis: Axis, side: number): Axis[] {
  const rows = Array.from({ length: axis.rows }, (_, row) => {
    const start = row * axis.rowStep + axis.tapFirst;
    const first = Math.min(axis.taps, Math.max(0, Math.ceil(-start / axis.tapStep)));
    const end = Math.min(axis.taps, Math.max(first, Math.ceil((side - start) / axis.tapStep)));
    return { row, first, end };
  });
  const pieces = rows.filter(
    ({ first, end }, row) => row === 0 || first !== rows[row - 1]!.first || end !== rows[row - 1]!.end,
  );
  const met = rows.reduce((sum, { first, end }) => sum + end - first, 0);
  if (met >= TRIMMED_SHARE * axis.rows * axis.taps || pieces.length > MAXIMUM_PIECES) return [axis];
  return pieces.map(({ row, first, end }, i) => ({
    ...axis,
    rows: (pieces[i + 1]?.row ?? axis.rows) - row,
    taps: end - first,
    tapFirst: axis.tapFirst + row * axis.rowStep + first * axis.tapStep,
    kernelOffset: axis.kernelOffset + first * axis.kernelTapStride,
    targetOffset: axis.targetOffset + row * axis.targetStride,
  }));
}

/** One instruction for each remainder of the position by the strides. */
function lowerInputGradient(members: readonly Tensor[], { address }: LowerContext): InstructionWords[] {
  const node = members[0] as Tensor<'conv2dInputGradient'>;
  const { attributes } = node;
  const [dy, kernel] = node.inputs as [Tensor, Tensor];
  const [, , channels, filters] = kernel.shape as [number, number, number, number];
  const axes = [0, 1].map((axis) =>
    Array.from({ length: Math.min(attributes.strides[axis]!, node.shape[axis + 1]!) }, (_, phase) =>
      gradientAxis(axis, phase, attributes, kernel, node),
    ).flatMap((piece) => (isDepthwise(kernel, attributes) ? [piece] : trim(piece, dy.shape[axis + 1]!))),
  );
  const epilogue = epilogueFields(members, address);
  return axes[0]!.flatMap((vertical) =>
    axes[1]!.map((horizontal) =>
      encode(isDepthwise(kernel, attributes) ? Opcode.depthwiseConv2d : Opcode.conv2d, Conv2dField, {
        ...axisFields([vertical, horizontal]),
        ...sourceFields(dy),
        sourcePointer: address(dy),
        kernelPointer: address(kernel) + 4 * (vertical.kernelOffset + horizontal.kernelOffset),
        targetPointer: address(members.at(-1)!) + 4 * (vertical.targetOffset + horizontal.targetOffset),
        groups: attributes.groups,
        channels: filters / attributes.groups,
        columns: channels,
        kernelChannelStride: 1,
        kernelColumnStride: filters,
        kernelGroupStride: filters / attributes.groups,
        targetBatchStride: stridesOf(node.shape)[0]!,
        ...epilogue,
      }),
    ),
  );
}

/** Fields of a convolution x, kernel -> y, whichever of them is computed. */
function forwardFields(x: Tensor, kernel: Tensor, y: Tensor, { groups }: Convolution, axes: readonly [Axis, Axis]) {
  const [, , channels, filters] = kernel.shape as [number, number, number, number];
  return {
    ...axisFields(axes),
    ...sourceFields(x),
    groups,
    channels,
    columns: filters / groups,
    kernelChannelStride: filters,
    kernelColumnStride: 1,
    kernelGroupStride: filters / groups,
    targetBatchStride: stridesOf(y.shape)[0]!,
  };
}

function sourceFields(source: Tensor) {
  const [batch, sourceHeight, sourceWidth, sourceChannels] = source.shape as [number, number, number, number];
  return { batch, sourceHeight, sourceWidth, sourceChannels };
}

function axisFields([vertical, horizontal]: readonly [Axis, Axis]) {
  return {
    rowsY: vertical.rows,
    rowsX: horizontal.rows,
    rowStepY: vertical.rowStep,
    rowStepX: horizontal.rowStep,
    tapsY: vertical.taps,
    tapsX: horizontal.taps,
    tapFirstY: vertical.tapFirst,
    tapFirstX: horizontal.tapFirst,
    tapStepY: vertical.tapStep,
    tapStepX: horizontal.tapStep,
    kernelTapStrideY: vertical.kernelTapStride,
    kernelTapStrideX: horizontal.kernelTapStride,
    targetStrideY: vertical.targetStride,
    targetStrideX: horizontal.targetStride,
  };
}
