// Every layer alone, written as ONNX and run by ONNX Runtime, predicts what the library predicts.

import { describe, expect, test } from 'vitest';
import {
  activation,
  averagePooling2d,
  bidirectional,
  conv1d,
  conv2d,
  conv2dTranspose,
  dense,
  embedding,
  globalAveragePooling1d,
  gru,
  input,
  layerNormalization,
  lstm,
  masking,
  model,
  multiHeadAttention,
  reshape,
  sequential,
  simpleRNN,
  type AnyLayer,
  type Layer,
  type Shape,
} from '../../bindings/index.js';
import { LAYER_WRITERS } from '../../bindings/formats/onnx/out/table.js';
import { exportOnnx } from '../../bindings/formats/onnx/index.js';
import { LAYER_KINDS } from '../../bindings/layers/index.js';
import { activationNames } from '../../bindings/layers/activations.js';
import { LAYER_CASES, type LayerCase } from '../layers/cases.js';
import { checkInOrt, feedsOf, modelOfCase, withDrawnWeights } from './support.js';

const BATCH = 3;

test('every kind of layer has nodes', () => {
  expect(Object.keys(LAYER_WRITERS).sort()).toEqual([...LAYER_KINDS].sort());
});

async function checkLayer(made: AnyLayer, layerCase: LayerCase): Promise<void> {
  using net = modelOfCase(made, layerCase);
  await checkInOrt(net, exportOnnx(net), feedsOf(layerCase.inputs, BATCH, layerCase.indices), BATCH);
}

const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) =>
  list.map((layerCase, i) => [`${kind} ${i + 1}`, layerCase] as const),
);
test.each(cases)('%s', (_, layerCase) => checkLayer(layerCase.make(), layerCase));

test.each(activationNames)('activation %s', (name) =>
  checkLayer(activation(name as never), { make: () => activation(name as never), inputs: [[3, 7]], output: [3, 7] }),
);

const more: Record<string, { make: () => AnyLayer; inputs: Shape[] }> = {
  'softmax along another axis': { make: () => activation({ name: 'softmax', axis: 1 }), inputs: [[3, 7]] },
  'softmax of channels behind a convolution': {
    make: () => conv2d(5, 2, { activation: 'softmax' }),
    inputs: [[5, 3, 2]],
  },
  'leakyRelu with a slope': { make: () => activation({ name: 'leakyRelu', slope: 0.03 }), inputs: [[7]] },
  'conv1d, same, an even kernel': { make: () => conv1d(3, 4, { padding: 'same', strides: 3 }), inputs: [[11, 2]] },
  'conv2d, same, dilated': {
    make: () => conv2d(3, [3, 2], { padding: 'same', dilationRate: [2, 3] }),
    inputs: [[7, 9, 2]],
  },
  'conv2dTranspose, stride beyond the kernel': {
    make: () => conv2dTranspose(3, 2, { strides: 3, padding: 'same' }),
    inputs: [[3, 5, 2]],
  },
  'averagePooling2d over the border': {
    make: () => averagePooling2d(3, { strides: 2, padding: 'same' }),
    inputs: [[5, 8, 3]],
  },
  'layerNormalization over an axis in the middle': { make: () => layerNormalization({ axis: 1 }), inputs: [[4, 5, 3]] },
  'lstm, relu': { make: () => lstm(3, { activation: 'relu', recurrentActivation: 'sigmoid' }), inputs: [[5, 2]] },
  'gru, elu with alpha, a step at a time': {
    make: () => gru(3, { activation: { name: 'elu', alpha: 0.3 }, returnSequences: true, goBackwards: true }),
    inputs: [[5, 2]],
  },
  'gru, reset before, a step at a time': {
    make: () => gru(3, { activation: 'mish', resetAfter: false }),
    inputs: [[5, 2]],
  },
  'simpleRNN, silu, with a state': { make: () => simpleRNN(3, { activation: 'silu' }), inputs: [[4, 2], [3]] },
  'lstm backwards with states': {
    make: () => lstm(2, { goBackwards: true, returnSequences: true }),
    inputs: [[4, 3], [2], [2]],
  },
  'bidirectional gru, a step at a time': {
    make: () => bidirectional(gru(2, { activation: 'gelu', returnSequences: true }), { mergeMode: 'mul' }),
    inputs: [[4, 3]],
  },
  'bidirectional lstm with states': {
    make: () => bidirectional(lstm(2, { returnSequences: true, returnState: true })),
    inputs: [[4, 3], [2], [2], [2], [2]],
  },
  'attention with a mask': {
    make: () => multiHeadAttention(2, { maskInput: true }),
    inputs: [
      [4, 6],
      [4, 4],
    ],
  },
};
test.each(Object.entries(more))('%s', (_, { make, inputs }) => checkLayer(make(), { make, inputs, output: [] }));

describe('masks', () => {
  /** Rows of `value` at the end of each sample. */
  const padded = (steps: number, features: number, value: number) => {
    const [feed] = feedsOf([[steps, features]], BATCH);
    feed!.values.forEach((_, i, values) => {
      const [sample, step] = [Math.floor(i / (steps * features)), Math.floor(i / features) % steps];
      if (step > sample + 1) values[i] = value;
    });
    return [feed!];
  };

  const behind: Record<string, () => Layer> = {
    lstm: () => lstm(4, { returnSequences: true, goBackwards: true }),
    gru: () => gru(4),
    'bidirectional simpleRNN': () => bidirectional(simpleRNN(3)),
    multiHeadAttention: () => multiHeadAttention(1),
    globalAveragePooling1d: () => globalAveragePooling1d(),
  };
  test.each(Object.entries(behind))('masking and %s', async (_, make) => {
    using net = withDrawnWeights(sequential([masking({ maskValue: 0.25, inputShape: [5, 3] }), make()]));
    await checkInOrt(net, exportOnnx(net), padded(5, 3, 0.25), BATCH);
  });

  test('embedding with maskZero, through an attention', async () => {
    using net = withDrawnWeights(
      sequential([embedding(6, 4, { maskZero: true, inputShape: [5] }), multiHeadAttention(2), gru(3), dense(2)]),
    );
    const feeds = feedsOf([[5]], BATCH, 6);
    feeds[0]!.values.set([0, 3, 0, 0, 0]);
    await checkInOrt(net, exportOnnx(net), feeds, BATCH);
  });
});

test('embedding of images and sequences of one step', async () => {
  using net = withDrawnWeights(sequential([reshape([1, 6], { inputShape: [6] }), lstm(3), dense(2)]));
  await checkInOrt(net, exportOnnx(net), feedsOf([[6]], BATCH), BATCH);
});

test('a layer called twice has its weights in the file once', async () => {
  const x = input({ shape: [5] });
  const shared = dense(5, { activation: 'tanh', name: 'shared' });
  using net = withDrawnWeights(model({ inputs: x, outputs: shared(shared(x)) }));
  const file = exportOnnx(net);
  expect(Buffer.from(file).toString('latin1').split('shared/kernel').length - 1).toBe(3);
  await checkInOrt(net, file, feedsOf([[5]], BATCH), BATCH);
});
