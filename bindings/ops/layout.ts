// Primitives that move elements without computing: views, broadcast, transpose, concatenation, slices.
// Kernel twins: assembly/ops/copyStrided.ts and fill.ts.

import { CopyStridedField, FillField, Opcode } from '../../assembly/opcodes.js';
import { DTypeError, ShapeError } from '../runtime/errors.js';
import { sumToShape } from '../graph/differentiate.js';
import { encode, type InstructionWords } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import {
  broadcastShapes,
  broadcastStrides,
  formatShape,
  mergeDimensions,
  sameShape,
  sizeOf,
  stridesOf,
  type Shape,
} from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpSample } from './sample.js';

const MAXIMUM_COPY_RANK = 6;

/** One `copyStrided` over a box of `shape`; offsets and strides are in elements. */
function copyBox(
  shape: Shape,
  source: { address: number; strides: number[]; offset?: number },
  target: { address: number; strides: number[]; offset?: number },
): InstructionWords {
  const dimensions = mergeDimensions(shape, source.strides, target.strides);
  if (dimensions.length > MAXIMUM_COPY_RANK) {
    throw new ShapeError(`A copy of ${formatShape(shape)} needs more than ${MAXIMUM_COPY_RANK} strided axes.`);
  }
  return encode(
    Opcode.copyStrided,
    CopyStridedField,
    {
      sourcePointer: source.address + 4 * (source.offset ?? 0),
      targetPointer: target.address + 4 * (target.offset ?? 0),
      rank: dimensions.length,
    },
    dimensions.flatMap(({ size, strides }) => [size, ...strides]),
  );
}

const offsetOf = (index: readonly number[], strides: readonly number[]): number =>
  index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);

export const reshapeRule: OpRule<'reshape'> = {
  kind: 'view',
  infer: ([input], { shape }) => ({ shape, dtype: input!.dtype }),
  gradient: ({ inputs: [input] }, dy) => [dy.reshape(input!.shape)],
};

export const broadcastToRule: OpRule<'broadcastTo'> = {
  infer([input], { shape }) {
    const result = broadcastShapes(`${input!.describe()}.broadcastTo`, input!.shape, shape);
    if (!sameShape(result, shape)) {
      throw new ShapeError(`${input!.describe()} cannot be stretched to ${formatShape(shape)}.`);
    }
    return { shape, dtype: input!.dtype };
  },
  gradient: ({ inputs: [input] }, dy) => [sumToShape(dy, input!.shape)],
  lower([node], { address }) {
    const input = node!.inputs[0]!;
    const strides = broadcastStrides(input.shape, node!.shape);
    const target = { address: address(node!), strides: stridesOf(node!.shape) };
    return [copyBox(node!.shape, { address: address(input), strides }, target)];
  },
};

export const transposeRule: OpRule<'transpose'> = {
  infer([input], { permutation }) {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (permutation.length !== input!.rank || sorted.some((axis, i) => axis !== i)) {
      throw new ShapeError(
        `${input!.describe()}.transpose: [${permutation.join(', ')}] is no permutation of its ${input!.rank} axes.`,
      );
    }
    return { shape: permutation.map((axis) => input!.shape[axis]!), dtype: input!.dtype };
  },
  gradient({ attributes: { permutation } }, dy) {
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return [dy.transpose(inverse)];
  },
  lower([node], { address }) {
    const input = node!.inputs[0]!;
    const { permutation } = (node as Tensor<'transpose'>).attributes;
    const inputStrides = stridesOf(input.shape);
    const strides = permutation.map((axis) => inputStrides[axis]!);
    const target = { address: address(node!), strides: stridesOf(node!.shape) };
    return [copyBox(node!.shape, { address: address(input), strides }, target)];
  },
};

export const concatRule: OpRule<'concat'> = {
  infer(inputs, { axis }) {
    const [first, ...others] = inputs;
    for (const other of others) {
      const fits = other.rank === first!.rank && other.shape.every((side, i) => i === axis || side === first!.shape[i]);
      if (!fits || other.dtype !== first!.dtype) {
        throw new ShapeError(
          `concat along axis ${axis}: ${other.describe()} (${other.dtype}) does not fit ${first!.describe()} ` +
            `(${first!.dtype}). All other sides and the type must be equal.`,
        );
      }
    }
    const side = inputs.reduce((sum, input) => sum + input.shape[axis]!, 0);
    return { shape: first!.shape.map((own, i) => (i === axis ? side : own)), dtype: first!.dtype };
  },
  gradient({ inputs, attributes: { axis } }, dy) {
    let start = 0;
    return inputs.map((input) => {
      const begin = input.shape.map((_, i) => (i === axis ? start : 0));
      start += input.shape[axis]!;
      return dy.slice(begin, input.shape);
    });
  },
  lower([node], { address }) {
    const { axis } = (node as Tensor<'concat'>).attributes;
    const strides = stridesOf(node!.shape);
    let start = 0;
    return node!.inputs.map((input) => {
      const target = { address: address(node!), strides, offset: start * strides[axis]! };
      start += input.shape[axis]!;
      return copyBox(input.shape, { address: address(input), strides: stridesOf(input.shape) }, target);
    });
  },
};

export const sliceRule: OpRule<'slice'> = {
  infer([input], { begin, size }) {
    const isInside = input!.shape.every((side, i) => begin[i]! >= 0 && size[i]! > 0 && begin[i]! + size[i]! <= side);
    if (begin.length !== input!.rank || size.length !== input!.rank || !isInside) {
      throw new ShapeError(
        `${input!.describe()}.slice: begin [${begin.join(', ')}] and size [${size.join(', ')}] do not lie inside.`,
      );
    }
    return { shape: size, dtype: input!.dtype };
  },
  gradient: ({ inputs: [input], attributes: { begin }, graph }, dy) => [
    graph.emit('padTo', [dy], { begin, shape: input!.shape }),
  ],
  lower([node], { address }) {
    const input = node!.inputs[0]!;
    const strides = stridesOf(input.shape);
    const offset = offsetOf((node as Tensor<'slice'>).attributes.begin, strides);
    const target = { address: address(node!), strides: stridesOf(node!.shape) };
    return [copyBox(node!.shape, { address: address(input), strides, offset }, target)];
  },
};

export const padToRule: OpRule<'padTo'> = {
  infer([input], { shape }) {
    if (input!.dtype !== 'float32') throw new DTypeError(`padTo: expected float32, got ${input!.describe()}.`);
    return { shape, dtype: 'float32' };
  },
  gradient: ({ inputs: [input], attributes: { begin } }, dy) => [dy.slice(begin, input!.shape)],
  lower([node], { address }) {
    const input = node!.inputs[0]!;
    const { begin, shape } = (node as Tensor<'padTo'>).attributes;
    const strides = stridesOf(shape);
    return [
      encode(Opcode.fill, FillField, { targetPointer: address(node!), count: sizeOf(shape), value: 0 }),
      copyBox(
        input.shape,
        { address: address(input), strides: stridesOf(input.shape) },
        { address: address(node!), strides, offset: offsetOf(begin, strides) },
      ),
    ];
  },
};

/** Its gradient is `padTo` of the flat form. */
export const sectionRule: OpRule<'section'> = {
  kind: 'view',
  viewOffset: ({ attributes: { offset } }) => 4 * offset,
  infer([input], { offset, shape }) {
    if (offset < 0 || offset + sizeOf(shape) > input!.size) {
      throw new ShapeError(
        `${input!.describe()}.section: ${formatShape(shape)} from ${offset} on does not lie inside.`,
      );
    }
    return { shape, dtype: input!.dtype };
  },
  gradient({ inputs: [input], attributes: { offset }, graph }, dy) {
    const flat = graph.emit('padTo', [dy.reshape([dy.size])], { begin: [offset], shape: [input!.size] });
    return [flat.reshape(input!.shape)];
  },
};

export const reshapeSamples = (): OpSample[] => [
  {
    name: 'flattened',
    inputs: [{ shape: [3, 4, 5] }],
    build: ([x]) => x!.reshape([-1, 10]).mul(2),
    reference: ([x]) => x!.map((value) => 2 * value),
  },
];

export const broadcastToSamples = (): OpSample[] => [
  {
    name: 'rows and columns',
    inputs: [{ shape: [3, 1, 5] }],
    build: ([x]) => x!.broadcastTo([2, 3, 4, 5]),
    reference: ([x]) => Float64Array.from({ length: 120 }, (_, i) => x![(Math.floor(i / 20) % 3) * 5 + (i % 5)]!),
  },
  {
    name: 'a scalar',
    inputs: [{ shape: [] }],
    build: ([x]) => x!.broadcastTo([7]),
    reference: ([x]) => Float64Array.from({ length: 7 }, () => x![0]!),
  },
];

export const transposeSamples = (): OpSample[] =>
  [
    { shape: [5, 9], permutation: [1, 0] },
    { shape: [33, 17], permutation: [1, 0] },
    { shape: [2, 3, 4, 5], permutation: [0, 2, 1, 3] },
    { shape: [2, 3, 4, 5], permutation: [3, 1, 0, 2] },
  ].map(({ shape, permutation }) => ({
    name: `[${shape}] by [${permutation}]`,
    inputs: [{ shape }],
    build: ([x]) => x!.transpose(permutation),
    reference: ([x]) => {
      const target = permutation.map((axis) => shape[axis]!);
      const [own, strides] = [stridesOf(shape), stridesOf(target)];
      return Float64Array.from(x!, (_, index) => {
        const at = target.map((side, axis) => Math.floor(index / strides[axis]!) % side);
        return x![permutation.reduce((sum, axis, i) => sum + at[i]! * own[axis]!, 0)]!;
      });
    },
  }));

export const concatSamples = (): OpSample[] => [
  {
    name: 'along the last axis',
    inputs: [{ shape: [3, 2] }, { shape: [3, 5] }],
    build: ([a, b]) => a!.concat([b!]),
    reference: ([a, b]) =>
      [0, 1, 2].flatMap((row) => [...a!.subarray(row * 2, row * 2 + 2), ...b!.subarray(row * 5, row * 5 + 5)]),
  },
  {
    name: 'along the first axis',
    inputs: [{ shape: [3, 2] }, { shape: [1, 2] }, { shape: [2, 2] }],
    build: ([a, b, c]) => a!.concat([b!, c!], 0),
    reference: ([a, b, c]) => [...a!, ...b!, ...c!],
  },
];

export const sliceSamples = (): OpSample[] => [
  {
    name: 'inside',
    inputs: [{ shape: [4, 7] }],
    build: ([x]) => x!.slice([1, 2], [2, 5]),
    reference: ([x]) => [...x!.subarray(9, 14), ...x!.subarray(16, 21)],
  },
];

export const padToSamples = (): OpSample[] => [
  {
    name: 'inside zeros',
    inputs: [{ shape: [2, 3] }],
    build: ([x]) => x!.graph.emit('padTo', [x!], { begin: [1, 1], shape: [4, 5] }),
    reference: ([x]) => [0, 0, 0, 0, 0, 0, ...x!.subarray(0, 3), 0, 0, ...x!.subarray(3, 6), 0, 0, 0, 0, 0, 0],
  },
];

export const sectionSamples = (): OpSample[] => [
  {
    name: 'inside a computed tensor',
    inputs: [{ shape: [4, 7] }],
    build: ([x]) => {
      const doubled = x!.mul(2);
      const inner = doubled.graph.emit('section', [doubled], { offset: 5, shape: [4, 4] });
      return inner.graph.emit('section', [inner.reshape([2, 8])], { offset: 3, shape: [5] }).mul(1.5);
    },
    reference: ([x]) => x!.slice(8, 13).map((value) => 3 * value),
  },
  {
    name: 'as a result',
    inputs: [{ shape: [9] }],
    build: ([x]) => x!.graph.emit('section', [x!.mul(2)], { offset: 2, shape: [2, 3] }),
    reference: ([x]) => x!.slice(2, 8).map((value) => 2 * value),
  },
];
