// Dense layers and embeddings.

import type { Value } from './builder.js';
import { activate } from './activations.js';
import { initializerOf, type LayerToWrite, type LayerWriter } from './call.js';

/** x kernel + bias over the last axis. */
export function project(call: LayerToWrite, x: Value, kernel: string, bias: string | undefined): Value {
  const { builder } = call;
  const units = call.weight(kernel).shape[1]!;
  const weights = [initializerOf(call, kernel), ...(bias === undefined ? [] : [initializerOf(call, bias)])];
  const shape = [...x.shape.slice(0, -1), units];
  if (x.rank === 2) return builder.value(builder.op('Gemm', [builder.plain(x), ...weights]), shape);
  const product = builder.op('MatMul', [builder.plain(x), weights[0]!]);
  return builder.value(bias === undefined ? product : builder.op('Add', [product, weights[1]!]), shape);
}

const dense: LayerWriter = (call) =>
  activate(
    call,
    call.config.activation,
    project(call, call.inputs[0]!, 'kernel', call.has('bias') ? 'bias' : undefined),
  );

const embedding: LayerWriter = (call) => {
  const { builder, inputs, outputShapes, config, setMask } = call;
  const indices = builder.plain(inputs[0]!);
  if (config.maskZero === true) {
    const counts = builder.op('Not', [builder.op('Equal', [indices, builder.int32(0)])]);
    setMask(builder.op('Cast', [counts], { to: 1 }));
  }
  return builder.value(builder.op('Gather', [initializerOf(call, 'embeddings'), indices]), outputShapes[0]!);
};

const positionEmbedding: LayerWriter = (call) => {
  const { builder, inputs, weight } = call;
  const [length, width] = inputs[0]!.shape as [number, number];
  const { path, values } = weight('embeddings');
  const table = builder.weights(path, [length, width], () => values.subarray(0, length * width));
  return builder.value(builder.op('Add', [builder.plain(inputs[0]!), table]), inputs[0]!.shape);
};

export const linear = { dense, embedding, positionEmbedding } satisfies Record<string, LayerWriter>;
