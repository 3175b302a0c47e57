// ONNX files as models: those of PyTorch, and our own.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  activation,
  adam,
  conv2d,
  DataError,
  dense,
  flatten,
  FormatError,
  globalAveragePooling2d,
  loadModel,
  maxPooling2d,
  OptionError,
  sequential,
  type AnyLayer,
  type Model,
  type Shape,
  type SymbolicTensor,
} from '../../bindings/index.js';
import { exportOnnx, importOnnx, onnxLayers } from '../../bindings/formats/onnx/index.js';
import { activationNames } from '../../bindings/layers/activations.js';
import { LAYER_CASES, type LayerCase } from '../layers/cases.js';
import { drawValues, expectError } from '../model/support.js';
import { makeNetwork, NETWORKS } from './networks.js';
import { argumentOf, checkInOrt, feedsOf, modelOfCase, withDrawnWeights, worstError } from './support.js';

const FIXTURES = new URL('./fixtures/', import.meta.url);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.onnx`, FIXTURES)));

interface Expected {
  x: { shape: number[]; values: number[] };
  y: { shape: number[]; values: number[] };
}

describe('files of PyTorch', () => {
  const names = readdirSync(FIXTURES).flatMap((file) => (file.endsWith('.onnx') ? [file.slice(0, -5)] : []));

  test.each(names)('%s', async (name) => {
    const { x, y } = JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8')) as Expected;
    using net = importOnnx(bytesOf(name));
    const isIndex = name.startsWith('encoder');
    const result = await net.predict(isIndex ? Int32Array.from(x.values) : Float32Array.from(x.values));
    expect(result.shape).toEqual(y.shape);
    expect(worstError(result.data, y.values)).toBeLessThan(1e-5);
  });

  test('layers have the names of the nodes', () => {
    using net = importOnnx(bytesOf('cnn-17'));
    expect(Object.keys(net.parameters())).toEqual([
      'features.features.0/kernel',
      'features.features.0/bias',
      'features.features.4/kernel',
      'head/kernel',
      'head/bias',
    ]);
  });

  test('images may be given with the channels last', async () => {
    const { x, y } = JSON.parse(readFileSync(new URL('cnn-17.json', FIXTURES), 'utf8')) as Expected;
    using net = importOnnx(bytesOf('cnn-17'), { inputLayout: 'NHWC' });
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    const turned = new Float32Array(x.values.length);
    for (let i = 0; i < turned.length; i++) {
      const [channel, position] = [i % channels, Math.floor(i / channels) % (height * width)];
      const sample = Math.floor(i / (channels * height * width));
      turned[i] = x.values[(sample * channels + channel) * height * width + position]!;
    }
    expect(batch).toBe(3);
    expect(worstError((await net.predict(turned)).data, y.values)).toBeLessThan(1e-5);
    expect(net.summary()).not.toMatch(/\.view\b.*\n.*features\.0/);
  });

  test('parameters are trained, numbers that are part of a formula are not', () => {
    using net = importOnnx(bytesOf('encoder-13'));
    net.compile({ optimizer: adam(), loss: 'meanSquaredError' });
    const trained = Object.keys(net.gradients());
    expect(trained).toEqual(expect.arrayContaining(['before.Mul/constant', 'before.Add_1/constant', 'head/kernel']));
    const fixed = Object.keys(net.parameters()).filter((path) => !trained.includes(path));
    expect(fixed).toEqual(expect.arrayContaining(['before.Add/constant', 'Div_1/constant']));
    expect(fixed.every((path) => net.parameters()[path]!.length === 1)).toBe(true);
  });

  test('fine-tuned: frozen features, a new head', async () => {
    const head = (features: SymbolicTensor) => dense(2, { activation: 'softmax', name: 'newHead' })(features);
    using net = importOnnx(bytesOf('cnn-17'), {
      trainable: false,
      until: 'features.features.5',
      head: (x) => head(flatten()(x)),
    });
    expect(Object.keys(net.parameters()).at(-1)).not.toMatch(/^head/);
    const frozen = () => [...net.parameters()['features.features.0/kernel']!];
    const before = frozen();
    const [x, y] = [drawValues(16 * 2 * 10 * 11, 3), Int32Array.from({ length: 16 }, (_, i) => i % 2)];
    net.compile({ optimizer: adam({ learningRate: 0.05 }), loss: 'sparseCategoricalCrossentropy' });
    const lossBefore = (await net.evaluate(x, y)).loss!;
    await net.fit(x, y, { epochs: 200, batchSize: 16 });
    expect(frozen()).toEqual(before);
    expect((await net.evaluate(x, y)).loss!).toBeLessThan(lossBefore * 0.6);
  });
});

describe('files of our own', () => {
  /** What is written in a form that is not read: by case, what is said of it. */
  const NOT_READ: Readonly<Record<string, RegExp>> = {
    'masking 1': /operators that have layers here .*Equal, Not/,
    'gru 3': /operators that have layers here .*Equal/,
    'timeDistributed 2': /the batch stays an axis/,
  };
  const cases = Object.entries(LAYER_CASES).flatMap(([kind, list]) =>
    list.map((layerCase, i) => [`${kind} ${i + 1}`, layerCase] as const),
  );

  /** Predicts what the model did from which the file comes. */
  async function checkBack(made: AnyLayer, { inputs, indices }: Pick<LayerCase, 'inputs' | 'indices'>): Promise<void> {
    using net = modelOfCase(made, { make: () => made, inputs, output: [], ...(indices !== undefined && { indices }) });
    using back = importOnnx(exportOnnx(net));
    await expectSame(back, net, inputs, indices);
  }

  async function expectSame(back: Model, net: Model, inputs: readonly Shape[], indices?: number): Promise<void> {
    const feeds = feedsOf(inputs, 3, indices);
    const expected = await net.predictAll(argumentOf(feeds));
    const got = await back.predictAll(argumentOf(feeds));
    expect(got.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
    expected.forEach(({ data }, i) => expect(worstError(got[i]!.data, data)).toBeLessThan(1e-5));
  }

  test.each(cases)('%s', async (name, layerCase) => {
    const refusal = NOT_READ[name];
    if (!refusal) return checkBack(layerCase.make(), layerCase);
    using net = modelOfCase(layerCase.make(), layerCase);
    await expectError(() => importOnnx(exportOnnx(net)), FormatError, 'INVALID_FILE', refusal);
  });

  test.each(activationNames)('activation %s', (name) => checkBack(activation(name as never), { inputs: [[3, 7]] }));

  test.each(Object.keys(NETWORKS))('%s, and from there to ONNX again', async (name) => {
    const { inputs, indices } = NETWORKS[name]!;
    using net = makeNetwork(name);
    using back = importOnnx(exportOnnx(net));
    await expectSame(back, net, inputs, indices);
    await checkInOrt(back, exportOnnx(back), feedsOf(inputs, 2, indices), 2);
  });

  test('a small network comes back layer by layer', () => {
    using net = withDrawnWeights(
      sequential([
        conv2d(4, 3, { padding: 'same', inputShape: [8, 8, 1], name: 'first' }),
        maxPooling2d(2, { name: 'pool' }),
        globalAveragePooling2d({ name: 'mean' }),
        dense(3, { name: 'out', activation: 'softmax' }),
      ]),
    );
    using back = importOnnx(exportOnnx(net));
    expect(back.parameters()).toEqual(net.parameters());
    expect(back.summary()).not.toMatch(/permute/);
  });

  test('is saved and loaded', async () => {
    using net = makeNetwork('transformer');
    using back = importOnnx(exportOnnx(net), { name: 'again' });
    using loaded = await loadModel(await back.save(), { custom: { layers: onnxLayers } });
    await expectSame(loaded, net, [[7]], 11);
  });

  test('layers of a new head find names of their own', () => {
    using net = makeNetwork('mlp');
    using back = importOnnx(exportOnnx(net), { trainable: false, head: (x) => dense(2)(dense(4)(x)) });
    expect(Object.keys(back.parameters()).filter((path) => path.endsWith('kernel'))).toEqual([
      'dense_4/kernel',
      'dense_5/kernel',
      'dense_1/kernel',
      'dense_2/kernel',
      'dense_3/kernel',
    ]);
  });

  test('freezes the layers that are named', () => {
    using net = makeNetwork('mlp');
    using back = importOnnx(exportOnnx(net), { trainable: (layer) => layer === 'dense_3' });
    back.compile({ optimizer: adam(), loss: 'meanSquaredError' });
    expect(Object.keys(back.gradients())).toEqual(['dense_3/kernel', 'dense_3/bias']);
  });
});

describe('refuses', () => {
  const file = (): Uint8Array => {
    using net = makeNetwork('mlp');
    return exportOnnx(net);
  };
  const refuse = (options: object, ...words: (string | RegExp)[]) =>
    expectError(() => importOnnx(file(), options), OptionError, 'INVALID_OPTION', ...words);

  test('options that are none', async () => {
    await refuse({ trainabel: true }, "Did you mean 'trainable'");
    await refuse({ trainable: 1 }, 'trainable must be');
    await refuse({ inputLayout: 'NCHW' }, 'Known: file, NHWC');
    await refuse({ until: 'dense_9' }, 'dense_9', 'dense_3');
    await refuse({ until: 3 }, "until must be a layer's name");
    await refuse({ head: dense }, /symbolic|expected|options|units/i);
    await refuse({ head: 3 }, 'head must be a function');
    await refuse({ head: () => 3 }, 'head must return');
    await expectError(() => importOnnx('model.onnx' as never), DataError, 'INVALID_DATA', 'bytes of a file');
  });
});
