// Prediction in TensorFlow.js operations: biases and activations fused, nothing to differentiate.

import type { LayerTable } from '../net.js';
import { parameterShapes, type InferenceCase, type RunnableCase } from '../subject.js';
import type { Tensor, Tfjs } from './tfjs.js';
import { forward, LAYERS as TRAINED, type Context, type Dense } from './tfjsLayers.js';

/** The layers that have a fused form, in place of those that are trained. */
const LAYERS: LayerTable<[Tensor, Context], Tensor> = {
  ...TRAINED,
  conv2d(spec, x, context) {
    const { padding: pad, activation } = spec;
    if (activation !== 'relu') return TRAINED.conv2d(spec, x, context);
    return context.tf.fused.conv2d({ x, filter: context.take(), bias: context.take(), strides: 1, pad, activation });
  },
  dense(spec, x, context) {
    const { useBias = true, activation } = spec;
    if (activation !== 'relu' || !useBias) return TRAINED.dense(spec, x, context);
    return context.tf.fused.matMul({ a: x, b: context.take(), bias: context.take(), activation });
  },
};

export function makeInference(tf: Tfjs, backend: string, given: InferenceCase): RunnableCase<Float32Array> {
  const { batch, inputShape: shape, layers } = given;
  const parameters = parameterShapes(given).map((sides, i) => tf.tensor(given.weights[i]!, sides));
  const dense: Dense = (a, b, bias) => tf.fused.matMul({ a, b, ...(bias && { bias }), activation: 'linear' });
  const context = { tf, batch, shape, dense, images: 'conv2d', needsInputGradient: false } as const;
  const predict = () => {
    const outputs = tf.tidy(() => {
      const rest = parameters.values();
      const take = () => rest.next().value!;
      return forward(layers, tf.tensor(given.x, [batch, ...shape]), { ...context, take }, LAYERS);
    });
    const values = outputs.dataSync();
    outputs.dispose();
    return values;
  };
  return {
    outputs: predict,
    async run(count) {
      await tf.setBackend(backend);
      for (let i = 0; i < count; i++) predict();
    },
    dispose() {
      for (const tensor of parameters) tensor.dispose();
    },
  };
}
