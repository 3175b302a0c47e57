// A network that PyTorch made, with what PyTorch predicts: convolutions, batch normalisation, a flatten layer, a bidirectional LSTM
// and a GRU.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromTorch } from '../../bindings/formats/torch/index.js';
import {
  activation,
  batchNormalization,
  bidirectional,
  conv2d,
  dense,
  flatten,
  FormatError,
  gru,
  lstm,
  maxPooling2d,
  reshape,
  sequential,
} from '../../bindings/index.js';

const read = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

const MAP = {
  conv2d_1: 'conv1',
  batchNormalization_1: 'norm',
  conv2d_2: 'conv2',
  dense_1: 'fc',
  bidirectional_1: 'rnn',
  gru_1: 'gru',
  dense_2: 'head',
};

const make = () =>
  sequential([
    conv2d(4, 3, { padding: 'same', inputShape: [6, 12, 2] }),
    batchNormalization({ epsilon: 1e-5 }),
    activation('relu'),
    maxPooling2d(2),
    conv2d(3, [2, 3], { activation: 'relu' }),
    flatten(),
    dense(12, { activation: 'tanh' }),
    reshape([4, 3]),
    bidirectional(lstm(5, { returnSequences: true })),
    gru(4),
    dense(2),
  ]);

test.each([
  ['with a map', { map: MAP }],
  ['where one module alone fits each layer', {}],
])('predicts as PyTorch does, %s', (_, options) => {
  using net = make();
  fromTorch(net, read('net.safetensors'), options);
  const { x, y } = JSON.parse(read('predictions.json').toString('utf8')) as { x: number[]; y: number[] };
  const { data } = net.predictSync(Float32Array.from(x));
  expect(data.length).toBe(y.length);
  y.forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThan(1e-5));
});

test('a file cut short is refused at any length, and changes nothing', () => {
  using net = make();
  const file = read('net.safetensors');
  const before = [...net.parameters()['dense_2/kernel']!];
  for (let length = 0; length < file.length; length += 7) {
    expect(() => fromTorch(net, file.subarray(0, length), { map: MAP })).toThrow(FormatError);
  }
  expect([...net.parameters()['dense_2/kernel']!]).toEqual(before);
});
