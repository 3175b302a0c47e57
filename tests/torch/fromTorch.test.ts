// Weights of PyTorch against PyTorch's own formulas, written out here index by index in PyTorch's layouts: images channels first,
// kernels [out, in, ...], gates in PyTorch's order, two biases.

import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../bindings/formats/safetensors.js';
import { fromTorch, TORCH_LAYERS, type TorchTensor } from '../../bindings/formats/torch/index.js';
import { sizeOf } from '../../bindings/graph/shape.js';
import {
  activation,
  batchNormalization,
  bidirectional,
  conv2d,
  conv2dTranspose,
  dense,
  depthwiseConv2d,
  dropout,
  embedding,
  flatten,
  gru,
  input,
  layerNormalization,
  lstm,
  maxPooling2d,
  model,
  multiHeadAttention,
  OptionError,
  sequential,
  ShapeError,
  simpleRNN,
  type AnyLayer,
  type Layer,
} from '../../bindings/index.js';
import { LAYER_KINDS } from '../../bindings/layers/index.js';
import { drawValues } from '../model/support.js';

let seed = 0;
const tensor = (...shape: number[]): TorchTensor => ({ data: drawValues(sizeOf(shape), ++seed), shape });
const plus = (t: TorchTensor, by: number): TorchTensor => ({ ...t, data: Array.from(t.data, (v) => Math.abs(v) + by) });

/** A value by its indices. */
const at = ({ data, shape }: TorchTensor, ...index: number[]): number =>
  data[index.reduce((sum, i, axis) => sum * shape[axis]! + i, 0)]!;

/** Every index of a shape. */
function* indices(...shape: number[]): Generator<number[]> {
  for (let i = 0; i < sizeOf(shape); i++) {
    let rest = i;
    yield shape.map((_, axis) => {
      const step = sizeOf(shape.slice(axis + 1));
      const index = Math.floor(rest / step);
      rest %= step;
      return index;
    });
  }
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(1e-5);
}

/** [channels, height, width] to [height, width, channels]. */
const channelsLast = (x: TorchTensor): Float32Array => moved(x);
function moved(x: TorchTensor): Float32Array {
  const [c, h, w] = x.shape as [number, number, number];
  return Float32Array.from(indices(h, w, c), ([i, j, k]) => at(x, k!, i!, j!));
}

/** nn.Conv2d with stride, padding and groups, on one image [in, h, w]. */
function torchConv2d(
  x: TorchTensor,
  weight: TorchTensor,
  bias: TorchTensor,
  stride: number,
  padding: number,
  groups = 1,
): TorchTensor {
  const [, h, w] = x.shape as [number, number, number];
  const [out, inner, kh, kw] = weight.shape as [number, number, number, number];
  const side = (n: number, k: number) => Math.floor((n + 2 * padding - k) / stride) + 1;
  const shape = [out, side(h, kh), side(w, kw)];
  const data = Array.from(indices(...shape), ([o, i, j]) => {
    const group = Math.floor(o! / (out / groups));
    let value = at(bias, o!);
    for (const [c, a, b] of indices(inner, kh, kw) as Generator<[number, number, number]>) {
      const [y, z] = [i! * stride + a - padding, j! * stride + b - padding];
      if (y >= 0 && y < h && z >= 0 && z < w) value += at(weight, o!, c, a, b) * at(x, group * inner + c, y, z);
    }
    return value;
  });
  return { data, shape };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** One step of nn.LSTM, nn.GRU or nn.RNN as PyTorch's documentation writes it. */
const STEPS = {
  lstm(gi: number[], gh: number[], h: number[], c: number[]) {
    const n = h.length;
    const g = (block: number, u: number) => gi[block * n + u]! + gh[block * n + u]!;
    const next = range(n).map((u) => sigmoid(g(1, u)) * c[u]! + sigmoid(g(0, u)) * Math.tanh(g(2, u)));
    return { c: next, h: range(n).map((u) => sigmoid(g(3, u)) * Math.tanh(next[u]!)) };
  },
  gru(gi: number[], gh: number[], h: number[], c: number[]) {
    const n = h.length;
    const part = (block: number, u: number) => [gi[block * n + u]!, gh[block * n + u]!] as const;
    const next = range(n).map((u) => {
      const r = sigmoid(sum(part(0, u)));
      const z = sigmoid(sum(part(1, u)));
      const [a, b] = part(2, u);
      return (1 - z) * Math.tanh(a + r * b) + z * h[u]!;
    });
    return { c, h: next };
  },
  rnn: (gi: number[], gh: number[], h: number[], c: number[]) => ({
    c,
    h: range(h.length).map((u) => Math.tanh(gi[u]! + gh[u]!)),
  }),
};

const CELLS = {
  lstm: { gates: 4, make: (u: number) => lstm(u) },
  gru: { gates: 3, make: (u: number) => gru(u) },
  rnn: { gates: 1, make: (u: number) => simpleRNN(u) },
} as const;
type CellName = keyof typeof CELLS;

const recurrentTensors = (
  cell: CellName,
  inputs: number,
  units: number,
  suffix: string,
): Record<string, TorchTensor> => {
  const rows = CELLS[cell].gates * units;
  return {
    [`weight_ih${suffix}`]: tensor(rows, inputs),
    [`weight_hh${suffix}`]: tensor(rows, units),
    [`bias_ih${suffix}`]: tensor(rows),
    [`bias_hh${suffix}`]: tensor(rows),
  };
};

/** The last state after all steps of x [time, inputs]. */
function torchRecurrent(
  cell: CellName,
  x: TorchTensor,
  tensors: Record<string, TorchTensor>,
  suffix: string,
  isReverse = false,
): number[] {
  const [time, inputs] = x.shape as [number, number];
  const units = tensors[`weight_hh${suffix}`]!.shape[1]!;
  const affine = (kind: string, v: (i: number) => number, n: number) =>
    range(CELLS[cell].gates * units).map(
      (row) =>
        at(tensors[`bias_${kind}${suffix}`]!, row) +
        sum(range(n).map((i) => at(tensors[`weight_${kind}${suffix}`]!, row, i) * v(i))),
    );
  let state = { h: range(units).map(() => 0), c: range(units).map(() => 0) };
  for (const step of range(time)) {
    const t = isReverse ? time - 1 - step : step;
    const { h, c } = state;
    state = STEPS[cell](
      affine('ih', (i) => at(x, t, i), inputs),
      affine('hh', (i) => h[i]!, units),
      h,
      c,
    );
  }
  return state.h;
}

const prefixed = (name: string, tensors: Record<string, TorchTensor>): Record<string, TorchTensor> =>
  Object.fromEntries(Object.entries(tensors).map(([key, value]) => [`${name}.${key}`, value]));

const chain = (layers: readonly AnyLayer[], inputShape: readonly number[]) => {
  const net = sequential(layers as Layer[]);
  net.build(inputShape);
  return net;
};

test('a convolutional net: kernels, moments, and the rows behind the flatten layer', () => {
  const state = {
    '0.weight': tensor(4, 2, 3, 2),
    '0.bias': tensor(4),
    '1.weight': tensor(4),
    '1.bias': tensor(4),
    '1.running_mean': tensor(4),
    '1.running_var': plus(tensor(4), 0.5),
    '1.num_batches_tracked': { data: [7], shape: [] },
    '5.weight': tensor(3, 4 * 3 * 2),
    '5.bias': tensor(3),
  };
  using net = chain(
    [
      conv2d(4, [3, 2]),
      batchNormalization({ epsilon: 1e-5 }),
      activation('relu'),
      maxPooling2d([1, 2]),
      flatten(),
      dropout(0.5),
      dense(3),
    ],
    [5, 6, 2],
  );
  const x = tensor(2, 5, 6);
  const y = torchConv2d(x, state['0.weight'], state['0.bias'], 1, 0);
  const normal = Array.from(indices(...y.shape), ([c, i, j]) => {
    const scale = at(state['1.weight'], c!) / Math.sqrt(at(state['1.running_var'], c!) + 1e-5);
    return Math.max(0, (at(y, c!, i!, j!) - at(state['1.running_mean'], c!)) * scale + at(state['1.bias'], c!));
  });
  const pooled = Array.from(indices(4, 3, 2), ([c, i, j]) =>
    Math.max(...[0, 1].map((k) => at({ data: normal, shape: y.shape }, c!, i!, 2 * j! + k))),
  );
  const expected = range(3).map(
    (o) => at(state['5.bias'], o) + sum(pooled.map((v, i) => v * at(state['5.weight'], o, i))),
  );
  fromTorch(net, state);
  expectClose(net.predictSync(channelsLast(x)).data, expected);
  fromTorch(net, state, { flatten: 'channelsLast' });
  expect(Math.abs(net.predictSync(channelsLast(x)).data[0]! - expected[0]!)).toBeGreaterThan(1e-3);
});

test('a depthwise convolution with two outputs a channel', () => {
  const state = { 'dw.weight': tensor(6, 1, 2, 3), 'dw.bias': tensor(6) };
  using net = chain([depthwiseConv2d([2, 3], { depthMultiplier: 2 })], [4, 5, 3]);
  fromTorch(net, state);
  const x = tensor(3, 4, 5);
  const y = torchConv2d(x, state['dw.weight'], state['dw.bias'], 1, 0, 3);
  expectClose(net.predictSync(channelsLast(x)).data, channelsLast(y));
});

test('a transposed convolution', () => {
  const [weight, bias] = [tensor(2, 3, 2, 3), tensor(3)];
  using net = chain([conv2dTranspose(3, [2, 3], { strides: 2 })], [3, 2, 2]);
  fromTorch(net, { 'up.weight': weight, 'up.bias': bias });
  const x = tensor(2, 3, 2);
  const shape = [3, 6, 5];
  const data = Array.from(indices(...shape), ([o]) => at(bias, o!));
  for (const [c, o, i, j, a, b] of indices(2, 3, 3, 2, 2, 3) as Generator<
    [number, number, number, number, number, number]
  >) {
    data[(o * 6 + (2 * i + a)) * 5 + (2 * j + b)]! += at(x, c, i, j) * at(weight, c, o, a, b);
  }
  expectClose(net.predictSync(channelsLast(x)).data, channelsLast({ data, shape }));
});

describe.each(Object.keys(CELLS) as CellName[])('nn.%s', (cell) => {
  const { make } = CELLS[cell];

  test('gates and biases', () => {
    const tensors = recurrentTensors(cell, 3, 4, '_l0');
    using net = chain([make(4)], [5, 3]);
    fromTorch(net, prefixed('rnn', tensors));
    const x = tensor(5, 3);
    expectClose(net.predictSync(x.data as Float32Array).data, torchRecurrent(cell, x, tensors, '_l0'));
  });

  test('both ways', () => {
    const tensors = { ...recurrentTensors(cell, 3, 2, '_l0'), ...recurrentTensors(cell, 3, 2, '_l0_reverse') };
    using net = chain([bidirectional(make(2))], [4, 3]);
    fromTorch(net, tensors);
    const x = tensor(4, 3);
    const expected = [
      ...torchRecurrent(cell, x, tensors, '_l0'),
      ...torchRecurrent(cell, x, tensors, '_l0_reverse', true),
    ];
    expectClose(net.predictSync(x.data as Float32Array).data, expected);
  });
});

test('attention: one projection for query, key and value, heads side by side', () => {
  const [width, heads, time] = [6, 2, 4];
  const state = {
    'attention.in_proj_weight': tensor(3 * width, width),
    'attention.in_proj_bias': tensor(3 * width),
    'attention.out_proj.weight': tensor(width, width),
    'attention.out_proj.bias': tensor(width),
  };
  const x = tensor(time, width);
  const project = (row: number, t: number) =>
    at(state['attention.in_proj_bias'], row) +
    sum(range(width).map((i) => at(state['attention.in_proj_weight'], row, i) * at(x, t, i)));
  const d = width / heads;
  const mixed = range(time).map((t) =>
    range(width).map((column) => {
      const head = Math.floor(column / d) * d;
      const scores = range(time).map((s) =>
        Math.exp(sum(range(d).map((k) => project(head + k, t) * project(width + head + k, s))) / Math.sqrt(d)),
      );
      return sum(scores.map((score, s) => (score / sum(scores)) * project(2 * width + column, s)));
    }),
  );
  const expected = mixed.flatMap((row) =>
    range(width).map(
      (o) =>
        at(state['attention.out_proj.bias'], o) +
        sum(row.map((v, i) => v * at(state['attention.out_proj.weight'], o, i))),
    ),
  );
  using net = chain([multiHeadAttention(heads)], [time, width]);
  fromTorch(net, state);
  expectClose(net.predictSync(x.data as Float32Array).data, expected);
});

const textNet = () => {
  const words = input({ shape: [3], dtype: 'int32' });
  const end = dense(2)(layerNormalization()(lstm(4)(lstm(5, { returnSequences: true })(embedding(7, 3)(words)))));
  return model({ inputs: words, outputs: end });
};

const textState = () => ({
  'embed.weight': tensor(7, 3),
  ...prefixed('rnn', { ...recurrentTensors('lstm', 3, 5, '_l0') }),
  ...prefixed('rnn2', recurrentTensors('lstm', 5, 4, '_l0')),
  'norm.weight': tensor(4),
  'norm.bias': tensor(4),
  'out.weight': tensor(2, 4),
  'out.bias': tensor(2),
});

const fileOf = (state: Record<string, TorchTensor>): Uint8Array => {
  const entries = Object.entries(state).sort(([a], [b]) => (a < b ? -1 : 1));
  return writeSafetensors(
    entries.map(([name, { data, shape }]) => [
      name,
      { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(data).buffer) },
    ]),
    {},
  );
};

describe('which module is which layer', () => {
  test('in the order of the state dict, or of a file whose modules fit one layer alone', () => {
    const state = textState();
    using first = textNet();
    using second = textNet();
    fromTorch(first, state);
    fromTorch(second, fileOf(state));
    expect(second.parameters()).toEqual(first.parameters());
    expect([...first.parameters()['embedding_1/embeddings']!]).toEqual([
      ...(state['embed.weight'].data as Float32Array),
    ]);
  });

  test('modules of a file that are numbered, beyond nine', () => {
    const state = Object.fromEntries(range(11).map((i) => [`${i}.weight`, tensor(2, 2)]));
    const net = () =>
      chain(
        range(11).map(() => dense(2, { useBias: false })),
        [2],
      );
    using first = net();
    using second = net();
    fromTorch(first, state);
    fromTorch(second, fileOf(state));
    expect(second.parameters()).toEqual(first.parameters());
  });

  test('modules of a file that are alike need a map', () => {
    const state = { 'b.weight': tensor(2, 2), 'a.weight': tensor(2, 2) };
    using net = chain([dense(2, { useBias: false }), dense(2, { useBias: false })], [2]);
    expect(() => fromTorch(net, fileOf(state))).toThrow(/dense_1: .*a and b fit.*map/s);
    fromTorch(net, fileOf(state), { map: { dense_1: 'b', dense_2: 'a' } });
    expect(net.parameters()['dense_2/kernel']![1]).toBe(at(state['a.weight'], 1, 0));
    expect(() => fromTorch(net, state, { map: { dense_1: 'c' } })).toThrow(OptionError);
    expect(() => fromTorch(net, state, { map: { dens_1: 'a' } })).toThrow(/Did you mean 'dense_1'/);
  });

  test('what does not fit is told with both sides, and changes nothing', () => {
    using net = chain([dense(3), dense(2)], [4]);
    const before = Object.values(net.parameters()).map((view) => [...view]);
    const state = { 'a.weight': tensor(3, 4), 'a.bias': tensor(3), 'b.weight': tensor(2, 5), 'b.bias': tensor(2) };
    expect(() => fromTorch(net, state)).toThrow(ShapeError);
    expect(() => fromTorch(net, state)).toThrow(
      /dense_2\/kernel has the shape \[3, 2\], b \(weight \[2, 5\].*\[5, 2\]/,
    );
    expect(Object.values(net.parameters()).map((view) => [...view])).toEqual(before);
    expect(() => fromTorch(net, { 'a.weight': tensor(3, 4) })).toThrow(/2 layers.*1 modules/s);
    expect(() => fromTorch(net, { 'a.weight': { data: [1], shape: [3, 4] } })).toThrow(/a.weight.*1 values/);
    expect(() => fromTorch(net, { 'a.weight': tensor(3, 4), 'b.weight': tensor(2, 3) })).toThrow(/useBias/);
  });
});

test('every kind that is known is a kind of layer', () => {
  expect(LAYER_KINDS).toEqual(expect.arrayContaining(Object.keys(TORCH_LAYERS)));
});
