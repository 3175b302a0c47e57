// Softmax and cross-entropy in one, stable for logits of any size. Kernel twin: assembly/ops/softmaxCrossEntropy.ts.

import {
  NO_IGNORED_LABEL,
  Opcode,
  SoftmaxCrossEntropyField,
  SoftmaxCrossEntropyGradientField,
} from '../../assembly/opcodes.js';
import { ShapeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { IgnoredLabel, OpRule } from '../graph/op.js';
import { formatShape, sameShape } from '../graph/shape.js';
import { repeatedValue, type Tensor } from '../graph/tensor.js';
import type { OpSample, SampleInput } from './sample.js';
import { logSoftmaxReference } from './softmax.js';

function fields(logits: Tensor, labels: Tensor, { ignoredLabel = NO_IGNORED_LABEL }: IgnoredLabel) {
  const columns = logits.shape.at(-1)!;
  return { rows: logits.size / columns, columns, isDense: Number(labels.dtype === 'float32'), ignoredLabel };
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
    return [node.graph.emit('softmaxCrossEntropyGradient', [logits, labels, dy], node.attributes), undefined];
  },
  flops: (node) => node.inputs[0]!.size * 18,
  lower([node], { address }) {
    const [logits, labels] = node!.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.softmaxCrossEntropy, SoftmaxCrossEntropyField, {
        logitsPointer: address(logits),
        labelsPointer: address(labels),
        targetPointer: address(node!),
        ...fields(logits, labels, node!.attributes as IgnoredLabel),
      }),
    ];
  },
};

export const softmaxCrossEntropyGradientRule: OpRule<'softmaxCrossEntropyGradient'> = {
  infer: ([logits]) => ({ shape: logits!.shape, dtype: 'float32' }),
  readThrough([logits, labels, rowGradient]) {
    return [logits!, labels!, repeatedValue(rowGradient!) ?? rowGradient!];
  },
  flops: (node) => node.size * 20,
  lower([node], { address }) {
    const [logits, labels, rowGradient] = node!.inputs as [Tensor, Tensor, Tensor];
    return [
      encode(Opcode.softmaxCrossEntropyGradient, SoftmaxCrossEntropyGradientField, {
        logitsPointer: address(logits),
        labelsPointer: address(labels),
        rowGradientPointer: address(rowGradient),
        rowGradientStride: Number(rowGradient.size > 1),
        targetPointer: address(node!),
        ...fields(logits, labels, node!.attributes as IgnoredLabel),
      }),
    ];
  },
};

const CLASSES = [2, 3, 10, 65];

const crossEntropyReference = (logits: Float64Array, labels: Float64Array, columns: number, isDense: boolean) => {
  const logY = logSoftmaxReference(logits, columns);
  return Float64Array.from({ length: logits.length / columns }, (_, row) => {
    if (!isDense) return -logY[row * columns + labels[row]!]!;
    return logY
      .subarray(row * columns, (row + 1) * columns)
      .reduce((sum, y, i) => sum - y * labels[row * columns + i]!, 0);
  });
};

const labelInput = (columns: number, isDense: boolean): SampleInput =>
  isDense ? { shape: [6, columns], range: [0, 1] } : { shape: [6], dtype: 'int32', range: [0, columns] };

const IGNORED = [-1, 1, 255];
const SOME_IGNORED = (ignoredLabel: number) => [ignoredLabel, 0, 2, ignoredLabel, 0, 2];

export const softmaxCrossEntropySamples = (): OpSample[] => [
  ...CLASSES.flatMap((columns) =>
    [false, true].map((isDense): OpSample => ({
      name: `${columns} classes, ${isDense ? 'dense' : 'sparse'} labels`,
      inputs: [{ shape: [6, columns] }, labelInput(columns, isDense)],
      build: ([logits, labels]) => logits!.graph.emit('softmaxCrossEntropy', [logits!, labels!], {}),
      reference: ([logits, labels]) => crossEntropyReference(logits!, labels!, columns, isDense),
    })),
  ),
  ...IGNORED.map((ignoredLabel): OpSample => ({
    name: `label ${ignoredLabel} ignored`,
    inputs: [{ shape: [6, 3] }, { shape: [6], dtype: 'int32', values: SOME_IGNORED(ignoredLabel) }],
    build: ([logits, labels]) => logits!.graph.emit('softmaxCrossEntropy', [logits!, labels!], { ignoredLabel }),
    reference: ([logits, labels]) => {
      const counted = labels!.map((label) => (label === ignoredLabel ? 0 : label));
      return crossEntropyReference(logits!, counted, 3, false).map((loss, row) =>
        labels![row] === ignoredLabel ? 0 : loss,
      );
    },
  })),
];

export const softmaxCrossEntropyGradientSamples = (): OpSample[] =>
  CLASSES.flatMap((columns) =>
    [false, true].map((isDense) => ({
      name: `${columns} classes, ${isDense ? 'dense' : 'sparse'} labels`,
      inputs: [{ shape: [6, columns] }, labelInput(columns, isDense), { shape: [6] }],
      build: (inputs) => inputs[0]!.graph.emit('softmaxCrossEntropyGradient', inputs, {}),
      reference: ([logits, labels, rowGradient]) =>
        logSoftmaxReference(logits!, columns).map((logY, index) => {
          const [row, column] = [Math.floor(index / columns), index % columns];
          const dense = labels!.subarray(row * columns, (row + 1) * columns);
          const mass = isDense ? dense.reduce((sum, value) => sum + value, 0) : 1;
          const label = isDense ? dense[column]! : Number(labels![row] === column);
          return rowGradient![row]! * (mass * Math.exp(logY) - label);
        }),
      isSmooth: false,
    })),
  );
