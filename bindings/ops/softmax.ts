// Softmax and log-softmax along the last axis. Kernel twin: assembly/ops/softmax.ts.

import { Opcode, SoftmaxField, SoftmaxGradientField } from '../../assembly/opcodes.js';
import { DTypeError, ShapeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';

const rowsAndColumns = (tensor: Tensor) => ({
  rows: tensor.size / tensor.shape.at(-1)!,
  columns: tensor.shape.at(-1)!,
});

export const softmaxRule: OpRule<'softmax'> = {
  infer([input]) {
    if (input!.rank === 0) throw new ShapeError(`softmax: expected at least 1 axis, got ${input!.describe()}.`);
    if (input!.dtype !== 'float32') throw new DTypeError(`softmax: expected float32, got ${input!.describe()}.`);
    return { shape: input!.shape, dtype: 'float32' };
  },
  gradient: (node, dy) => [node.graph.emit('softmaxGradient', [node, dy], node.attributes)],
  flops: (node) => node.size * 18,
  lower([node], { address }) {
    const { isLog } = (node as Tensor<'softmax'>).attributes;
    return [
      encode(Opcode.softmax, SoftmaxField, {
        sourcePointer: address(node!.inputs[0]!),
        targetPointer: address(node!),
        ...rowsAndColumns(node!),
        isLog: Number(isLog),
      }),
    ];
  },
};

export const softmaxGradientRule: OpRule<'softmaxGradient'> = {
  infer: ([output]) => ({ shape: output!.shape, dtype: 'float32' }),
  flops: (node) => node.size * (node.attributes.isLog ? 17 : 4),
  lower([node], { address }) {
    const [output, outputGradient] = node!.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.softmaxGradient, SoftmaxGradientField, {
        outputPointer: address(output),
        outputGradientPointer: address(outputGradient),
        targetPointer: address(node!),
        ...rowsAndColumns(node!),
        isLog: Number((node as Tensor<'softmaxGradient'>).attributes.isLog),
      }),
    ];
  },
};
