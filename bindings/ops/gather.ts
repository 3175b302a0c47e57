// Rows by index: embedding look-ups and their gradient, and the batch of a training step.
// Kernel twins: assembly/ops/gatherRows.ts and gatherBatch.ts.

import { DataType, GatherBatchField, GatherRowsField, Opcode, ScatterAddRowsField } from '../../assembly/opcodes.js';
import { DTypeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpSample } from './sample.js';

export const gatherRowsRule: OpRule<'gatherRows'> = {
  infer(inputs) {
    const [table, indices] = inputs as [Tensor, Tensor];
    if (indices.dtype !== 'int32') throw new DTypeError(`gather: expected int32 indices, got ${indices.describe()}.`);
    return { shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  gradient(node, dy) {
    const [table, indices] = node.inputs as [Tensor, Tensor];
    const rows = table.shape[0]!;
    const sum = node.graph.emit('scatterAddRows', [dy.reshape([indices.size, ...table.shape.slice(1)]), indices], {
      rows,
    });
    return [sum, undefined];
  },
  lower([node], { address }) {
    const [table, indices] = node!.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.gatherRows, GatherRowsField, {
        sourcePointer: address(table),
        indicesPointer: address(indices),
        targetPointer: address(node!),
        rows: indices.size,
        sourceRows: table.shape[0]!,
        rowElements: sizeOf(table.shape.slice(1)),
      }),
    ];
  },
};

export const scatterAddRowsRule: OpRule<'scatterAddRows'> = {
  infer: ([source], { rows }) => ({ shape: [rows, ...source!.shape.slice(1)], dtype: 'float32' }),
  gradient: (node, dy) => [dy.gather(node.inputs[1]!).reshape(node.inputs[0]!.shape), undefined],
  flops: (node) => node.inputs[0]!.size,
  lower([node], { address }) {
    const [source, indices] = node!.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.scatterAddRows, ScatterAddRowsField, {
        sourcePointer: address(source),
        indicesPointer: address(indices),
        targetPointer: address(node!),
        rows: indices.size,
        targetRows: (node as Tensor<'scatterAddRows'>).attributes.rows,
        rowElements: sizeOf(source.shape.slice(1)),
      }),
    ];
  },
};

/** Inputs: the data set, and the int32 order of its rows (absent: as they stand). */
export const gatherBatchRule: OpRule<'gatherBatch'> = {
  infer: ([source], { rows }) => ({
    shape: [rows, ...source!.shape.slice(1)],
    dtype: source!.dtype === 'uint8' ? 'float32' : source!.dtype,
  }),
  lower([node], { address, stateAddress }) {
    const [source, indices] = node!.inputs;
    return [
      encode(Opcode.gatherBatch, GatherBatchField, {
        sourcePointer: address(source!),
        indicesPointer: indices ? address(indices) : 0,
        targetPointer: address(node!),
        statePointer: stateAddress,
        rows: node!.shape[0]!,
        rowElements: sizeOf(source!.shape.slice(1)),
        dataType: DataType[source!.dtype as keyof typeof DataType],
      }),
    ];
  },
};

export const gatherRowsSamples = (): OpSample[] =>
  [1, 3, 4, 17].map((width) => ({
    name: `rows of ${width}`,
    inputs: [{ shape: [9, width] }, { shape: [13], dtype: 'int32', range: [0, 9] }],
    build: ([table, indices]) => table!.gather(indices!),
    reference: ([table, indices]) =>
      Float64Array.from(
        { length: 13 * width },
        (_, i) => table![indices![Math.floor(i / width)]! * width + (i % width)]!,
      ),
  }));

export const scatterAddRowsSamples = (): OpSample[] =>
  [1, 3, 4, 17].map((width) => ({
    name: `rows of ${width}`,
    inputs: [{ shape: [13, width] }, { shape: [13], dtype: 'int32', range: [0, 9] }],
    build: ([source, indices]) => source!.graph.emit('scatterAddRows', [source!, indices!], { rows: 9 }),
    reference: ([source, indices]) => {
      const target = new Float64Array(9 * width);
      source!.forEach((value, i) => (target[indices![Math.floor(i / width)]! * width + (i % width)]! += value));
      return target;
    },
  }));

export const gatherBatchSamples = (): OpSample[] =>
  [true, false].map((isOrdered) => ({
    name: isOrdered ? 'in an order' : 'as it stands',
    inputs: [
      { shape: [9, 5] },
      ...(isOrdered ? [{ shape: [9], dtype: 'int32' as const, values: [8, 3, 0, 1, 7, 5, 2, 6, 4] }] : []),
    ],
    build: (inputs) => inputs[0]!.graph.emit('gatherBatch', inputs, { rows: 4 }),
    reference: ([data, order]) =>
      Float64Array.from(
        { length: 20 },
        (_, i) => data![(order ? order[Math.floor(i / 5)]! : Math.floor(i / 5)) * 5 + (i % 5)]!,
      ),
    isSmooth: false,
  }));
