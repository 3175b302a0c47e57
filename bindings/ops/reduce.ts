// Sums, maxima and minima over neighbouring axes (Tensor.sum and the others split what is not neighbouring).
// Kernel twins: assembly/ops/reduce.ts and argMax.ts.

import { ArgMaxField, Opcode, ReduceField, ReduceKind } from '../../assembly/opcodes.js';
import { DTypeError, ShapeError } from '../runtime/errors.js';
import { encode, float32Word } from '../graph/encode.js';
import type { OpAttributes, OpRule } from '../graph/op.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpSample } from './sample.js';

const keepReducedAxes = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((side, axis) => (axes.includes(axis) ? 1 : side));

export const reduceRule: OpRule<'reduce'> = {
  infer([input], { axes, keepDims }) {
    if (input!.dtype !== 'float32') {
      throw new DTypeError(`reduce: expected float32, got ${input!.dtype} in ${input!.describe()}.`);
    }
    const shape = keepDims
      ? keepReducedAxes(input!.shape, axes)
      : input!.shape.filter((_, axis) => !axes.includes(axis));
    return { shape, dtype: 'float32' };
  },
  gradient(node, dy) {
    const [input] = node.inputs as [Tensor];
    const { kind, axes, scale } = node.attributes;
    const stretch = (tensor: Tensor) => tensor.reshape(keepReducedAxes(input.shape, axes)).broadcastTo(input.shape);
    const gradients: Record<OpAttributes['reduce']['kind'], () => Tensor> = {
      sum: () => stretch(dy.mul(scale)),
      sumOfSquares: () => stretch(dy.mul(2 * scale)).mul(input),
      maximum: () => stretch(dy).mul(input.equal(stretch(node))),
      minimum: () => stretch(dy).mul(input.equal(stretch(node))),
    };
    return [gradients[kind]()];
  },
  flops: (node) => node.inputs[0]!.size * (node.attributes.kind === 'sumOfSquares' ? 2 : 1),
  lower([node], { address }) {
    const input = node!.inputs[0]!;
    const { kind, axes, scale } = (node as Tensor<'reduce'>).attributes;
    const first = axes[0] ?? input.rank;
    const last = axes.at(-1) ?? input.rank - 1;
    return [
      encode(Opcode.reduce, ReduceField, {
        sourcePointer: address(input),
        targetPointer: address(node!),
        kind: ReduceKind[kind],
        outer: sizeOf(input.shape.slice(0, first)),
        count: sizeOf(input.shape.slice(first, last + 1)),
        inner: sizeOf(input.shape.slice(last + 1)),
        total: input.size,
        scale: float32Word(scale),
      }),
    ];
  },
};

export const argMaxRule: OpRule<'argMax'> = {
  infer([input]) {
    if (input!.rank === 0) throw new ShapeError(`argMax: expected at least 1 axis, got ${input!.describe()}.`);
    return { shape: input!.shape.slice(0, -1), dtype: 'int32' };
  },
  gradient: () => [undefined],
  flops: (node) => node.inputs[0]!.size,
  lower([node], { address }) {
    const input = node!.inputs[0]!;
    const columns = input.shape.at(-1)!;
    return [
      encode(Opcode.argMax, ArgMaxField, {
        sourcePointer: address(input),
        targetPointer: address(node!),
        rows: input.size / columns,
        columns,
      }),
    ];
  },
};

/** Shapes [outer, count, inner] around vectors and blocks. */
const REDUCTIONS: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 1031, 1],
  [7, 10, 1],
  [5, 3, 1],
  [1, 9, 17],
  [3, 130, 5],
  [2, 4, 33],
];

/** Samples of `reduce`: every kind over every position of the axis. */
export function reduceSamples(): OpSample[] {
  const kinds: { kind: OpAttributes['reduce']['kind']; scale: number; fold: (values: number[]) => number }[] = [
    { kind: 'sum', scale: 1, fold: (values) => values.reduce((sum, value) => sum + value, 0) },
    { kind: 'sum', scale: 0.125, fold: (values) => values.reduce((sum, value) => sum + value / 8, 0) },
    { kind: 'sumOfSquares', scale: 1, fold: (values) => values.reduce((sum, value) => sum + value * value, 0) },
    { kind: 'maximum', scale: 1, fold: (values) => Math.max(...values) },
    { kind: 'minimum', scale: 1, fold: (values) => Math.min(...values) },
  ];
  return kinds.flatMap(({ kind, scale, fold }) =>
    REDUCTIONS.map(([outer, count, inner]) => ({
      name: `${kind} x ${scale} of [${outer}, ${count}, ${inner}]`,
      inputs: [{ shape: [outer, count, inner] }],
      build: ([x]) => x!.graph.emit('reduce', [x!], { kind, axes: [1], keepDims: false, scale }),
      reference: ([x]) =>
        Float64Array.from({ length: outer * inner }, (_, index) => {
          const [o, i] = [Math.floor(index / inner), index % inner];
          return fold(Array.from({ length: count }, (__, c) => x![(o * count + c) * inner + i]!));
        }),
      tolerance: 1e-5 * Math.sqrt(count),
    })),
  );
}

export const argMaxSamples = (): OpSample[] =>
  [1, 3, 10, 513].map((columns) => ({
    name: `rows of ${columns}`,
    inputs: [{ shape: [5, columns] }],
    build: ([x]) => x!.argMax(),
    reference: ([x]) =>
      Float64Array.from({ length: 5 }, (_, row) => {
        const values = x!.subarray(row * columns, (row + 1) * columns);
        return values.indexOf(Math.max(...values));
      }),
    isSmooth: false,
  }));
