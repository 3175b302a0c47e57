// Layers, losses and metrics of one's own, made of the graph's operators.

import { describe, expect, test } from 'vitest';
import {
  activation,
  constant,
  dense,
  input,
  layer,
  model,
  ones,
  OptionError,
  sequential,
  sgd,
  ShapeError,
  type Layer,
  type Metric,
  type Tensor,
} from '../../bindings/index.js';
import { drawSamples, drawValues, expectError, frozenNet, predictReference } from './support.js';

/** y = gain x + shift, a gain for each feature. */
const scale = (start = 1, name?: string): Layer =>
  layer({
    kind: 'scale',
    ...(name && { name }),
    build({ inputShapes: [shape], parameter }) {
      parameter('gain', [shape!.at(-1)!], constant(start));
      parameter('shift', [1], ones());
    },
    call: ([x], { parameter }) => x!.mul(parameter('gain')).add(parameter('shift')),
  });

describe('a layer', () => {
  test('computes, and has parameters under its path', async () => {
    const x = input({ shape: [3] });
    using net = model({ inputs: x, outputs: scale(2, 'stretch')(x) });
    expect(Object.keys(net.parameters())).toEqual(['stretch/gain', 'stretch/shift']);
    expect([...(await net.predict([[1, 2, 3]])).data]).toEqual([3, 5, 7]);
    net.setParameters({ 'stretch/gain': [0, 1, -1], 'stretch/shift': [0.5] });
    expect([...(await net.predict([[1, 2, 3]])).data]).toEqual([0.5, 2.5, -2.5]);
  });

  test('has the gradients of the formula, and a plain SGD step follows them', async () => {
    const x = input({ shape: [2] });
    using net = model({ inputs: x, outputs: scale(2)(x) });
    net.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
    // pred = 2 x + 1; loss = mean over 2 samples and 2 features of (pred - y)^2, so each residual r weighs 2 r / 4.
    const samples = [
      [1, -1],
      [2, 0.5],
    ];
    const targets = [
      [2, 0],
      [4, 1],
    ];
    await net.fit(samples, targets, { batchSize: 2, shuffle: false });
    const residuals = [
      [1, -1],
      [1, 1],
    ];
    const gain = [0, 1].map((k) => residuals.reduce((sum, row, i) => sum + (row[k]! * samples[i]![k]!) / 2, 0));
    const shift = residuals.flat().reduce((sum, value) => sum + value / 2, 0);
    expect([...net.gradients()['scale_1/gain']!]).toEqual(gain);
    expect([...net.gradients()['scale_1/shift']!]).toEqual([shift]);
    expect([...net.parameters()['scale_1/gain']!]).toEqual(gain.map((slope) => 2 - 0.5 * slope));
    expect([...net.parameters()['scale_1/shift']!]).toEqual([1 - 0.5 * shift]);
  });

  test('may behave otherwise in training', async () => {
    const noisy = layer({ kind: 'noisy', call: ([x], { training }) => (training ? x!.add(10) : x!) });
    using net = sequential([noisy]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const x = [[1], [2]];
    expect(await net.evaluate(x, x)).toEqual({ loss: 0 });
    expect((await net.fit(x, x)).history['loss']).toEqual([100]);
  });

  test('a parameter that is declared but not used stays as it is, with gradient zero', async () => {
    const idle = layer({
      kind: 'idle',
      build: ({ parameter }) => parameter('spare', [3], ones()),
      call: ([x]) => x!.mul(2),
    });
    using net = sequential([idle, dense(1)]);
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    await net.fit([[1, 2]], [[1]]);
    expect([...net.parameters()['idle_1/spare']!]).toEqual([1, 1, 1]);
    expect([...net.gradients()['idle_1/spare']!]).toEqual([0, 0, 0]);
    expect(net.gradients()['dense_1/kernel']!.some((value) => value !== 0)).toBe(true);
  });

  test('that asks for what it did not declare, loses the batch or returns nothing is told so', async () => {
    const x = () => input({ shape: [2] });
    const asking = layer({ kind: 'asking', call: ([a], { parameter }) => a!.mul(parameter('gian')) });
    await expectError(() => asking(x()), OptionError, 'INVALID_OPTION', 'asking', "'gian'", 'Declared: none');
    const flat = layer({ kind: 'flat', name: 'crush', call: ([a]) => a!.sum() });
    await expectError(() => flat(x()), ShapeError, 'SHAPE_MISMATCH', 'crush', 'batch', 'got crush/reduce');
    const empty = layer({ kind: 'empty', call: () => undefined as never });
    await expectError(() => empty(x()), OptionError, 'INVALID_OPTION', 'empty', 'return a tensor', 'undefined');
    const odd = layer({ kind: 'odd', call: ([a]) => a!.reshape([2, 5]) });
    await expectError(() => odd(x()), ShapeError, 'SHAPE_MISMATCH', /^odd/, '4 elements', '[2, 5]');
  });
});

/** Pinball loss: max(q e, (q - 1) e). */
function pinball(yTrue: Tensor, yPred: Tensor): Tensor {
  const error = yTrue.sub(yPred);
  return error.mul(0.9).maximum(error.mul(-0.1));
}

const pinballReference = (error: number): number => Math.max(0.9 * error, -0.1 * error);

describe('a loss', () => {
  test('is the mean of its values, under whatever batch size', async () => {
    const { x, y } = drawSamples(13, 2, 3);
    using net = frozenNet(2, 3, { loss: pinball });
    const expected =
      predictReference(net, x, 2)
        .flat()
        .reduce((sum, value, i) => sum + pinballReference(y[i]! - value), 0) / y.length;
    for (const batchSize of [1, 4, 13, 20]) {
      expect((await net.evaluate(x, y, { batchSize }))['loss']).toBeCloseTo(expected, 5);
      expect((await net.fit(x, y, { batchSize })).history['loss']![0]).toBeCloseTo(expected, 5);
    }
  });

  test('is learned: the median and not the mean for the absolute error', async () => {
    const constantNet = layer({
      kind: 'level',
      build: ({ parameter }) => parameter('value', [1], constant(3)),
      call: ([x], { parameter }) => x!.mul(0).add(parameter('value')),
    });
    using net = sequential([constantNet]);
    net.compile({ optimizer: sgd({ learningRate: 0.05 }), loss: (yTrue, yPred) => yTrue.sub(yPred).abs() });
    const y = [[0], [1], [2], [3], [100]];
    await net.fit([[0], [0], [0], [0], [0]], y, { epochs: 200, batchSize: 5 });
    expect(Math.abs(net.parameters()['level_1/value']![0]! - 2)).toBeLessThan(0.11);
  });

  test('that returns no tensor, or cannot be differentiated, is told so', async () => {
    using net = frozenNet(2, 1, { loss: (() => 3) as never });
    const [x, y] = [drawValues(4, 1), drawValues(2, 2)];
    await expectError(() => net.fit(x, y), OptionError, 'INVALID_OPTION', 'loss', 'return a tensor', 'got 3');
    net.compile({ optimizer: 'sgd', loss: (_, yPred) => yPred.matmul(yPred) });
    await expectError(() => net.fit(x, y), ShapeError, 'SHAPE_MISMATCH', /^out/, 'inner sides');
  });
});

/** Root of the mean square, from sums that are added up over batches: no mean of means. */
const rootMeanSquare: Metric = {
  name: 'rootMeanSquare',
  sums: (yTrue, yPred) => yTrue.sub(yPred).square().sum().reshape([1]),
  result: ([sum], samples) => Math.sqrt(sum! / samples),
};

function meanError(yTrue: Tensor, yPred: Tensor): Tensor {
  return yPred.sub(yTrue);
}

describe('a metric', () => {
  test('is a function under its name, or sums with a result, over the whole epoch', async () => {
    const { x, y } = drawSamples(11, 2);
    using net = frozenNet(2, 1, { metrics: [meanError, rootMeanSquare, 'meanSquaredError'] });
    const errors = predictReference(net, x, 2).map(([value], i) => value! - y[i]!);
    const mean = errors.reduce((sum, error) => sum + error, 0) / 11;
    const square = errors.reduce((sum, error) => sum + error * error, 0) / 11;
    const logs = await net.evaluate(x, y, { batchSize: 4 });
    expect(Object.keys(logs)).toEqual(['loss', 'meanError', 'rootMeanSquare', 'meanSquaredError']);
    expect(logs['meanError']).toBeCloseTo(mean, 5);
    expect(logs['rootMeanSquare']).toBeCloseTo(Math.sqrt(square), 5);
    expect(logs['meanSquaredError']).toBeCloseTo(square, 5);
    const { history } = await net.fit(x, y, { batchSize: 3, validationData: { x, y } });
    expect(history['rootMeanSquare']![0]).toBeCloseTo(Math.sqrt(square), 5);
    expect(history['val_rootMeanSquare']![0]).toBeCloseTo(Math.sqrt(square), 5);
  });

  test('accuracy means what fits the loss', async () => {
    const logits = [
      [2, 1, 0],
      [0, 1, 2],
      [1, 3, 2],
      [5, 1, 4],
    ];
    const accuracyOf = async (options: Parameters<typeof frozenNet>[2], x: number[][], y: number[] | number[][]) => {
      using net = sequential([activation('linear')]);
      net.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['accuracy'], ...options });
      return (await net.evaluate(x, y))['accuracy'];
    };
    expect(await accuracyOf({ loss: 'sparseCategoricalCrossentropy' }, logits, [0, 2, 2, 0])).toBe(0.75);
    const oneHot = [
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    expect(await accuracyOf({ loss: 'categoricalCrossentropy' }, logits, oneHot)).toBe(0.5);
    expect(await accuracyOf({ loss: 'binaryCrossentropy' }, [[0.3], [-0.3], [4], [-4]], [1, 1, 1, 0])).toBe(0.75);
  });

  test('of a name that is taken would hide a figure', async () => {
    using net = frozenNet(2, 1, { metrics: [(_, yPred) => yPred, (yTrue) => yTrue] });
    const given = [drawValues(4, 1), drawValues(2, 2)] as const;
    await expectError(() => net.fit(...given), OptionError, 'INVALID_OPTION', "'customMetric'", 'name of its own');
  });
});
