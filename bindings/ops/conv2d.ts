// Two-dimensional convolutions and their gradients, which are convolutions again. Kernel twins: assembly/ops/conv2d.ts and
// assembly/ops/depthwiseConv2d.ts. All geometry is resolved here: the kernels walk rows and taps with steps they are given.

import { Conv2dField, Opcode } from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode, type InstructionWords } from '../graph/encode.js';
import type { Convolution, LowerContext, OpRule, Pair } from '../graph/op.js';
import { formatShape, stridesOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { reachOf } from '../graph/windows.js';
import { forwardAxis, gradientAxis, trim, walkOf, type Axis, type Walk } from './conv2dAxes.js';
import { absorbEpilogue, epilogueFields } from './epilogue.js';
import { fitsInt8, imageWalk, lowerInt8, quantizedBytes } from './int8.js';
import { checkImages, checkResult, sizeOfImage, windowCounts } from './windows.js';
import {
  isWinograd,
  lowerWinograd,
  lowerWinogradKernelGradient,
  sumBytes,
  transformedKernelBytes,
} from './winograd.js';

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

/**
 * Values of an image, of as many pixels as the result, up to which int8 is taken where float32 goes Winograd's way: one image is then
 * faster so (1.2 to 2 times), and many are about as fast (0.9 to 1.2).
 */
const MOST_INT8_VALUES = 8192;

/** Pairs of numbers must not reach over a pixel, and int8 must pay. A matter of the shape of one image. */
function takesInt8({ inputs: [, kernel] }: Tensor, walk: Walk): boolean {
  const { groups, channels } = walk.fields;
  if (groups !== 1 || channels % 2 !== 0 || !fitsInt8(kernel!.shape)) return false;
  const [vertical, horizontal] = walk.axes;
  return !isWinograd(walk) || vertical.rows * horizontal.rows * channels <= MOST_INT8_VALUES;
}

const isInt8 = ({ inputs: [, kernel] }: Tensor): boolean => kernel!.dtype === 'int8';

/** y[n, i, j, o] = sum over taps (a, b) and the group's channels c of x[n, i s + a d - before, ..., c] kernel[a, b, c, o]. */
export const conv2dRule: OpRule<'conv2d'> = {
  infer(inputs, attributes) {
    const [x, kernel] = inputs as [Tensor, Tensor];
    const where = checkImages('conv2d', inputs, attributes.groups === 1 && x.shape[3]! % 2 === 0 ? kernel : undefined);
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
  takesInt8: (node) => takesInt8(node, forwardWalk(node)),
  workspaceBytes: ([product]) => {
    const walk = forwardWalk(product as Tensor<'conv2d'>);
    if (isInt8(product!)) return quantizedBytes(imageWalk(walk));
    return isWinograd(walk) ? transformedKernelBytes(walk) : 0;
  },
  lower(members, context) {
    const walk = forwardWalk(members[0] as Tensor<'conv2d'>);
    if (isInt8(members[0]!)) return lowerInt8(members, imageWalk(walk), context);
    const fields = convolutionFields(walk, members, context);
    return isWinograd(walk) ? lowerWinograd(fields, context.workspace(members)) : [lowerDirect(fields, members)];
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
  workspaceBytes: ([product]) => {
    const walk = winogradGradientWalk(product as Tensor<'conv2dInputGradient'>);
    return walk ? transformedKernelBytes(walk) : 0;
  },
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
  workspaceBytes: ([node]) => {
    const walk = kernelGradientWalk(node as Tensor<'conv2dKernelGradient'>);
    return isWinograd(walk) ? sumBytes(walk) : 0;
  },
  lower([result], { address, workspace }) {
    const node = result as Tensor<'conv2dKernelGradient'>;
    const [x, dy] = node.inputs as [Tensor, Tensor];
    const walk = kernelGradientWalk(node);
    const fields = {
      ...walk.fields,
      sourcePointer: address(x),
      kernelPointer: address(node),
      targetPointer: address(dy),
      ...epilogueFields([node], address),
    };
    if (isWinograd(walk)) return lowerWinogradKernelGradient(fields, workspace([node]));
    const isByChannel = isDepthwise(node, node.attributes);
    const opcode = isByChannel ? Opcode.depthwiseConv2dKernelGradient : Opcode.conv2dKernelGradient;
    return [encode(opcode, Conv2dField, fields)];
  },
};

function inputGradient(dy: Tensor, kernel: Tensor, attributes: Convolution, x: Tensor): Tensor {
  return dy.graph.emit('conv2dInputGradient', [dy, kernel], { ...geometryOf(attributes), size: sizeOfImage(x) });
}

function kernelGradient(x: Tensor, dy: Tensor, attributes: Convolution, kernel: Tensor): Tensor {
  return x.graph.emit('conv2dKernelGradient', [x, dy], { ...geometryOf(attributes), size: sizeOfKernel(kernel) });
}

const isDepthwise = (kernel: Tensor, { groups }: Convolution): boolean => groups > 1 && kernel.shape[2] === 1;

/** The instruction of one convolution of the first input with the second, its result that of the unit. */
function convolutionFields({ axes, fields }: Walk, members: readonly Tensor[], { address }: LowerContext) {
  const [source, kernel] = members[0]!.inputs as [Tensor, Tensor];
  const [vertical, horizontal] = axes;
  return {
    ...fields,
    sourcePointer: address(source),
    kernelPointer: address(kernel) + 4 * (vertical.kernelOffset + horizontal.kernelOffset),
    targetPointer: address(members.at(-1)!) + 4 * (vertical.targetOffset + horizontal.targetOffset),
    ...epilogueFields(members, address),
  };
}

function lowerDirect(fields: ReturnType<typeof convolutionFields>, [node]: readonly Tensor[]): InstructionWords {
  const { attributes, inputs } = node as Tensor<'conv2d' | 'conv2dInputGradient'>;
  return encode(isDepthwise(inputs[1]!, attributes) ? Opcode.depthwiseConv2d : Opcode.conv2d, Conv2dField, fields);
}

/** In one piece for Winograd's way, else one for each remainder of the position by the strides, trimmed. */
function lowerInputGradient(members: readonly Tensor[], context: LowerContext): InstructionWords[] {
  const node = members[0] as Tensor<'conv2dInputGradient'>;
  const { attributes } = node;
  const [dy, kernel] = node.inputs as [Tensor, Tensor];
  const whole = winogradGradientWalk(node);
  if (whole) return lowerWinograd(convolutionFields(whole, members, context), context.workspace(members));
  const axes = [0, 1].map((axis) =>
    Array.from({ length: Math.min(attributes.strides[axis]!, node.shape[axis + 1]!) }, (_, phase) =>
      gradientAxis(axis, phase, attributes, kernel, node),
    ).flatMap((piece) => (isDepthwise(kernel, attributes) ? [piece] : trim(piece, dy.shape[axis + 1]!))),
  );
  return axes[0]!.flatMap((vertical) =>
    axes[1]!.map((horizontal) =>
      lowerDirect(convolutionFields(gradientWalk(node, [vertical, horizontal]), members, context), members),
    ),
  );
}

const forwardAxes = (attributes: Convolution, kernel: Tensor, y: Tensor): [Axis, Axis] => [
  forwardAxis(0, attributes, kernel, y),
  forwardAxis(1, attributes, kernel, y),
];

function forwardWalk(node: Tensor<'conv2d'>): Walk {
  const [x, kernel] = node.inputs as [Tensor, Tensor];
  return kernelWalk(x, kernel, node, node.attributes);
}

function kernelGradientWalk(node: Tensor<'conv2dKernelGradient'>): Walk {
  const [x, dy] = node.inputs as [Tensor, Tensor];
  return kernelWalk(x, node, dy, node.attributes);
}

/** The convolution x, kernel -> y, whichever of them is computed. */
function kernelWalk(x: Tensor, kernel: Tensor, y: Tensor, attributes: Convolution): Walk {
  const [, , channels, filters] = kernel.shape as [number, number, number, number];
  const { groups } = attributes;
  return walkOf(forwardAxes(attributes, kernel, y), x, {
    groups,
    channels,
    columns: filters / groups,
    kernelChannelStride: filters,
    kernelColumnStride: 1,
    kernelGroupStride: filters / groups,
    targetBatchStride: stridesOf(y.shape)[0]!,
  });
}

function gradientWalk(node: Tensor<'conv2dInputGradient'>, axes: readonly [Axis, Axis]): Walk {
  const [dy, kernel] = node.inputs as [Tensor, Tensor];
  const [, , channels, filters] = kernel.shape as [number, number, number, number];
  const { groups } = node.attributes;
  return walkOf(axes, dy, {
    groups,
    channels: filters / groups,
    columns: channels,
    kernelChannelStride: 1,
    kernelColumnStride: filters,
    kernelGroupStride: filters / groups,
    targetBatchStride: stridesOf(node.shape)[0]!,
  });
}

/** The input gradient in one piece, if it goes Winograd's way. Its pieces are never asked: a unit goes one way. */
function winogradGradientWalk(node: Tensor<'conv2dInputGradient'>): Walk | undefined {
  const { attributes } = node;
  const kernel = node.inputs[1]!;
  if (attributes.strides.some((stride) => stride !== 1)) return undefined;
  const walk = gradientWalk(node, [
    gradientAxis(0, 0, attributes, kernel, node),
    gradientAxis(1, 0, attributes, kernel, node),
  ]);
  return isWinograd(walk) ? walk : undefined;
}
