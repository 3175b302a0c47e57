// The layers of a net in TensorFlow.js operations, for both backends.

import { applyLayer, layerFacts, type ActivationName, type LayerSpec, type LayerTable, type Shape } from '../net.js';
import type { Tensor, Tfjs } from './tfjs.js';

/** x kernel (+ bias) of a matrix x. */
export type Dense = (x: Tensor, kernel: Tensor, bias: Tensor | undefined, needsInputGradient: boolean) => Tensor;
export type ImageForm = 'conv2d' | 'conv3d';

export interface Context {
  tf: Tfjs;
  dense: Dense;
  images: ImageForm;
  batch: number;
  /** Of a sample of x. */
  shape: Shape;
  /** The next parameter of the net. */
  take: () => Tensor;
  /** Whether anything before this layer is trained. */
  needsInputGradient: boolean;
}

/** What a chain of layers makes of x. */
export function forward(layers: readonly LayerSpec[], x: Tensor, context: Context, table = LAYERS): Tensor {
  let { shape, needsInputGradient } = context;
  return layers.reduce((value, spec) => {
    const y = applyLayer(table, spec, value, { ...context, shape, needsInputGradient });
    const facts = layerFacts(spec, shape);
    shape = facts.output;
    needsInputGradient ||= facts.parameters.length > 0;
    return y;
  }, x);
}

const activate = (tf: Tfjs, x: Tensor, name: ActivationName | undefined): Tensor => (name ? tf[name](x) : x);

/** On the last axis of x, which may have any rank. */
function denseOf(x: Tensor, { tf, dense, batch, shape, take, needsInputGradient }: Context, hasBias: boolean): Tensor {
  const kernel = take();
  const bias = hasBias ? take() : undefined;
  if (shape.length === 1) return dense(x, kernel, bias, needsInputGradient);
  const rows = dense(tf.reshape(x, [-1, shape.at(-1)!]), kernel, bias, needsInputGradient);
  return tf.reshape(rows, [batch, ...shape.slice(0, -1), -1]);
}

/** Along an axis: less its mean, divided by its deviation, scaled and shifted. */
function normalize(tf: Tfjs, x: Tensor, axis: number, epsilon: number, gamma: Tensor, beta: Tensor): Tensor {
  const { mean, variance } = tf.moments(x, axis, true);
  const factor = tf.mul(tf.rsqrt(tf.add(variance, tf.scalar(epsilon))), gamma);
  return tf.add(tf.mul(tf.sub(x, mean), factor), beta);
}

export const LAYERS: LayerTable<[Tensor, Context], Tensor> = {
  conv2d({ size, filters, padding, activation }, x, { tf, images, shape, take }) {
    const [kernel, bias] = [take(), take()];
    if (images === 'conv2d') return activate(tf, tf.add(tf.conv2d(x, kernel, 1, padding), bias), activation);
    // Images of depth 1: the depth is an axis before the rows.
    const deep = tf.conv3d(tf.expandDims(x, 1), tf.reshape(kernel, [1, size, size, shape[2]!, filters]), 1, padding);
    return activate(tf, tf.add(tf.squeeze(deep, [1]), bias), activation);
  },
  maxPooling2d({ size }, x, { tf, images }) {
    if (images === 'conv2d') return tf.maxPool(x, size, size, 'valid');
    return tf.squeeze(tf.maxPool3d(tf.expandDims(x, 1), [1, size, size], [1, size, size], 'valid'), [1]);
  },
  flatten: (_, x, { tf, batch }) => tf.reshape(x, [batch, -1]),
  activation: ({ name }, x, { tf }) => activate(tf, x, name),
  dropout: ({ rate }, x, { tf }) => tf.dropout(x, rate),
  dense: ({ useBias = true, activation }, x, context) => activate(context.tf, denseOf(x, context, useBias), activation),
  batchNormalization: ({ epsilon }, x, { tf, take }) => normalize(tf, x, 0, epsilon, take(), take()),
  layerNormalization: ({ epsilon }, x, { tf, take }) => normalize(tf, x, -1, epsilon, take(), take()),
  lstm({ units }, x, { tf, dense, batch, shape, take, needsInputGradient }) {
    const [time, features] = shape as [number, number];
    const [kernel, recurrentKernel, bias] = [take(), take(), take()];
    // The input's part of all sums is one product; an unstack is given its gradient by one stack.
    const rows = tf.reshape(tf.transpose(x, [1, 0, 2]), [time * batch, features]);
    const fromInput = tf.reshape(dense(rows, kernel, bias, needsInputGradient), [time, batch, 4 * units]);
    let [h, c]: (Tensor | undefined)[] = [];
    for (const given of tf.unstack(fromInput)) {
      const sums = h ? tf.add(given, dense(h, recurrentKernel, undefined, true)) : given;
      const [i, f, g, o] = tf.split(sums, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
      const added = tf.mul(tf.sigmoid(i), tf.tanh(g));
      c = c ? tf.add(tf.mul(tf.sigmoid(f), c), added) : added;
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    return h!;
  },
  selfAttention({ heads }, x, context) {
    const { tf, batch, shape } = context;
    const [time, width] = shape as [number, number];
    const depth = width / heads;
    const project = (axes: number[]) =>
      tf.transpose(tf.reshape(denseOf(x, context, false), [batch, time, heads, depth]), axes);
    // Keys come transposed, so that the product of scores is NN.
    const [query, key, value] = [project([0, 2, 1, 3]), project([0, 2, 3, 1]), project([0, 2, 1, 3])];
    const scores = tf.mul(tf.matMul(query, key), tf.scalar(1 / Math.sqrt(depth)));
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), value), [0, 2, 1, 3]);
    return denseOf(tf.reshape(mixed, [batch, time, width]), { ...context, needsInputGradient: true }, false);
  },
  residual: ({ branch }, x, context) => context.tf.add(x, forward(branch, x, context)),
  averageOverTime: (_, x, { tf }) => tf.mean(x, 1),
};
