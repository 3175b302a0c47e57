// Layers of several inputs.

import { formatShape, sameShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkOptions } from '../runtime/suggest.js';
import { layer, type BuildContext, type CallContext, type Layer } from './layer.js';

export interface MergingOptions {
  name?: string;
}

function checkSeveral({ inputShapes, where }: BuildContext): void {
  if (inputShapes.length >= 2) return;
  throw new OptionError(
    `${where}: expected at least 2 inputs, got ${inputShapes.length}. Call it with an array: ${where}()([a, b]).`,
  );
}

function checkSameShapes(context: BuildContext): void {
  checkSeveral(context);
  const [first, ...others] = context.inputShapes;
  const odd = others.find((shape) => !sameShape(shape, first!));
  if (!odd) return;
  throw new ShapeError(
    `${context.where}: expected inputs of one shape, got ${formatShape(first!)} and ${formatShape(odd)} (without the batch).`,
  );
}

/** Positions count where they count in every input that has a mask. */
function mergeMasks(inputs: number, { mask, setMask }: CallContext): void {
  const masks = Array.from({ length: inputs }, (_, i) => mask(i)).filter((keep) => keep !== undefined);
  if (masks.length > 0) setMask(masks.reduce((all, keep) => all.mul(keep)));
}

/** A layer that merges inputs of one shape, element by element. */
function elementwiseMerge(
  kind: string,
  options: MergingOptions,
  merge: (inputs: readonly Tensor[]) => Tensor,
  exactly?: number,
): Layer {
  checkOptions(options.name ?? kind, options, ['name']);
  return layer({
    kind,
    ...options,
    build(context) {
      checkSameShapes(context);
      if (exactly === undefined || context.inputShapes.length === exactly) return;
      throw new OptionError(`${context.where}: expected ${exactly} inputs, got ${context.inputShapes.length}.`);
    },
    call(inputs, context) {
      mergeMasks(inputs.length, context);
      return merge(inputs);
    },
  });
}

const fold = (combine: (a: Tensor, b: Tensor) => Tensor) => (inputs: readonly Tensor[]) => inputs.reduce(combine);

/** y = the sum of the inputs, all of one shape: a residual connection. @example add()([x, branch]) */
export const add = (options: MergingOptions = {}): Layer =>
  elementwiseMerge(
    'add',
    options,
    fold((a, b) => a.add(b)),
  );

/** y = a - b, of one shape. @example subtract()([a, b]) */
export const subtract = (options: MergingOptions = {}): Layer =>
  elementwiseMerge(
    'subtract',
    options,
    fold((a, b) => a.sub(b)),
    2,
  );

/** y = the product of the inputs, element by element: a gate. @example multiply()([x, gate]) */
export const multiply = (options: MergingOptions = {}): Layer =>
  elementwiseMerge(
    'multiply',
    options,
    fold((a, b) => a.mul(b)),
  );

/** y = the mean of the inputs, element by element. @example average()([a, b]) */
export const average = (options: MergingOptions = {}): Layer =>
  elementwiseMerge('average', options, (inputs) => inputs.reduce((a, b) => a.add(b)).mul(1 / inputs.length));

/** y = the largest of the inputs, element by element. @example maximum()([a, b]) */
export const maximum = (options: MergingOptions = {}): Layer =>
  elementwiseMerge(
    'maximum',
    options,
    fold((a, b) => a.maximum(b)),
  );

/** y = the smallest of the inputs, element by element. @example minimum()([a, b]) */
export const minimum = (options: MergingOptions = {}): Layer =>
  elementwiseMerge(
    'minimum',
    options,
    fold((a, b) => a.minimum(b)),
  );

/** The inputs side by side along `axis` (of the whole tensor; the last by default). @example concat()([a, b]) */
export function concat(options: MergingOptions & { axis?: number } = {}): Layer {
  const where = options.name ?? 'concat';
  checkOptions(where, options, ['axis', 'name']);
  const { axis = -1, ...rest } = options;
  if (axis === 0) throw new OptionError(`${where}: axis 0 is the batch. Use 1 or more, or a negative axis.`);
  return layer({
    kind: 'concat',
    ...rest,
    config: { axis },
    build: checkSeveral,
    call(inputs, context) {
      const [first, ...others] = inputs;
      // Along time, masks would have to be joined too: then none is passed on.
      if (axis !== 1 && axis !== 1 - first!.rank) mergeMasks(inputs.length, context);
      return first!.concat(others, axis);
    },
  });
}

/**
 * Products of the two inputs along one axis of each. Vectors: y = sum_i a_i b_i, one number a sample. Matrices: y is what
 * is left of a, then what is left of b. With `normalize` the vectors get length 1 first: the cosine.
 *
 * Shapes: a [batch, n] and b [batch, n] to [batch, 1]; a [batch, i, n] and b [batch, j, n] (axes 2) to [batch, i, j].
 *
 * @param options `axes`: the axis of both (of the whole tensor; the last by default), or one each.
 * @throws ShapeError if the axes differ in length.
 * @example dot({ axes: 2, normalize: true })([queries, keys])
 */
export function dot(
  options: MergingOptions & { axes?: number | readonly [number, number]; normalize?: boolean } = {},
): Layer {
  const where = options.name ?? 'dot';
  checkOptions(where, options, ['axes', 'normalize', 'name']);
  const { axes = -1, normalize = false, ...rest } = options;
  const axisOf = (input: number, rank: number): number => {
    const axis = typeof axes === 'number' ? axes : axes[input]!;
    return axis < 0 ? rank + axis : axis;
  };
  return layer({
    kind: 'dot',
    ...rest,
    config: { axes, normalize },
    build(context) {
      checkSeveral(context);
      const { inputShapes } = context;
      const ranks = inputShapes.map((shape) => shape.length + 1);
      if (inputShapes.length !== 2 || ranks.some((rank) => rank !== 2 && rank !== 3)) {
        throw new ShapeError(
          `${where}: expected two inputs of vectors or matrices, got ${inputShapes.map(formatShape).join(' and ')}.`,
        );
      }
      const sides = inputShapes.map((shape, i) => ['batch', ...shape][axisOf(i, ranks[i]!)]);
      if (sides[0] === sides[1] && typeof sides[0] === 'number') return;
      throw new ShapeError(
        `${where}: the axes to be multiplied must be equally long and not the batch, got ${String(sides[0])} of ` +
          `${formatShape(inputShapes[0]!)} and ${String(sides[1])} of ${formatShape(inputShapes[1]!)}.`,
      );
    },
    call([a, b]) {
      const unit = (x: Tensor, axis: number) =>
        normalize ? x.div(x.sumOfSquares({ axis, keepDims: true }).maximum(1e-12).sqrt()) : x;
      const [axisA, axisB] = [axisOf(0, a!.rank), axisOf(1, b!.rank)];
      const rows = (x: Tensor) => (x.rank === 2 ? x.reshape([x.shape[0]!, 1, x.shape[1]!]) : x);
      const product = rows(unit(a!, axisA)).matmul(rows(unit(b!, axisB)), {
        transposeA: a!.rank === 3 && axisA === 1,
        transposeB: b!.rank === 2 || axisB === 2,
      });
      const [batch, left, right] = product.shape;
      const kept = [...(a!.rank === 3 ? [left!] : []), ...(b!.rank === 3 ? [right!] : [])];
      return product.reshape([batch!, ...(kept.length > 0 ? kept : [1])]);
    },
  });
}
