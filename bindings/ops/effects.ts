// Primitives that change memory which outlives the step. Kernel twins: assembly/ops/copyStrided.ts, accumulate.ts,
// checkFinite.ts, endStepUnless.ts, permutation.ts, storeBatch.ts.

import {
  AccumulateField,
  CheckFiniteField,
  CopyStridedField,
  EndStepUnlessField,
  Opcode,
  PermutationField,
  StoreBatchField,
} from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { DType, OpRule } from '../graph/op.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

/** An effect has no value. */
export const NO_VALUE: { shape: Shape; dtype: DType } = { shape: [], dtype: 'float32' };

function checkSameSize(op: string, target: Tensor, value: Tensor): void {
  if (target.size === value.size) return;
  throw new ShapeError(`${op}: ${value.describe()} does not fit ${target.describe()}.`);
}

/** Inputs: the target leaf, the value. */
export const assignRule: OpRule<'assign'> = {
  kind: 'effect',
  writes: () => [0],
  infer([target, value]) {
    checkSameSize('assign', target!, value!);
    return NO_VALUE;
  },
  lower([node], { address }) {
    const [target, value] = node!.inputs as [Tensor, Tensor];
    return [
      encode(
        Opcode.copyStrided,
        CopyStridedField,
        { sourcePointer: address(value), targetPointer: address(target), rank: 1 },
        [value.size, 1, 1],
      ),
    ];
  },
};

/** Inputs: the accumulator, a leaf with two float32 places for each float64 sum; the values. */
export const accumulateRule: OpRule<'accumulate'> = {
  kind: 'effect',
  writes: () => [0],
  infer([accumulator, value]) {
    if (accumulator!.size !== 2 * value!.size) {
      throw new ShapeError(
        `accumulate: ${value!.describe()} needs ${2 * value!.size} words, got ${accumulator!.describe()}.`,
      );
    }
    return NO_VALUE;
  },
  flops: (node) => node.inputs[1]!.size,
  lower([node], { address }) {
    const [accumulator, value] = node!.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.accumulate, AccumulateField, {
        valuePointer: address(value),
        accumulatorPointer: address(accumulator),
        count: value.size,
      }),
    ];
  },
};

/** Inputs: the leaf with rows for all batches, the rows of this one. */
export const storeBatchRule: OpRule<'storeBatch'> = {
  kind: 'effect',
  writes: () => [0],
  infer([target, value]) {
    const rowSize = (tensor: Tensor) => sizeOf(tensor.shape.slice(1));
    if (rowSize(target!) !== rowSize(value!) || target!.shape[0]! < value!.shape[0]!) {
      throw new ShapeError(`storeBatch: rows of ${value!.describe()} do not fit ${target!.describe()}.`);
    }
    return NO_VALUE;
  },
  lower([node], { address, stateAddress }) {
    const [target, value] = node!.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.storeBatch, StoreBatchField, {
        sourcePointer: address(value),
        targetPointer: address(target),
        statePointer: stateAddress,
        rows: value.shape[0]!,
        rowElements: sizeOf(value.shape.slice(1)),
      }),
    ];
  },
};

/** Inputs: the int32 leaf that the order is written to, and the number of the epoch. */
export const permutationRule: OpRule<'permutation'> = {
  kind: 'effect',
  writes: () => [0],
  infer: () => NO_VALUE,
  lower([node], { address, stateAddress }) {
    const [order, epoch] = node!.inputs as [Tensor, Tensor];
    const { stream } = (node as Tensor<'permutation'>).attributes;
    return [
      encode(Opcode.permutation, PermutationField, {
        targetPointer: address(order),
        count: order.size,
        statePointer: stateAddress,
        stream,
        coordinatePointer: address(epoch),
      }),
    ];
  },
};

export const checkFiniteRule: OpRule<'checkFinite'> = {
  kind: 'effect',
  mayEndStep: true,
  infer: () => NO_VALUE,
  flops: (node) => node.inputs[0]!.size,
  lower([node], { address }) {
    const value = node!.inputs[0]!;
    return [encode(Opcode.checkFinite, CheckFiniteField, { valuePointer: address(value), count: value.size })];
  },
};

export const endStepUnlessRule: OpRule<'endStepUnless'> = {
  kind: 'effect',
  mayEndStep: true,
  infer: () => NO_VALUE,
  lower([node], { address }) {
    return [encode(Opcode.endStepUnless, EndStepUnlessField, { flagPointer: address(node!.inputs[0]!) })];
  },
};
