// The layers of a net in jax-js operations. Every function consumes the arrays that it is given.

import { applyLayer, layerFacts, type ActivationName, type LayerSpec, type LayerTable, type Shape } from '../net.js';
import type { Jax, JaxArray } from './jax.js';

export interface Context {
  jax: Jax;
  batch: number;
  /** Of a sample of x. */
  shape: Shape;
  take: () => JaxArray;
  /** The number of the next mask, its caller's to dispose of. */
  nextSeed: () => JaxArray;
}

/** What a chain of layers makes of x. */
export function forward(layers: readonly LayerSpec[], x: JaxArray, context: Context): JaxArray {
  let { shape } = context;
  return layers.reduce((value, spec) => {
    const y = applyLayer(LAYERS, spec, value, { ...context, shape });
    shape = layerFacts(spec, shape).output;
    return y;
  }, x);
}

const activate = ({ nn, numpy }: Jax, x: JaxArray, name: ActivationName | undefined): JaxArray =>
  name === undefined ? x : name === 'relu' ? nn.relu(x) : numpy.tanh(x);

/** x kernel (+ bias) on the last axis. */
function denseOf(x: JaxArray, { jax, batch, shape, take }: Context, hasBias: boolean): JaxArray {
  const isMatrix = shape.length === 1;
  const product = jax.numpy.matmul(isMatrix ? x : x.reshape([-1, shape.at(-1)!]), take());
  const y = hasBias ? product.add(take()) : product;
  return isMatrix ? y : y.reshape([batch, ...shape.slice(0, -1), -1]);
}

const LAYERS: LayerTable<[JaxArray, Context], JaxArray> = {
  // A product of patches that lie in memory: its own convolution was seen to take 14 to 34 times as long (lenet5, cnn).
  conv2d(spec, x, { jax, batch, shape, take }) {
    const { filters, size, padding, activation } = spec;
    const [rows, columns] = layerFacts({ kind: 'conv2d', ...spec }, shape).output as [number, number];
    const lost = padding === 'same' ? size - 1 : 0;
    const border: [number, number] = [lost >> 1, lost - (lost >> 1)];
    const padded = lost > 0 ? jax.numpy.pad(x, [[0, 0], border, border, [0, 0]]) : x;
    const parts = Array.from({ length: size * size }, (_, at) => {
      const [row, column] = [Math.floor(at / size), at % size];
      return padded.ref.slice([], [row, row + rows], [column, column + columns], []);
    });
    padded.dispose();
    const features = size * size * shape[2]!;
    const patches = jax.numpy.concatenate(parts, 3).reshape([batch * rows * columns, features]);
    const product = jax.numpy.matmul(patches, take().reshape([features, filters])).add(take());
    return activate(jax, product.reshape([batch, rows, columns, filters]), activation);
  },
  // Halves of a split and their maximum take half the time of a reduction and its gradient.
  maxPooling2d({ size }, x, { jax: { numpy }, batch, shape }) {
    const [height, width, channels] = shape as [number, number, number];
    const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
    const largest = (values: JaxArray) => numpy.split(values, size, 1).reduce((a, b) => numpy.maximum(a, b));
    const whole = x.slice([], [0, rows * size], [0, columns * size], []);
    const byRow = largest(whole.reshape([batch * rows, size, columns * size, channels]));
    return largest(byRow.reshape([batch * rows * columns, size, channels])).reshape([batch, rows, columns, channels]);
  },
  flatten: (_, x, { batch }) => x.reshape([batch, -1]),
  activation: ({ name }, x, { jax }) => activate(jax, x, name),
  dropout({ rate }, x, { jax: { numpy, random }, batch, shape, nextSeed }) {
    const keep = random.bernoulli(random.key(nextSeed()), 1 - rate, [batch, ...shape]);
    return numpy.where(keep, x.mul(1 / (1 - rate)), 0);
  },
  dense: ({ useBias = true, activation }, x, context) =>
    activate(context.jax, denseOf(x, context, useBias), activation),
  batchNormalization({ epsilon }, x, { jax: { numpy }, batch, take }) {
    const mean = x.ref.sum(0).mul(1 / batch);
    const centered = x.sub(mean);
    const variance = centered.ref.mul(centered.ref).sum(0).mul(1 / batch); // prettier-ignore
    return centered.div(numpy.sqrt(variance.add(epsilon))).mul(take()).add(take()); // prettier-ignore
  },
  layerNormalization: ({ epsilon }, x, { jax: { nn }, take }) =>
    nn.standardize(x, -1, { epsilon }).mul(take()).add(take()),
  lstm(_, x, context) {
    const { jax, batch, shape, take } = context;
    const { nn, numpy } = jax;
    const [time, features] = shape as [number, number];
    const [kernel, recurrentKernel, bias] = [take(), take(), take()];
    // The input's part of all sums is one product.
    const rows = x.transpose([1, 0, 2]).reshape([time * batch, features]);
    const fromInput = numpy.split(numpy.matmul(rows, kernel).add(bias), time, 0);
    let [h, c]: (JaxArray | undefined)[] = [];
    for (const given of fromInput) {
      const sums = h ? given.add(numpy.matmul(h, recurrentKernel.ref)) : given;
      const [i, f, g, o] = numpy.split(sums, 4, 1) as [JaxArray, JaxArray, JaxArray, JaxArray];
      const added = nn.sigmoid(i).mul(numpy.tanh(g));
      c = c ? nn.sigmoid(f).mul(c).add(added) : (f.dispose(), added);
      h = nn.sigmoid(o).mul(numpy.tanh(c.ref));
    }
    c!.dispose();
    recurrentKernel.dispose();
    return h!;
  },
  // Composed, since the library's own dotProductAttention does not run on Node 20 (it uses iterator helpers).
  selfAttention({ heads }, x, context) {
    const { jax, batch, shape } = context;
    const [time, width] = shape as [number, number];
    const depth = width / heads;
    const project = (axes: number[]) =>
      denseOf(x.ref, context, false).reshape([batch, time, heads, depth]).transpose(axes);
    const [query, key, value] = [project([0, 2, 1, 3]), project([0, 2, 3, 1]), project([0, 2, 1, 3])];
    x.dispose();
    const scores = jax.numpy.matmul(query, key).mul(1 / Math.sqrt(depth));
    const mixed = jax.numpy.matmul(jax.nn.softmax(scores, -1), value).transpose([0, 2, 1, 3]);
    return denseOf(mixed.reshape([batch, time, width]), context, false);
  },
  residual: ({ branch }, x, context) => forward(branch, x.ref, context).add(x),
  averageOverTime: (_, x) => x.mean(1),
};
