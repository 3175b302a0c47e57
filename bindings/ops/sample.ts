// Sample cases of a primitive: one struct from which the tests make its shape, value, gradient, guard-word, thread and
// in-place checks. They stand beside the rule and are not part of a bundle that does not import them.

import type { DType, ElementwiseName, OpAttributes } from '../graph/op.js';
import { broadcastShapes, broadcastStrides, sizeOf, stridesOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

export interface SampleInput {
  shape: Shape;
  /** float32 by default. */
  dtype?: Exclude<DType, 'uint8'>;
  /** Values are drawn from [low, high): -2 to 2 by default, whole numbers for int32 and int8. */
  range?: readonly [number, number];
  /** Values given one by one, such as infinities. */
  values?: readonly number[];
  /** Of the columns of an int8 kernel. */
  scales?: readonly number[];
}

export interface OpSample {
  name: string;
  inputs: readonly SampleInput[];
  /** Traces the primitive on leaves of the inputs. */
  build(inputs: readonly Tensor[]): Tensor;
  /** The result in float64, for inputs in row-major order. Absent: only structure is checked (random functions, effects). */
  reference?(inputs: readonly Float64Array[]): ArrayLike<number>;
  /** Largest error relative to max(1, |expected|); 1e-5 by default. */
  tolerance?: number;
  /** False where the function has no derivative to compare with: kinks, infinities. */
  isSmooth?: boolean;
}

/** Sizes below, at and above a vector, a tile, and a few odd ones. */
const SIZES = [1, 3, 4, 5, 17, 511, 512, 513, 1031];

/** Shapes that stretch: scalars, rows, columns, inner and outer axes. */
const STRETCHES: readonly (readonly [Shape, Shape])[] = [
  [[7, 5], [5]],
  [
    [7, 5],
    [7, 1],
  ],
  [
    [6, 1],
    [1, 9],
  ],
  [[130, 10], []],
  [
    [2, 3, 4],
    [3, 1],
  ],
];

/** Values where functions are special. */
export const SPECIALS = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-40, -1e-40, 100, -100, 88, -88, 0.5];

export interface ElementwiseSample<P extends ElementwiseName> {
  reference(a: number, b: number, c: number): number;
  attributes?: OpAttributes[P];
  range?: readonly [number, number];
  tolerance?: number;
  /** Also run on SPECIALS; true by default. */
  hasSpecials?: boolean;
  isSmooth?: boolean;
}

/** Samples of an element-wise function of 1 to 3 operands over all sizes, stretches and special values. */
export function elementwiseSamples<P extends ElementwiseName>(
  op: P,
  arity: 1 | 2 | 3,
  sample: ElementwiseSample<P>,
): OpSample[] {
  const { range, tolerance, isSmooth = true, hasSpecials = true } = sample;
  const make = (name: string, inputs: readonly SampleInput[], smooth: boolean): OpSample => ({
    name,
    inputs,
    build: (operands) => operands[0]!.graph.emit(op, operands, sample.attributes ?? ({} as OpAttributes[P])),
    reference: (values) =>
      mapBroadcast(
        inputs.map(({ shape }) => shape),
        values,
        sample.reference,
      ),
    isSmooth: smooth,
    ...(tolerance !== undefined && { tolerance }),
  });
  const operand = (shape: Shape): SampleInput => ({ shape, ...(range && { range }) });
  const bySize = SIZES.map((size) =>
    make(
      `${size}`,
      Array.from({ length: arity }, () => operand([size])),
      isSmooth,
    ),
  );
  const byStretch = STRETCHES.map(([a, b]) =>
    make(`${a} with ${b}`, [operand(a), operand(b), operand(a)].slice(0, arity), isSmooth),
  );
  const pairs = SPECIALS.flatMap((a) => SPECIALS.map((b) => [a, b] as const));
  const special = (values: number[]): SampleInput => ({ shape: [values.length], values });
  const specials =
    arity === 1
      ? [special([...SPECIALS])]
      : [special(pairs.map(([a]) => a)), special(pairs.map(([, b]) => b)), special(pairs.map(([, b]) => -b))].slice(
          0,
          arity,
        );
  return [...bySize, ...(arity > 1 ? byStretch : []), ...(hasSpecials ? [make('specials', specials, false)] : [])];
}

/** Applies a scalar function with NumPy's broadcasting. */
function mapBroadcast(
  shapes: readonly Shape[],
  values: readonly Float64Array[],
  apply: (a: number, b: number, c: number) => number,
): Float64Array {
  const shape = broadcastShapes('sample', ...shapes);
  const own = stridesOf(shape);
  const strides = shapes.map((operand) => broadcastStrides(operand, shape));
  return Float64Array.from({ length: sizeOf(shape) }, (_, index) => {
    const at = (operand: number) =>
      strides[operand]?.reduce(
        (sum, stride, axis) => sum + stride * (Math.floor(index / own[axis]!) % shape[axis]!),
        0,
      ) ?? 0;
    return apply(values[0]![at(0)]!, values[1]?.[at(1)] ?? 0, values[2]?.[at(2)] ?? 0);
  });
}
