// Windows over images [batch, height, width, channels]: how far they reach, how many there are, what padding stands for.

import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, unknownName } from '../runtime/suggest.js';
import type { Convolution, Pair, Windows } from './op.js';
import type { Shape } from './shape.js';

/** A number for rows and columns, or one for each. */
export type ImageSize = number | Pair;

/**
 * Zeros around an image. `valid`: none; `same`: so many that there are ceil(side / stride) windows, an odd one after
 * (TensorFlow); or so many as a number, [rows, columns] or [[top, bottom], [left, right]] say.
 */
export type ImagePadding = 'valid' | 'same' | ImageSize | Pair<Pair>;

export interface Pool2dOptions {
  /** How far the window moves at a time; its size by default. */
  strides?: ImageSize;
  /** `valid` by default. What lies outside the image does not count. */
  padding?: ImagePadding;
}

export interface Conv2dOptions {
  /** How far the kernel moves at a time; 1 by default. */
  strides?: ImageSize;
  /** `valid` by default. */
  padding?: ImagePadding;
  /** Distance of neighbouring taps; 1 by default. */
  dilation?: ImageSize;
  /** Channels and filters fall into so many groups, each filter seeing the channels of its group; 1 by default. */
  groups?: number;
}

export interface Conv2dTransposeOptions extends Omit<Conv2dOptions, 'padding'> {
  /**
   * `valid` (the default): all that the inputs reach, (side - 1) stride + reach of the kernel; `same`: side stride; or how much
   * is cut off both ends of `valid`, as PyTorch's padding.
   */
  padding?: 'valid' | 'same' | ImageSize;
  /** Added to the end of the result; 0 by default. */
  outputPadding?: ImageSize;
}

/** How far a window reaches along an axis. */
export const reachOf = (size: number, dilation: number): number => (size - 1) * dilation + 1;

/** Positions of a window along an axis of `size`; 0 or less where it does not fit. */
export const positionsOf = (size: number, reach: number, stride: number, [before, after]: Pair): number =>
  Math.floor((size + before + after - reach) / stride) + 1;

/** Zeros before and after an axis for ceil(side / stride) windows. */
export function samePads(side: number, reach: number, stride: number): Pair {
  const total = Math.max((Math.ceil(side / stride) - 1) * stride + reach - side, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

const sizeOfImage = (where: string, option: string, value: ImageSize, minimum: number): Pair => {
  const check = (side: unknown) => checkNumber(where, option, side, { minimum, integer: true });
  const given: unknown = value;
  if (Array.isArray(given) && given.length === 2) return [check(given[0]), check(given[1])];
  return [check(given), check(given)];
};

function padsOf(where: string, padding: ImagePadding, sides: Pair, reach: Pair, strides: Pair): Pair<Pair> {
  if (typeof padding === 'string') {
    if (padding !== 'valid' && padding !== 'same') unknownName(where, 'padding', padding, ['valid', 'same']);
    const pads = (axis: 0 | 1): Pair =>
      padding === 'same' ? samePads(sides[axis], reach[axis], strides[axis]) : [0, 0];
    return [pads(0), pads(1)];
  }
  if (typeof padding === 'object' && padding.every((side) => typeof side === 'object')) {
    const [rows, columns] = padding;
    return [sizeOfImage(where, 'padding', rows, 0), sizeOfImage(where, 'padding', columns, 0)];
  }
  const [rows, columns] = sizeOfImage(where, 'padding', padding, 0);
  return [
    [rows, rows],
    [columns, columns],
  ];
}

const sidesOf = (shape: Shape): Pair => [shape[1] ?? 0, shape[2] ?? 0];

/** @throws OptionError for sizes that are no whole numbers, unknown options, or unknown names. */
export function resolvePooling(
  where: string,
  shape: Shape,
  size: ImageSize,
  options: Pool2dOptions,
): Windows & { size: Pair } {
  checkOptions(where, options, ['strides', 'padding']);
  const sizes = sizeOfImage(where, 'size', size, 1);
  const strides = sizeOfImage(where, 'strides', options.strides ?? sizes, 1);
  return { size: sizes, strides, pads: padsOf(where, options.padding ?? 'valid', sidesOf(shape), sizes, strides) };
}

/** @throws OptionError for sizes that are no whole numbers, unknown options, or unknown names. */
export function resolveConvolution(where: string, shape: Shape, kernel: Shape, options: Conv2dOptions): Convolution {
  checkOptions(where, options, ['strides', 'padding', 'dilation', 'groups']);
  const { strides, dilation, groups, reach } = resolveTaps(where, kernel, options);
  return { strides, dilation, groups, pads: padsOf(where, options.padding ?? 'valid', sidesOf(shape), reach, strides) };
}

function resolveTaps(where: string, kernel: Shape, options: Omit<Conv2dOptions, 'padding'>) {
  const strides = sizeOfImage(where, 'strides', options.strides ?? 1, 1);
  const dilation = sizeOfImage(where, 'dilation', options.dilation ?? 1, 1);
  const groups = checkNumber(where, 'groups', options.groups ?? 1, { minimum: 1, integer: true });
  const reach: Pair = [reachOf(kernel[0] ?? 1, dilation[0]), reachOf(kernel[1] ?? 1, dilation[1])];
  return { strides, dilation, groups, reach };
}

/**
 * The convolution of which a transposed one is the input gradient, and the size of its input: the result.
 *
 * @throws OptionError for sizes that are no whole numbers, unknown options or names, or an outputPadding that is not less than
 * the larger of strides and dilation.
 */
export function resolveTransposed(
  where: string,
  shape: Shape,
  kernel: Shape,
  options: Conv2dTransposeOptions,
): Convolution & { size: Pair } {
  checkOptions(where, options, ['strides', 'padding', 'outputPadding', 'dilation', 'groups']);
  const { strides, dilation, groups, reach } = resolveTaps(where, kernel, options);
  const { padding = 'valid' } = options;
  if (typeof padding === 'string' && padding !== 'valid' && padding !== 'same') {
    unknownName(where, 'padding', padding, ['valid', 'same']);
  }
  const cuts = typeof padding === 'string' ? undefined : sizeOfImage(where, 'padding', padding, 0);
  const added = sizeOfImage(where, 'outputPadding', options.outputPadding ?? 0, 0);
  const axes = ([0, 1] as const).map((axis) => {
    checkOutputPadding(where, added[axis], Math.max(strides[axis], dilation[axis]), padding === 'same');
    const cut = padding === 'same' ? padding : (cuts?.[axis] ?? 0);
    return spreadOf(sidesOf(shape)[axis], reach[axis], strides[axis], cut, added[axis]);
  });
  return {
    strides,
    dilation,
    groups,
    pads: [axes[0]!.pads, axes[1]!.pads],
    size: [axes[0]!.side, axes[1]!.side],
  };
}

/** @throws OptionError for sides that a transposed convolution cannot have after its result. */
export function checkOutputPadding(where: string, side: number, limit: number, isSame: boolean): void {
  if (side > 0 && isSame) {
    throw new OptionError(`${where}: outputPadding goes with padding in numbers or 'valid', got padding 'same'.`);
  }
  if (side < limit) return;
  throw new OptionError(
    `${where}: outputPadding must be less than the larger of stride and dilation, ${limit}, got ${side}.`,
  );
}

/** Of one axis: the side of a transposed convolution's result, and what of it lies outside, as pads of the convolution. */
export function spreadOf(
  side: number,
  reach: number,
  stride: number,
  cut: number | 'same',
  added: number,
): { side: number; pads: Pair } {
  const full = (side - 1) * stride + reach;
  const before = cut === 'same' ? Math.floor(Math.max(reach - stride, 0) / 2) : cut;
  const result = cut === 'same' ? side * stride : full - 2 * cut + added;
  return { side: result, pads: [before, full - result - before] };
}
