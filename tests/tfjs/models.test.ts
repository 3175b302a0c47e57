// Whole models, both ways, and files as they lie on a disk.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exportTfjs, importTfjs } from '../../bindings/formats/tfjs/index.js';
import {
  activation,
  adam,
  add,
  batchNormalization,
  bidirectional,
  concat,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  FormatError,
  input,
  lstm,
  maxPooling2d,
  model,
  OptionError,
  rmsprop,
  sequential,
  sgd,
  tie,
  type Model,
} from '../../bindings/index.js';
import { drawValues } from '../model/support.js';
import { expectClose } from './close.js';
import { filesOf, loadInTensorFlow, predictInTensorFlow, saveInTensorFlow, tf } from './tensorflow.js';

const { layers } = tf;

const perceptron = () =>
  sequential([
    dense(7, { activation: 'relu', inputShape: [5], kernelRegularizer: 'l2' }),
    dropout(0.3),
    dense(4, { activation: { name: 'leakyRelu', slope: 0.1 } }),
    dense(3, { activation: 'softmax' }),
  ]);

const convolutional = () =>
  sequential([
    conv2d(5, 3, { padding: 'same', useBias: false, inputShape: [7, 6, 2] }),
    batchNormalization(),
    activation('relu'),
    maxPooling2d(2),
    conv2d(3, [2, 1], { strides: [2, 1], activation: 'tanh' }),
    flatten(),
    dense(2),
  ]);

const recurrent = () =>
  sequential([
    embedding(9, 4, { maskZero: true, inputShape: [6] }),
    bidirectional(lstm(3)),
    dense(1, { activation: 'sigmoid' }),
  ]);

function twoInputs(): Model {
  const image = input({ shape: [4, 4, 1], name: 'image' });
  const facts = input({ shape: [3], name: 'facts' });
  const shared = dense(4, { name: 'shared', activation: 'elu' });
  const left = shared(dense(6)(facts));
  const right = shared(dense(6)(flatten()(image)));
  const both = add()([left, right]);
  const end = concat()([both, facts]);
  return model({
    inputs: [image, facts],
    outputs: [dense(2, { name: 'label' })(end), dense(1, { name: 'score' })(both)],
  });
}

interface WholeCase {
  make: () => Model;
  inputs: readonly (readonly number[])[];
  classes?: number;
}

const CASES: Readonly<Record<string, WholeCase>> = {
  'a perceptron': { make: perceptron, inputs: [[5]] },
  'a convolutional net with batch normalisation': { make: convolutional, inputs: [[7, 6, 2]] },
  'an LSTM that reads both ways': { make: recurrent, inputs: [[6]], classes: 9 },
  'a functional model of two inputs and outputs': { make: twoInputs, inputs: [[4, 4, 1], [3]] },
};

const dataOf = ({ inputs, classes }: WholeCase) =>
  inputs.map((shape, i) => {
    const values = drawValues(3 * shape.reduce((a, b) => a * b, 1), i + 1);
    const data = classes ? Int32Array.from(values, (value) => Math.floor(((value + 1) / 2) * classes)) : values;
    return { data, shape: [3, ...shape] };
  });

describe.each(Object.entries(CASES))('%s', (_, whole) => {
  test('TensorFlow.js predicts the same, and so do we from what it writes', async () => {
    using net = whole.make();
    for (const [i, view] of Object.values(net.parameters()).entries())
      view.forEach((__, k) => (view[k]! += drawValues(1, i + k)[0]! ** 2 / 4));
    const inputs = dataOf(whole);
    const expected = await net.predictAll(inputs.map(({ data }) => data));
    const theirs = await loadInTensorFlow(exportTfjs(net).artifacts);
    const predicted = predictInTensorFlow(theirs, inputs);
    expected.forEach(({ data }, i) => expectClose(predicted[i]!, data));
    using back = await importTfjs(filesOf(await saveInTensorFlow(theirs)));
    const again = await back.predictAll(inputs.map(({ data }) => data));
    expected.forEach(({ data }, i) => expectClose(again[i]!.data, data));
    theirs.dispose();
  });
});

test('a chain is a Sequential, a branch a functional model', () => {
  using chain = perceptron();
  using graph = twoInputs();
  expect(exportTfjs(chain).modelJson).toMatchObject({ modelTopology: { class_name: 'Sequential' } });
  expect(exportTfjs(graph).modelJson).toMatchObject({ modelTopology: { class_name: 'Model' } });
});

test('files of a folder are read as they were written, shard by shard', async () => {
  using net = convolutional();
  const { files } = exportTfjs(net, { shardBytes: 100 });
  const names = Object.keys(files);
  expect(names.length).toBeGreaterThan(3);
  expect(names[1]).toBe(`group1-shard1of${names.length - 1}.bin`);
  const asked: string[] = [];
  using back = await importTfjs({
    modelJson: files['model.json']!,
    weights: (path) => {
      asked.push(path);
      return Promise.resolve(files[path]!);
    },
  });
  expect(asked).toEqual(names.slice(1));
  expect(back.parameters()).toEqual(net.parameters());
});

test('a tied parameter is written as a copy', async () => {
  const first = dense(4, { inputShape: [6] });
  using net = sequential([first, dense(6, { kernelInitializer: tie(first.parameter('kernel'), { transpose: true }) })]);
  const theirs = await loadInTensorFlow(exportTfjs(net).artifacts);
  const data = drawValues(12, 3);
  expectClose(predictInTensorFlow(theirs, [{ data, shape: [2, 6] }])[0]!, net.predictSync(data).data);
  theirs.dispose();
});

describe('optimiser, loss and metrics', () => {
  const OPTIMIZERS = {
    adam: adam({ learningRate: 0.02, beta1: 0.8 }),
    sgd: sgd({ learningRate: 0.5 }),
    momentum: sgd({ learningRate: 0.1, momentum: 0.7, nesterov: true }),
    rmsprop: rmsprop({ learningRate: 0.003, rho: 0.8 }),
  };

  test.each(Object.entries(OPTIMIZERS))('%s comes back from TensorFlow.js', async (_, optimizer) => {
    using net = perceptron();
    net.compile({
      optimizer,
      loss: { name: 'categoricalCrossentropy', config: { fromLogits: false } },
      metrics: ['accuracy'],
    });
    const theirs = await loadInTensorFlow(exportTfjs(net, { training: true }).artifacts);
    expect(theirs.loss).toBe('categoricalCrossentropy');
    using back = await importTfjs(filesOf(await saveInTensorFlow(theirs, true)));
    expect(back.optimizer.name).toBe(optimizer.name);
    const [got, wanted] = [back.optimizer.config, optimizer.config] as Record<string, unknown>[];
    for (const option of ['learningRate', 'beta1', 'momentum', 'rho', 'nesterov']) {
      expect(got![option] ?? 0).toEqual(wanted![option] ?? 0);
    }
    const x = drawValues(20, 1);
    const y = Float32Array.from({ length: 12 }, (__, i) => (i % 4 === 0 ? 1 : 0));
    const history = await back.fit(x, y, { epochs: 2 });
    expect(Object.keys(history.history)).toContain('accuracy');
    theirs.dispose();
  });

  test('what TensorFlow.js does not have is refused', () => {
    using net = perceptron();
    net.compile({ optimizer: 'lion', loss: 'meanSquaredError' });
    expect(() => exportTfjs(net, { training: true })).toThrow(/lion/);
    net.compile({ optimizer: adam({ weightDecay: 0.1 }), loss: 'meanSquaredError' });
    expect(() => exportTfjs(net, { training: true })).toThrow(/option weightDecay of adam/);
    net.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
    expect(() => exportTfjs(net, { training: true })).toThrow(/fromLogits: false/);
    expect(() => exportTfjs(net, { optimizer: true } as never)).toThrow(OptionError);
  });
});

describe('what TensorFlow.js alone has', () => {
  test('a model in the model, reused layers and layers of activations', async () => {
    const encoder = tf.sequential({
      layers: [layers.dense({ units: 6, inputShape: [4], activation: 'relu' }), layers.reLU({ maxValue: 6 })],
    });
    const a = tf.input({ shape: [4] });
    const half = layers.dense({ units: 3, kernelInitializer: 'heNormal', biasRegularizer: 'l1l2' });
    const encoded = encoder.apply(a) as never;
    const end = layers.add().apply([half.apply(encoded), half.apply(layers.leakyReLU().apply(encoded))] as never);
    const theirs = tf.model({ inputs: a, outputs: layers.softmax().apply(end) as never });
    const data = drawValues(8, 7);
    using back = await importTfjs(filesOf(await saveInTensorFlow(theirs)));
    expectClose(back.predictSync(data).data, predictInTensorFlow(theirs, [{ data, shape: [2, 4] }])[0]!);
  });

  test.each(['uint8', 'uint16', 'float16'] as const)('weights quantized to %s', async (dtype) => {
    const [scale, min] = dtype === 'float16' ? [1, 0] : [0.01, -0.5];
    const quantization =
      dtype === 'float16' ? { dtype, original_dtype: 'float32' } : { dtype, scale, min, original_dtype: 'float32' };
    const stored = {
      uint8: Uint8Array.of(0, 50, 255, 7, 9, 1),
      uint16: Uint16Array.of(0, 50, 65535, 7, 9, 1),
      float16: Uint16Array.of(0, 0x3c00, 0xc000, 0x3555, 1, 0x7bff),
    }[dtype];
    const modelJson = {
      modelTopology: {
        class_name: 'Sequential',
        config: {
          name: 'net',
          layers: [
            { class_name: 'Dense', config: { units: 2, name: 'd', use_bias: false, batch_input_shape: [null, 3] } },
          ],
        },
      },
      weightsManifest: [
        { paths: ['w.bin'], weights: [{ name: 'd/kernel', shape: [3, 2], dtype: 'float32', quantization }] },
      ],
    };
    using back = await importTfjs({ modelJson, weights: stored.buffer });
    const specs = modelJson.weightsManifest[0]!.weights as never;
    const theirs = tf.io.decodeWeights(stored.buffer, specs)['d/kernel']!;
    expect([...back.parameters()['d/kernel']!]).toEqual([...theirs.dataSync()]);
  });

  test('sides that the file leaves open are asked for', async () => {
    const theirs = tf.sequential({
      layers: [layers.lstm({ units: 2, inputShape: [null, 3] }), layers.dense({ units: 1 })],
    });
    const files = filesOf(await saveInTensorFlow(theirs));
    await expect(importTfjs(files)).rejects.toThrow(/inputShape/);
    using back = await importTfjs(files, { inputShape: [5, 3] });
    const data = drawValues(30, 2);
    expectClose(back.predictSync(data).data, predictInTensorFlow(theirs, [{ data, shape: [2, 5, 3] }])[0]!);
  });

  test('channels first are refused with what to do', async () => {
    const theirs = tf.sequential({
      layers: [layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst', inputShape: [3, 4, 4] })],
    });
    const failure = importTfjs(filesOf(await saveInTensorFlow(theirs)));
    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow(/channels_last/);
  });
});

test('a file that TensorFlow.js wrote', async () => {
  const folder = new URL('./fixtures/', import.meta.url);
  const read = (path: string) => readFileSync(new URL(path, folder));
  using back = await importTfjs({ modelJson: read('model.json'), weights: read });
  const { x, y } = JSON.parse(read('predictions.json').toString('utf8')) as { x: number[]; y: number[] };
  expectClose(back.predictSync(Float32Array.from(x)).data, y);
});
