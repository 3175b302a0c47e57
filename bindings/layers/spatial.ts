// What layers over sequences and images share: sizes for each axis, padding, and the form in which the core takes them.
// A sequence [steps, channels] is an image of one row.

import type { Pair } from '../graph/op.js';
import { formatShape, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { positionsOf, reachOf, samePads } from '../graph/windows.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkNumber, unknownName } from '../runtime/suggest.js';

/** Number of axes between batch and channels: 1 for sequences, 2 for images. */
export type Dimensions = 1 | 2;

/** One number for all axes, or one for each. */
export type Size = number | readonly number[];

/** How windows meet the borders: not at all; so that there are ceil(side / stride); or with all padding in front. */
export type Padding = 'valid' | 'same' | 'causal';

const SAMPLES = { 1: '[steps, channels]', 2: '[height, width, channels]' } as const;
const AXES = { 1: ['steps'], 2: ['rows', 'columns'] } as const;

/** One whole number for each axis. @throws OptionError unless `value` is a number or so many numbers, all at least `minimum`. */
export function sizesOf(where: string, option: string, value: Size, dimensions: Dimensions, minimum = 1): number[] {
  const given: unknown = value;
  const list: unknown[] = Array.isArray(given) ? given : new Array<unknown>(dimensions).fill(given);
  if (list.length !== dimensions) {
    throw new OptionError(
      `${where}: ${option} must be a number or a list of ${dimensions}, got ${JSON.stringify(value)}.`,
    );
  }
  return list.map((size) => checkNumber(where, option, size, { minimum, integer: true }));
}

/** Whole numbers before and after each axis: one for all, one for each axis (a pair of sides for a sequence), or a pair for each. */
export function sidesOf(where: string, option: string, value: unknown, dimensions: Dimensions): Pair[] {
  const check = (side: unknown) => checkNumber(where, option, side, { minimum: 0, integer: true });
  const list: unknown[] = Array.isArray(value) ? value : new Array<unknown>(dimensions).fill(value);
  const perAxis = dimensions === 1 && list.length === 2 ? [list] : list;
  const isPair = (side: unknown): side is unknown[] => Array.isArray(side) && side.length === 2;
  const isValid = perAxis.length === dimensions && perAxis.every((side) => typeof side === 'number' || isPair(side));
  if (!isValid) {
    const pairs = dimensions === 1 ? '[before, after]' : '[rows, columns] or [[top, bottom], [left, right]]';
    throw new OptionError(`${where}: ${option} must be a number or ${pairs}, got ${JSON.stringify(value)}.`);
  }
  return perAxis.map((side) => (isPair(side) ? [check(side[0]), check(side[1])] : [check(side), check(side)]));
}

/** The values of one or two axes as those of an image's height and width; a sequence has height 1. */
export const asImageAxes = <T>(values: readonly T[], single: T): Pair<T> =>
  values.length === 1 ? [single, values[0]!] : [values[0]!, values[1]!];

/** Throws unless a sample is a sequence or an image, as asked. */
export function checkSample(where: string, shape: Shape | undefined, dimensions: Dimensions): Shape {
  if (shape?.length === dimensions + 1) return shape;
  const fix = shape?.length === dimensions ? ' Add an axis with reshape: one channel is [..., 1].' : '';
  throw new ShapeError(`${where}: expected samples ${SAMPLES[dimensions]}, got ${formatShape(shape ?? [])}.${fix}`);
}

/** Applies an operation on images [batch, height, width, channels] to images or sequences. */
export function onImages(x: Tensor, dimensions: Dimensions, apply: (images: Tensor) => Tensor): Tensor {
  if (dimensions === 2) return apply(x);
  const [batch, steps, channels] = x.shape as [number, number, number];
  const y = apply(x.reshape([batch, 1, steps, channels]));
  return y.reshape([batch, ...y.shape.slice(2)]);
}

/** Options of windows that move over a sample. */
export interface WindowOptions {
  /** How far the window moves at a time; 1 by default. */
  strides?: Size;
  /** `valid` (the default): windows lie inside; `same`: zeros around, ceil(side / stride) windows. */
  padding?: Padding;
  /** Distance of neighbouring values of the window; 1 by default. */
  dilationRate?: Size;
}

/** The windows of a layer. */
export interface ResolvedWindows {
  sizes: number[];
  config: { strides: number[]; padding: Padding; dilationRate: number[] };
  /** Throws unless at least one window fits a sample. */
  check(sample: Shape): void;
  /** What the primitives are told, for samples of this shape. */
  geometry(sample: Shape): { strides: Pair; dilation: Pair; padding: Pair<Pair> };
}

export function resolveWindows(
  where: string,
  dimensions: Dimensions,
  [option, size]: readonly [string, Size],
  { strides: givenStrides = 1, padding = 'valid', dilationRate = 1 }: WindowOptions,
): ResolvedWindows {
  const sizes = sizesOf(where, option, size, dimensions);
  const strides = sizesOf(where, 'strides', givenStrides, dimensions);
  const dilation = sizesOf(where, 'dilationRate', dilationRate, dimensions);
  const known = dimensions === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same'];
  if (!known.includes(padding)) unknownName(where, 'padding', padding, known);
  const reach = sizes.map((side, axis) => reachOf(side, dilation[axis]!));
  const pads = (sample: Shape) => reach.map((side, axis) => padsOf(padding, sample[axis]!, side, strides[axis]!));
  return {
    sizes,
    config: { strides, padding, dilationRate: dilation },
    check(sample) {
      reach.forEach((side, axis) => {
        if (positionsOf(sample[axis]!, side, strides[axis]!, pads(sample)[axis]!) > 0) return;
        throw new ShapeError(
          `${where}: a window over ${side} ${AXES[dimensions][axis]} does not fit a sample ${formatShape(sample)}, which ` +
            `has ${sample[axis]}. Make ${option} smaller${dilation[axis]! > 1 ? ' or dilationRate' : ''}, or use padding: 'same'.`,
        );
      });
    },
    geometry: (sample) => ({
      strides: asImageAxes(strides, 1),
      dilation: asImageAxes(dilation, 1),
      padding: asImageAxes<Pair>(pads(sample), [0, 0]),
    }),
  };
}

/** Zeros before and after an axis. */
function padsOf(padding: Padding, side: number, reach: number, stride: number): Pair {
  if (padding === 'same') return samePads(side, reach, stride);
  return padding === 'causal' ? [reach - 1, 0] : [0, 0];
}
