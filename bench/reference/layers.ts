// The layers of a net in float64, composed of the tape's few operations.

import { applyLayer, layerFacts, type ActivationName, type LayerSpec, type LayerTable, type Shape } from '../net.js';
import { constant, type Tape, type Value } from './tape.js';

interface Context {
  tape: Tape;
  batch: number;
  /** Of a sample of x. */
  shape: Shape;
  /** The next parameter of the net. */
  take: () => Value;
}

/** What a chain of layers makes of x. */
export function forward(layers: readonly LayerSpec[], x: Value, context: Context): Value {
  let shape = context.shape;
  return layers.reduce((value, spec) => {
    const y = applyLayer(LAYERS, spec, value, { ...context, shape });
    shape = layerFacts(spec, shape).output;
    return y;
  }, x);
}

const sizeOf = (shape: Shape): number => shape.reduce((total, size) => total * size, 1);

/** Indices of all elements of an array of `shape`, by their coordinates. */
function indices<Axes extends number[]>(shape: readonly [...Axes], at: (...coordinates: Axes) => number): Int32Array {
  const found = new Int32Array(sizeOf(shape));
  const coordinates = shape.map(() => 0);
  for (let i = 0; i < found.length; i++) {
    found[i] = at(...(coordinates as Axes));
    for (let axis = shape.length - 1; axis >= 0 && ++coordinates[axis]! === shape[axis]; axis--) coordinates[axis] = 0;
  }
  return found;
}

const sigmoid = (tape: Tape, x: Value): Value =>
  tape.map(x, (z) => 1 / (1 + Math.exp(-z)), (_, y) => y * (1 - y)); // prettier-ignore
const tanh = (tape: Tape, x: Value): Value => tape.map(x, Math.tanh, (_, y) => 1 - y * y);
const relu = (tape: Tape, x: Value): Value => tape.map(x, (z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)); // prettier-ignore

const ACTIVATIONS = { relu, tanh };

const activate = (tape: Tape, x: Value, name: ActivationName | undefined): Value =>
  name ? ACTIVATIONS[name](tape, x) : x;

/** Each of `rows` rows gets the number that stands for it in `perRow`. */
const spread = (tape: Tape, perRow: Value, rows: number, columns: number): Value =>
  tape.gather(perRow, indices([rows, columns], (row, _column) => row)); // prettier-ignore

const meanOfRows = (tape: Tape, x: Value, rows: number, columns: number): Value =>
  tape.matmul(x, constant(new Float64Array(columns).fill(1 / columns)), { m: rows, k: columns, n: 1 });

/** The rows of x, each less its mean and divided by its deviation. */
function standardizeRows(tape: Tape, x: Value, rows: number, columns: number, epsilon: number): Value {
  const negated = tape.mul(meanOfRows(tape, x, rows, columns), constant([-1]));
  const centered = tape.add(x, spread(tape, negated, rows, columns));
  const variance = meanOfRows(tape, tape.mul(centered, centered), rows, columns);
  const inverse = tape.map(variance, (v) => (v + epsilon) ** -0.5, (v) => -0.5 * (v + epsilon) ** -1.5); // prettier-ignore
  return tape.mul(centered, spread(tape, inverse, rows, columns));
}

const transposed = (tape: Tape, x: Value, rows: number, columns: number): Value =>
  tape.gather(x, indices([columns, rows], (column, row) => row * columns + column)); // prettier-ignore

const columnsOf = (tape: Tape, x: Value, rows: number, width: number, from: number, columns: number): Value =>
  tape.gather(x, indices([rows, columns], (row, column) => row * width + from + column)); // prettier-ignore

function softmaxRows(tape: Tape, x: Value, rows: number, columns: number): Value {
  const powers = tape.map(x, Math.exp, (_, y) => y);
  const mean = meanOfRows(tape, powers, rows, columns);
  const inverse = tape.map(mean, (z) => 1 / (z * columns), (z) => -1 / (z * z * columns)); // prettier-ignore
  return tape.mul(powers, spread(tape, inverse, rows, columns));
}

const LAYERS: LayerTable<[Value, Context], Value> = {
  conv2d(spec, x, { tape, batch, shape, take }) {
    const { filters, size, padding, activation } = spec;
    const [height, width, channels] = shape as [number, number, number];
    const [rows, columns] = layerFacts({ kind: 'conv2d', ...spec }, shape).output as [number, number];
    // As in Keras and TensorFlow, an odd row of padding comes last.
    const before = padding === 'same' ? (size - 1) >> 1 : 0;
    const windows = indices([batch, rows, columns, size, size, channels], (image, row, column, i, j, channel) => {
      const [y, z] = [row + i - before, column + j - before];
      if (y < 0 || z < 0 || y >= height || z >= width) return -1;
      return ((image * height + y) * width + z) * channels + channel;
    });
    const sizes = { m: batch * rows * columns, k: size * size * channels, n: filters };
    const product = tape.matmul(tape.gather(x, windows), take(), sizes);
    return activate(tape, tape.add(product, take()), activation);
  },
  maxPooling2d({ size }, x, { tape, batch, shape }) {
    const [height, width, channels] = shape as [number, number, number];
    const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
    const winners = indices([batch, rows, columns, channels], (image, row, column, channel) => {
      let best = -1;
      for (let i = 0; i < size * size; i++) {
        const [y, z] = [row * size + Math.floor(i / size), column * size + (i % size)];
        const index = ((image * height + y) * width + z) * channels + channel;
        if (best < 0 || x.data[index]! > x.data[best]!) best = index;
      }
      return best;
    });
    return tape.gather(x, winners);
  },
  flatten: (_, x) => x,
  activation: ({ name }, x, { tape }) => activate(tape, x, name),
  dropout() {
    throw new Error('masks are not compared: leave dropout out of what is validated');
  },
  dense({ units, useBias = true, activation }, x, { tape, batch, shape, take }) {
    const features = shape.at(-1)!;
    const product = tape.matmul(x, take(), { m: (batch * sizeOf(shape)) / features, k: features, n: units });
    return activate(tape, useBias ? tape.add(product, take()) : product, activation);
  },
  batchNormalization({ epsilon }, x, { tape, batch, shape, take }) {
    const channels = shape.at(-1)!;
    const rows = (batch * sizeOf(shape)) / channels;
    const standard = standardizeRows(tape, transposed(tape, x, rows, channels), channels, rows, epsilon);
    return tape.add(tape.mul(transposed(tape, standard, channels, rows), take()), take());
  },
  layerNormalization({ epsilon }, x, { tape, batch, shape, take }) {
    const columns = shape.at(-1)!;
    const standard = standardizeRows(tape, x, (batch * sizeOf(shape)) / columns, columns, epsilon);
    return tape.add(tape.mul(standard, take()), take());
  },
  lstm({ units }, x, { tape, batch, shape, take }) {
    const [time, features] = shape as [number, number];
    const [kernel, recurrentKernel, bias] = [take(), take(), take()];
    let [h, c] = [constant(new Float64Array(batch * units)), constant(new Float64Array(batch * units))];
    for (let t = 0; t < time; t++) {
      const now = columnsOf(tape, x, batch, time * features, t * features, features);
      const fromInput = tape.matmul(now, kernel, { m: batch, k: features, n: 4 * units });
      const fromState = tape.matmul(h, recurrentKernel, { m: batch, k: units, n: 4 * units });
      const sums = tape.add(tape.add(fromInput, fromState), bias);
      const gate = (number: number) => columnsOf(tape, sums, batch, 4 * units, number * units, units);
      const added = tape.mul(sigmoid(tape, gate(0)), tanh(tape, gate(2)));
      c = tape.add(tape.mul(sigmoid(tape, gate(1)), c), added);
      h = tape.mul(sigmoid(tape, gate(3)), tanh(tape, c));
    }
    return h;
  },
  selfAttention({ heads }, x, { tape, batch, shape, take }) {
    const [time, width] = shape as [number, number];
    const depth = width / heads;
    const project = (value: Value) => tape.matmul(value, take(), { m: batch * time, k: width, n: width });
    const place = (sample: number, t: number, head: number, i: number) =>
      (sample * time + t) * width + head * depth + i;
    const byHead = indices([batch, heads, time, depth], (sample, head, t, i) => place(sample, t, head, i));
    const byDepth = indices([batch, heads, depth, time], (sample, head, i, t) => place(sample, t, head, i));
    const back = indices(
      [batch, time, heads, depth],
      (sample, t, head, i) => ((sample * heads + head) * time + t) * depth + i,
    );
    const query = tape.gather(project(x), byHead);
    const key = tape.gather(project(x), byDepth);
    const value = tape.gather(project(x), byHead);
    const count = batch * heads;
    const scores = tape.matmul(query, key, { count, m: time, k: depth, n: time });
    const weights = softmaxRows(tape, tape.mul(scores, constant([1 / Math.sqrt(depth)])), count * time, time);
    return project(tape.gather(tape.matmul(weights, value, { count, m: time, k: time, n: depth }), back));
  },
  residual: ({ branch }, x, context) => context.tape.add(x, forward(branch, x, context)),
  averageOverTime: (_, x, { tape, batch, shape }) => {
    const [time, width] = shape as [number, number];
    const byTime = tape.gather(x, indices([batch, width, time], (sample, i, t) => (sample * time + t) * width + i)); // prettier-ignore
    return meanOfRows(tape, byTime, batch * width, time);
  },
};
