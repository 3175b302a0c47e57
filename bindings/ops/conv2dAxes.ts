// How a convolution walks over one axis of an image: rows of its result, and taps of its kernel.

import type { Convolution } from '../graph/op.js';
import { stridesOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

/** What an instruction is told about one axis of the image; offsets in elements from the start of kernel and target. */
export interface Axis {
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

export function forwardAxis(axis: number, { strides, dilation, pads }: Convolution, kernel: Tensor, y: Tensor): Axis {
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
export function gradientAxis(axis: number, phase: number, attributes: Convolution, kernel: Tensor, dx: Tensor): Axis {
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

/** Of each row: the taps that meet a source of this side. */
const metTaps = (axis: Axis, side: number) =>
  Array.from({ length: axis.rows }, (_, row) => {
    const start = row * axis.rowStep + axis.tapFirst;
    const first = Math.min(axis.taps, Math.max(0, Math.ceil(-start / axis.tapStep)));
    const end = Math.min(axis.taps, Math.max(first, Math.ceil((side - start) / axis.tapStep)));
    return { row, first, end };
  });

/** How often a tap meets the source, over all rows. */
export const countMet = (axis: Axis, side: number): number =>
  metTaps(axis, side).reduce((sum, { first, end }) => sum + end - first, 0);

/** Below this share of taps that meet the image, rows are sorted by the taps that do: what is saved must pay for more instructions. */
const TRIMMED_SHARE = 0.9;
/** Kernels so large that they would make more instructions than this for an axis are left as they are. */
const MAXIMUM_PIECES = 9;

/**
 * The axis in pieces whose rows all meet the source with the same taps, so that no zeros are multiplied at its borders; in
 * one piece where that would save little. `side`: of the source.
 */
export function trim(axis: Axis, side: number): Axis[] {
  const rows = metTaps(axis, side);
  const pieces = rows.filter(
    ({ first, end }, row) => row === 0 || first !== rows[row - 1]!.first || end !== rows[row - 1]!.end,
  );
  if (countMet(axis, side) >= TRIMMED_SHARE * axis.rows * axis.taps || pieces.length > MAXIMUM_PIECES) return [axis];
  return pieces.map(({ row, first, end }, i) => ({
    ...axis,
    rows: (pieces[i + 1]?.row ?? axis.rows) - row,
    taps: end - first,
    tapFirst: axis.tapFirst + row * axis.rowStep + first * axis.tapStep,
    kernelOffset: axis.kernelOffset + first * axis.kernelTapStride,
    targetOffset: axis.targetOffset + row * axis.targetStride,
  }));
}

/** A convolution without its addresses: its axes, and its instruction's fields. */
export interface Walk {
  axes: readonly [Axis, Axis];
  fields: ReturnType<typeof axisFields> & ReturnType<typeof sourceFields> & KernelFields;
}

/** Counts of channels, and strides, of the kernel and the result. */
export interface KernelFields {
  groups: number;
  channels: number;
  columns: number;
  kernelChannelStride: number;
  kernelColumnStride: number;
  kernelGroupStride: number;
  targetBatchStride: number;
}

export const walkOf = (axes: readonly [Axis, Axis], source: Tensor, kernel: KernelFields): Walk => ({
  axes,
  fields: { ...axisFields(axes), ...sourceFields(source), ...kernel },
});

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
