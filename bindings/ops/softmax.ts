// Softmax and log-softmax along the last axis. Kernel twin: assembly/ops/softmax.ts.

import { Opcode, SoftmaxField, SoftmaxGradientField } from '../../assembly/opcodes.js';
import { DTypeError, ShapeError } from '../runtime/errors.js';
import { encode } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpSample } from './sample.js';

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

const ROW_WIDTHS = [1, 3, 4, 10, 17, 513];

/** log-softmax of each row in float64. */
export function logSoftmaxReference(x: Float64Array, columns: number): Float64Array {
  return x.map((value, index) => {
    const row = x.subarray(index - (index % columns), index - (index % columns) + columns);
    const maximum = Math.max(...row);
    return value - maximum - Math.log(row.reduce((sum, other) => sum + Math.exp(other - maximum), 0));
  });
}

export const softmaxSamples = (): OpSample[] =>
  ROW_WIDTHS.flatMap((columns): OpSample[] => [
    {
      name: `rows of ${columns}`,
      inputs: [{ shape: [5, columns] }],
      build: ([x]) => x!.softmax(),
      reference: ([x]) => logSoftmaxReference(x!, columns).map(Math.exp),
    },
    {
      name: `log, rows of ${columns}`,
      inputs: [{ shape: [5, columns], range: [-90, 90] }],
      build: ([x]) => x!.logSoftmax(),
      reference: ([x]) => logSoftmaxReference(x!, columns),
    },
  ]);

export const softmaxGradientSamples = (): OpSample[] =>
  ROW_WIDTHS.flatMap((columns) =>
    [false, true].map((isLog) => ({
      name: `${isLog ? 'log, ' : ''}rows of ${columns}`,
      inputs: [{ shape: [5, columns] }, { shape: [5, columns] }],
      build: ([x, dy]) => {
        const y = isLog ? x!.logSoftmax() : x!.softmax();
        return y.graph.emit('softmaxGradient', [y, dy!], { isLog });
      },
      reference: ([x, dy]) => {
        const logY = logSoftmaxReference(x!, columns);
        return dy!.map((value, index) => {
          const start = index - (index % columns);
          const y = Math.exp(logY[index]!);
          let sum = 0;
          for (let i = start; i < start + columns; i++) sum += dy![i]! * (isLog ? 1 : Math.exp(logY[i]!));
          return isLog ? value - y * sum : y * (value - sum);
        });
      },
      isSmooth: false,
    })),
  );
