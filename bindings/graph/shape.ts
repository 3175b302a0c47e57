// Shapes: row-major, outermost axis first; [] is a scalar.

import { ShapeError } from '../runtime/errors.js';

export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((product, side) => product * side, 1);

/** A named side, such as `batch`, stands for any size. */
export const formatShape = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((side, i) => side === b[i]);

/** NumPy's rule: aligned at the last axis, a side of 1 stretches. */
export function broadcastShapes(where: string, ...shapes: Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: number[] = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      if (shape[i] === 1 || shape[i] === result[at]) continue;
      if (result[at] !== 1) {
        throw new ShapeError(
          `${where}: shapes ${shapes.map(formatShape).join(' and ')} do not broadcast: ` +
            `axis ${at} is ${result[at]} in one and ${shape[i]} in another. They must be equal or 1.`,
        );
      }
      result[at] = shape[i]!;
    }
  }
  return result;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, stride = 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Strides with which `shape` is read as if it had the shape `target`: 0 along stretched axes. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]!));
}

/** A dimension of a strided walk. */
export interface StridedDimension {
  size: number;
  strides: number[];
}

/** Drops axes of size 1 and joins neighbours that every stride list walks as one. Outermost first; never empty. */
export function mergeDimensions(shape: Shape, ...strideLists: number[][]): StridedDimension[] {
  const merged: StridedDimension[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const strides = strideLists.map((list) => list[axis]!);
    const outer = merged.at(-1);
    if (outer && outer.strides.every((stride, i) => stride === strides[i]! * size)) {
      outer.size *= size;
      outer.strides = strides;
    } else {
      merged.push({ size, strides });
    }
  });
  return merged.length ? merged : [{ size: 1, strides: strideLists.map(() => 1) }];
}

/** Turns negative axes into their positive form, sorted and without repeats; all axes if `axes` is undefined. */
export function normalizeAxes(where: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === 'number' ? [axes] : axes;
  const positive = list.map((axis) => {
    const result = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || result < 0 || result >= rank) {
      throw new ShapeError(`${where}: axis ${axis} is outside a tensor of ${rank} axes. Use ${-rank} to ${rank - 1}.`);
    }
    return result;
  });
  return [...new Set(positive)].sort((a, b) => a - b);
}
