// Random values of samples, whatever batch they stand in. Kernel twin: assembly/ops/sampleRandom.ts.

import { Opcode, SampleRandomField } from '../../assembly/opcodes.js';
import { encode } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import { sizeOf } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { OpSample } from './sample.js';

/** Inputs: the numbers of the samples [batch], and the epoch. */
export const sampleRandomRule: OpRule<'sampleRandom'> = {
  infer: ([samples], { shape }) => ({ shape: [samples!.size, ...shape], dtype: 'float32' }),
  flops: (node) => node.size * (node.attributes.isNormal ? 40 : 1),
  lower([result], { address, stateAddress }) {
    const node = result as Tensor<'sampleRandom'>;
    const { shape, stream, isNormal } = node.attributes;
    const [samples, epoch] = node.inputs as [Tensor, Tensor];
    return [
      encode(Opcode.sampleRandom, SampleRandomField, {
        samplesPointer: address(samples),
        stepPointer: address(epoch),
        targetPointer: address(node),
        statePointer: stateAddress,
        rows: samples.size,
        rowElements: sizeOf(shape),
        stream,
        isNormal: Number(isNormal),
      }),
    ];
  },
};

/** Samples of sizes around a tile; tests/core/random.test.ts compares them with the generator. */
export const sampleRandomSamples = (): OpSample[] =>
  [[1], [7], [512], [171, 3]].flatMap((shape) =>
    [false, true].map((isNormal) => ({
      name: `${isNormal ? 'normal' : 'uniform'} [${shape}]`,
      inputs: [
        { shape: [5], dtype: 'int32' as const, values: [4, 0, 7, 7, 123456] },
        { shape: [], dtype: 'int32' as const, values: [3] },
      ],
      build: (inputs: readonly Tensor[]) =>
        inputs[0]!.graph.emit('sampleRandom', inputs, { shape, stream: 2, isNormal }),
      isSmooth: false,
    })),
  );
