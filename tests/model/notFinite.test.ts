// A loss that stops being finite stops training: the error names where it began, the weights are of the last finished step.

import { describe, expect, test } from 'vitest';
import { dense, layer, NotFiniteError, sequential, sgd, type Model, type Tensor } from '../../bindings/index.js';
import { drawValues, expectError, hashOf } from './support.js';

const x = drawValues(12 * 2, 1);

/** log(yTrue) + yPred^2: NaN for the first label below 0. */
const logarithmic = (yTrue: Tensor, yPred: Tensor): Tensor => yTrue.log().add(yPred.square());

const makeNet = (): Model => {
  const net = sequential([dense(3, { activation: 'tanh', inputShape: [2] }), dense(1, { name: 'out' })], { seed: 3 });
  net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: logarithmic });
  return net;
};

describe('a NaN in the loss', () => {
  const options = { batchSize: 2, shuffle: false };

  test.each([0, 1, 3, 5])('in step %i', async (bad) => {
    const y = Float32Array.from({ length: 12 }, (_, i) => (i === 2 * bad + 1 ? -1 : 1 + i));
    for (const extra of [{}, { callbacks: [{ onBatchEnd: () => undefined }] }, { yieldEveryMilliseconds: 1e9 }]) {
      using net = makeNet();
      using expected = makeNet();
      net.parameters();
      const words = [
        'loss is not finite',
        `at step ${bad + 1}`,
        'out/logarithm',
        'last finished step',
        'learning rate',
      ];
      const fit = () => net.fit(x, y, { ...options, ...extra });
      const error = (await expectError(fit, NotFiniteError, 'NOT_FINITE', ...words)) as NotFiniteError;
      expect(error.operation).toContain('out/logarithm');
      expect(error.step).toBe(bad);
      expect(net.step).toBe(bad);
      if (bad > 0) await expected.fit(x.subarray(0, 4 * bad), y.subarray(0, 2 * bad), options);
      expect(hashOf(net)).toBe(hashOf(expected));
      const good = y.map(Math.abs);
      await net.fit(x, good, options);
      await expected.fit(x, good, options);
      expect(hashOf(net)).toBe(hashOf(expected));
    }
  });

  test('in a later epoch, in the smaller last batch, in a stream', async () => {
    const y = Float32Array.from({ length: 12 }, () => 1);
    const onEpochEnd = () => void (y[11] = -1);
    using net = makeNet();
    // Arrays are copied when fit begins; a stream reads them anew.
    await net.fit(x, y, { batchSize: 5, epochs: 2, callbacks: [{ onEpochEnd }] });
    expect(net.step).toBe(6);
    await expectError(() => net.fit(x, y, { batchSize: 5, shuffle: false }), NotFiniteError, 'NOT_FINITE', 'at step 9');
    expect(net.step).toBe(8);
    const stream = [
      { x: x.subarray(0, 4), y: [1, 1] },
      { x: x.subarray(0, 2), y: [-1] },
    ];
    await expectError(() => net.fit(stream), NotFiniteError, 'NOT_FINITE', 'at step 10', 'out/logarithm');
    expect(net.step).toBe(9);
  });

  test('in evaluate and in validation', async () => {
    using net = makeNet();
    const y = Float32Array.from({ length: 12 }, (_, i) => (i === 9 ? -1 : 1));
    const evaluate = () => net.evaluate(x, y, { batchSize: 4 });
    await expectError(evaluate, NotFiniteError, 'NOT_FINITE', 'out/logarithm');
    const validate = () => net.fit(x, y.map(Math.abs), { validationData: { x, y } });
    await expectError(validate, NotFiniteError, 'NOT_FINITE', 'out/logarithm');
    expect(net.step).toBe(1);
  });
});

describe('what is named', () => {
  const layerOf = (name: string, call: (x: Tensor) => Tensor) =>
    layer({ kind: 'custom', name, call: ([given]) => call(given!) });
  const given = [[-1, 2]];
  const target = [[0, 0]];
  const operationOf = async (...layers: ReturnType<typeof layerOf>[]) => {
    using net = sequential(layers);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const error = await expectError(
      () => net.fit(given, target),
      NotFiniteError,
      'NOT_FINITE',
      'first NaN or infinity',
    );
    return (error as NotFiniteError).operation;
  };

  test('the first operation with a value that is not finite, by the path of its layer', async () => {
    const twice = () => layerOf('twice', (v) => v.mul(2));
    const root = layerOf('root', (v) => v.sqrt());
    expect(
      await operationOf(
        twice(),
        root,
        layerOf('last', (v) => v.softmax()),
      ),
    ).toMatch(/^(twice\/affine, )?root\/squareRoot/);
    const inverse = layerOf('inverse', (v) => v.sub(2).reciprocal());
    expect(
      await operationOf(
        twice(),
        layerOf('half', (v) => v.mul(0.5)),
        inverse,
      ),
    ).toContain('inverse/');
    const explode = layerOf('explode', (v) => v.mul(1e30).square());
    expect(await operationOf(twice(), explode)).toContain('explode/');
  });

  test('a parameter, where the update before has spoiled it', async () => {
    using net = sequential([dense(1, { inputShape: [1], name: 'head' })]);
    net.setParameters({ 'head/kernel': [0] });
    net.compile({ optimizer: sgd({ learningRate: 1e38 }), loss: 'meanSquaredError' });
    // The gradient is -2000: the first update goes beyond float32.
    const fit = () => net.fit([[10]], [[100]], { epochs: 9 });
    const error = await expectError(fit, NotFiniteError, 'NOT_FINITE', 'at step 2', 'in the parameter head/kernel');
    expect((error as NotFiniteError).step).toBe(1);
    expect(net.step).toBe(1);
  });

  test('an exploding net stops within a few steps, and global clipping keeps it going', async () => {
    const run = async (globalClipNorm?: number) => {
      using net = sequential([dense(8, { inputShape: [2] }), dense(8), dense(1)], { seed: 1 });
      net.compile({ optimizer: sgd({ learningRate: 10, globalClipNorm }), loss: 'meanSquaredError' });
      const history = await net.fit(x, x.subarray(0, 12), { epochs: 3, batchSize: 1 });
      return history.history['loss']!.length;
    };
    await expectError(run, NotFiniteError, 'NOT_FINITE', 'Lower the learning rate', 'globalClipNorm');
    expect(await run(1e-3)).toBe(3);
  });
});
