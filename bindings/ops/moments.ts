// Mean and variance, and the sums that normalisation needs of its gradient. Kernel twin: assembly/ops/moments.ts.

import { MomentsField, Opcode } from '../../assembly/opcodes.js';
import { encode } from '../graph/encode.js';
import type { LowerContext, OpRule } from '../graph/op.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { DTypeError, ShapeError } from '../runtime/errors.js';
import type { OpSample } from './sample.js';

/** The axes reduced to 1. */
const reduced = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((side, axis) => (axes.includes(axis) ? 1 : side));

function fields(x: Tensor, node: Tensor<'moments' | 'momentProducts'>, { address }: LowerContext) {
  const { axes } = node.attributes;
  return {
    sourcePointer: address(x),
    targetPointer: address(node),
    outer: sizeOf(x.shape.slice(0, axes[0])),
    count: sizeOf(x.shape.slice(axes[0], axes.at(-1)! + 1)),
    inner: sizeOf(x.shape.slice(axes.at(-1)! + 1)),
  };
}

/** The neighbouring axes along which `operand` is stretched to `x`; undefined if they are none, or not neighbours. */
export function stretchedAxes(operand: Tensor, x: Tensor): readonly number[] | undefined {
  const lead = x.rank - operand.rank;
  const axes = x.shape.flatMap((side, axis) => (side !== 1 && (operand.shape[axis - lead] ?? 1) === 1 ? [axis] : []));
  const isRun = axes.every((axis, i) => i === 0 || axis === axes[i - 1]! + 1);
  return axes.length > 0 && isRun ? axes : undefined;
}

/** One of the two halves of a pair of results. */
export function halfOf(pair: Tensor, index: 0 | 1): Tensor {
  const shape = pair.shape.slice(1);
  return pair.graph.emit('section', [pair], { offset: index * sizeOf(shape), shape });
}

/** x -> [2, ...]: mean and biased variance over neighbouring axes, which stay as 1. */
export const momentsRule: OpRule<'moments'> = {
  infer([x], { axes }) {
    if (x!.dtype !== 'float32') throw new DTypeError(`moments: expected float32, got ${x!.describe()}.`);
    return { shape: [2, ...reduced(x!.shape, axes)], dtype: 'float32' };
  },
  flops: (node) => node.inputs[0]!.size * 4,
  lower([node], context) {
    const own = fields(node!.inputs[0]!, node as Tensor<'moments'>, context);
    return [encode(Opcode.moments, MomentsField, { ...own, gradientPointer: 0, meanPointer: 0 })];
  },
};

/** moments, x -> one of the two, which is differentiated as a function of x. */
export const momentRule: OpRule<'moment'> = {
  kind: 'view',
  viewOffset: ({ attributes: { index, shape } }) => 4 * index * sizeOf(shape),
  infer: (_, { shape }) => ({ shape, dtype: 'float32' }),
  gradient({ graph, inputs, attributes: { index } }, dy) {
    const [moments, x] = inputs as [Tensor<'moments'>, Tensor];
    const slope = dy.reshape(moments.shape.slice(1)).mul((1 + index) / (x.size / dy.size));
    if (index === 0) return [undefined, slope.broadcastTo(x.shape)];
    const mean = graph.emit('section', [moments], { offset: 0, shape: slope.shape });
    return [undefined, x.sub(mean).mul(slope)];
  },
};

/** dy, x, mean -> [2, ...]: the sums of dy and of dy (x - mean) over neighbouring axes, which stay as 1. */
export const momentProductsRule: OpRule<'momentProducts'> = {
  infer([dy, x, mean], { axes }) {
    const shape = reduced(x!.shape, axes);
    if (!sameShape(dy!.shape, x!.shape) || mean!.size !== sizeOf(shape)) {
      throw new ShapeError(
        `momentProducts: ${formatShape(dy!.shape)}, ${formatShape(x!.shape)} and ${formatShape(mean!.shape)} do not fit.`,
      );
    }
    return { shape: [2, ...shape], dtype: 'float32' };
  },
  flops: (node) => node.inputs[0]!.size * 4,
  lower([node], context) {
    const [dy, x, mean] = node!.inputs as [Tensor, Tensor, Tensor];
    const own = fields(x, node as Tensor<'momentProducts'>, context);
    const pointers = { gradientPointer: context.address(dy), meanPointer: context.address(mean) };
    return [encode(Opcode.moments, MomentsField, { ...own, ...pointers })];
  },
};

/** Shapes [outer, count, inner] around vectors and blocks. */
const LAYOUTS: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [5, 1, 3],
  [7, 10, 1],
  [5, 3, 1],
  [2, 261, 1],
  [1, 9, 17],
  [3, 130, 5],
  [2, 4, 33],
  [2, 3, 8],
];

/** The values of each column of [outer, count, inner]. */
function columnsOf(values: Float64Array, [outer, count, inner]: (typeof LAYOUTS)[number]): number[][] {
  return Array.from({ length: outer * inner }, (_, column) => {
    const start = Math.floor(column / inner) * count * inner + (column % inner);
    return Array.from({ length: count }, (__, row) => values[start + row * inner]!);
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

export const momentsSamples = (): OpSample[] => [
  ...LAYOUTS.map((layout): OpSample => ({
    name: `of [${layout.join(', ')}]`,
    inputs: [{ shape: layout }],
    build: ([x]) => x!.graph.emit('moments', [x!], { axes: [1] }),
    reference([x]) {
      const columns = columnsOf(x!, layout);
      return [...columns.map(mean), ...columns.map((column) => mean(column.map((v) => (v - mean(column)) ** 2)))];
    },
  })),
  {
    name: 'far from zero, and constant',
    inputs: [{ shape: [6, 2], values: [4e6, 7e7, 4e6 + 1, 7e7, 4e6, 7e7, 4e6 + 1, 7e7, 4e6, 7e7, 4e6 + 1, 7e7] }],
    build: ([x]) => x!.graph.emit('moments', [x!], { axes: [0] }),
    reference: () => [4e6 + 0.5, 7e7, 0.25, 0],
    isSmooth: false,
  },
];

export const momentSamples = (): OpSample[] =>
  ([0, 1] as const).flatMap((index) =>
    LAYOUTS.map((layout) => ({
      name: `${['mean', 'variance'][index]} of [${layout.join(', ')}]`,
      inputs: [{ shape: layout }],
      build: ([x]) => {
        const { mean: first, variance } = x!.moments({ axis: 1 });
        return (index === 0 ? first : variance).mul(3);
      },
      reference: ([x]) =>
        columnsOf(x!, layout).map((column) =>
          index === 0 ? 3 * mean(column) : 3 * mean(column.map((value) => (value - mean(column)) ** 2)),
        ),
    })),
  );

export const momentProductsSamples = (): OpSample[] =>
  LAYOUTS.map((layout) => ({
    name: `of [${layout.join(', ')}]`,
    inputs: [{ shape: layout }, { shape: layout }, { shape: [layout[0], 1, layout[2]] }],
    build: (inputs) => inputs[0]!.graph.emit('momentProducts', inputs, { axes: [1] }),
    reference([dy, x, means]) {
      const [gradients, values] = [columnsOf(dy!, layout), columnsOf(x!, layout)];
      const products = values.map((column, i) => sum(column.map((value, row) => gradients[i]![row]! * (value - means![i]!)))); // prettier-ignore
      return [...gradients.map(sum), ...products];
    },
    isSmooth: false,
  }));
