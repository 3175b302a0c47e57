// Whole networks as ONNX files, in ONNX Runtime; and what may be chosen of a file.

import { describe, expect, test } from 'vitest';
import {
  activation,
  batchNormalization,
  dense,
  layer,
  OptionError,
  sequential,
  StateError,
  type Model,
} from '../../bindings/index.js';
import { exportOnnx } from '../../bindings/formats/onnx/index.js';
import { WireReader } from '../../bindings/formats/protobuf/read.js';
import { decodeModel } from '../../bindings/formats/onnx/decode.js';
import { expectError } from '../model/support.js';
import { makeNetwork, NETWORKS } from './networks.js';
import { argumentOf, checkInOrt, feedsOf, runInOrt, withDrawnWeights, worstError } from './support.js';

const decode = (file: Uint8Array) => decodeModel(new WireReader(file, 'test'));
const opsOf = (file: Uint8Array) => decode(file).graph.nodes.map(({ opType }) => opType);

describe.each(Object.keys(NETWORKS))('%s', (name) => {
  const { inputs, indices } = NETWORKS[name]!;
  test.each([1, 4])('predicts the same in batches of %d', async (batch) => {
    using net = makeNetwork(name);
    await checkInOrt(net, exportOnnx(net), feedsOf(inputs, batch, indices), batch);
  });
});

test('batch normalisations are taken up by what stands before them', async () => {
  for (const name of ['cnn', 'cnn of other convolutions']) {
    using net = makeNetwork(name);
    const [apart, folded] = [false, true].map((foldBatchNormalization) => exportOnnx(net, { foldBatchNormalization }));
    const count = (file: Uint8Array) => opsOf(file).filter((op) => op === 'BatchNormalization').length;
    expect([count(apart!), count(folded!)]).toEqual([3, 0]);
    await checkInOrt(net, folded!, feedsOf(NETWORKS[name]!.inputs, 3), 3);
  }
});

test('a batch normalisation behind an activation or a fork stays', async () => {
  using net = withDrawnWeights(
    sequential([dense(4, { activation: 'relu', inputShape: [3] }), batchNormalization(), activation('relu')]),
  );
  const file = exportOnnx(net, { foldBatchNormalization: true });
  expect(opsOf(file)).toContain('BatchNormalization');
  await checkInOrt(net, file, feedsOf([[3]], 2), 2);
});

test('a chain of convolutions is transposed once in and once out', () => {
  using net = makeNetwork('cnn');
  expect(opsOf(exportOnnx(net)).filter((op) => op === 'Transpose').length).toBe(2);
});

test('images with the channels first, if asked for', async () => {
  using net = makeNetwork('two inputs, two outputs');
  const file = exportOnnx(net, { inputLayout: 'NCHW' });
  const [picture, figures] = feedsOf([[9, 7, 3], [5]], 2);
  const turned = new Float32Array(picture!.values.length);
  picture!.values.forEach((value, i) => {
    const [sample, row, column, channel] = [Math.floor(i / 189), Math.floor(i / 21) % 9, Math.floor(i / 3) % 7, i % 3];
    turned[((sample * 3 + channel) * 9 + row) * 7 + column] = value;
  });
  const expected = await net.predictAll(argumentOf([picture!, figures!]));
  const results = await runInOrt(file, [{ shape: [3, 9, 7], values: turned }, figures!], 2);
  expected.forEach(({ data }, i) => expect(worstError(results[i]!.data as Float32Array, data)).toBeLessThan(1e-5));
});

test('names, versions and sizes are those of the model', () => {
  using net = makeNetwork('two inputs, two outputs');
  const { irVersion, opsets, producerName, graph } = decode(exportOnnx(net, { producerName: 'me' }));
  expect([irVersion, opsets.get(''), producerName]).toEqual([8, 17, 'me']);
  expect(graph.inputs.map(({ name, dims }) => [name, dims])).toEqual([
    ['picture', ['batch', 9, 7, 3]],
    ['figures', ['batch', 5]],
  ]);
  expect(graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
    ['first', ['batch', 2]],
    ['second', ['batch', 1]],
  ]);
  expect([...graph.initializers.keys()]).toContain('known/kernel');
  const fixed = decode(exportOnnx(net, { dynamicBatch: false, batchSize: 6 }));
  expect(fixed.graph.inputs[0]!.dims).toEqual([6, 9, 7, 3]);
});

test('the same model gives the same bytes', () => {
  using one = makeNetwork('transformer');
  using other = makeNetwork('transformer');
  expect(Buffer.compare(exportOnnx(one), exportOnnx(other))).toBe(0);
});

describe('refuses', () => {
  const refuse = (net: Model, options: object, ...words: (string | RegExp)[]) =>
    expectError(() => exportOnnx(net, options), OptionError, 'INVALID_OPTION', ...words);

  test('what has no operators, all at once', async () => {
    const double = layer({ kind: 'double', name: 'twice', call: ([x]) => x!.mul(2) });
    using net = sequential([
      dense(2, { inputShape: [3], activation: (x) => x.sqrt(), name: 'rooted' }),
      double,
      dense(1),
    ]);
    await refuse(net, {}, /twice .*'double'/, /rooted .*function of your own/);
  });

  test('options that are none', async () => {
    using net = makeNetwork('mlp');
    await refuse(net, { opset: 12 }, 'opset', '>= 17');
    await refuse(net, { foldBatchNormalisation: true }, "Did you mean 'foldBatchNormalization'");
    await refuse(net, { inputLayout: 'NHCW' }, "Did you mean 'NHWC'");
    await refuse(net, { dynamicBatch: 1 }, 'dynamicBatch');
    await refuse(net, { batchSize: 0 }, 'batchSize');
    await refuse(net, { producerName: 3 }, 'producerName');
  });

  test('a model whose shapes are not known', async () => {
    using net = sequential([dense(2)]);
    await expectError(() => exportOnnx(net), StateError, 'INVALID_STATE', 'inputShape');
  });
});
