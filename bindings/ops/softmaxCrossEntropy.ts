// Softmax and cross-entropy in one, stable for logits of any size. Kernel twin: assembly/ops/softmaxCrossEntropy.ts.

import { Opcode, SoftmaxCrossEntropyField, SoftmaxCrossEntropyGradientField } from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import { formatShape, sameShape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';

function fields(logits: Tensor, labels: Tensor) {
  const columns = logits.shape.at(-1)!;
  return { rows: logits.size / columns, columns, isDense: Number(labels.dtype === 'float32') };
}

export const softmaxCrossEntropyRule: OpRule<'softmaxCrossEntropy'> = {
  infer(inputs) {
    const [logits, labels] = inputs as [Tensor, Tensor];
    const rows = logits.shape.slice(0, -1);
    const expected = labels.dtype === 'int32' ? rows : logits.shape;
    if (logits.rank < 1 || !sameShape(labels.shape, expected)) {
      throw new ShapeError(
        `softmaxCrossEntropy: logits ${formatShape(logits.shape)} need ${labels.dtype} labels of shape ` +
          `${formatShape(expected)}, got ${formatShape(labels.shape)}.`,
      );
    }
    return { shape: rows, dtype: 'float32' };
  },
  gradient(node, dy) {
    const [logits, labels] = node.inputs as [Tensor, Tensor];
    return [node.graph.emit('softmaxCrossEntropyGradient', [logits, labels, dy], {}), undefined];
  },
  flops: (node) => node.inputs[0]!.size * 18,
  lower([node], { address }) {
    const [logits, labels] = node!.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.softmaxCrossEntropy, SoftmaxCrossEntropyField, {
        logitsPointer: address(logits),
        labelsPointer: address(labels),
        targetPointer: address(node!),
        ...fields(logits, labels),
      }),
    ];
  },
};

export const softmaxCrossEntropyGradientRule: OpRule<'softmaxCrossEntropyGradient'> = {
  infer: ([logits]) => ({ shape: logits!.shape, dtype: 'float32' }),
  flops: (node) => node.size * 20,
  lower([node], { address }) {
    const [logits, labels, rowGradient] = node!.inputs as [Tensor, Tensor, Tensor];
    return [
      encode(Opcode.softmaxCrossEntropyGradient, SoftmaxCrossEntropyGradientField, {
        logitsPointer: address(logits),
        labelsPointer: address(labels),
        rowGradientPointer: address(rowGradient),
        targetPointer: address(node!),
        ...fields(logits, labels),
      }),
    ];
  },
};
