// compile: losses, metrics and weights of several outputs, what a new compile forgets, parameters and gradients.

import { describe, expect, test } from 'vitest';
import {
  adam,
  DataError,
  dense,
  input,
  model,
  OptionError,
  sequential,
  sgd,
  ShapeError,
  type CompileOptions,
  type Model,
} from '../../bindings/index.js';
import {
  copyParameters,
  denseReference,
  drawValues,
  expectError,
  hashOf,
  meanSquaredErrorReference,
  rowsOf,
} from './support.js';

const x = drawValues(9 * 3, 1);
const position = drawValues(9 * 2, 2);
const kinds = Array.from({ length: 9 }, (_, i) => i % 4);

function makeNet(options: Partial<CompileOptions> = {}): Model {
  const source = input({ shape: [3] });
  const outputs = [dense(2, { name: 'position' })(source), dense(4, { name: 'kind' })(source)];
  const net = model({ inputs: source, outputs, seed: 8 });
  net.compile({
    optimizer: sgd({ learningRate: 0 }),
    loss: ['meanSquaredError', 'sparseCategoricalCrossentropy'],
    ...options,
  });
  return net;
}

const lossesByHand = (net: Model): [number, number] => {
  const weights = net.parameters();
  const outputOf = (name: string) => denseReference(rowsOf(x, 3), weights[`${name}/kernel`]!, weights[`${name}/bias`]!);
  const crossentropies = outputOf('kind').map(
    (row, i) => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[kinds[i]!]!,
  );
  return [
    meanSquaredErrorReference(position, outputOf('position')),
    crossentropies.reduce((sum, value) => sum + value, 0) / crossentropies.length,
  ];
};

describe('several outputs', () => {
  test.each([undefined, [1, 1], [0.25, 4], [0, 1]])(
    'the loss is the sum of theirs, weighted by %j',
    async (lossWeights) => {
      using net = makeNet(lossWeights && { lossWeights });
      const [first, second] = lossesByHand(net);
      const [a, b] = lossWeights ?? [1, 1];
      const logs = await net.evaluate(x, [position, kinds], { batchSize: 4 });
      expect(Object.keys(logs)).toEqual(['loss', 'position_loss', 'kind_loss']);
      expect(logs['loss']).toBeCloseTo(a! * first + b! * second, 5);
      // Those of the outputs are told without their weight, as in Keras.
      expect(logs['position_loss']).toBeCloseTo(first, 5);
      expect(logs['kind_loss']).toBeCloseTo(second, 5);
    },
  );

  test('a loss weight scales the gradients of its output alone', async () => {
    const gradientsWith = async (lossWeights: number[]) => {
      using net = makeNet({ lossWeights });
      await net.fit(x, [position, kinds], { batchSize: 9, shuffle: false });
      return Object.fromEntries(Object.entries(net.gradients()).map(([path, values]) => [path, [...values]]));
    };
    const one = await gradientsWith([1, 1]);
    const other = await gradientsWith([4, 0]);
    expect(other['position/kernel']).toEqual(one['position/kernel']!.map((value) => 4 * value));
    expect(other['kind/kernel']!.every((value) => value === 0)).toBe(true);
    expect(one['kind/kernel']!.every((value) => value !== 0)).toBe(true);
  });

  test('metrics are for all outputs, or a list for each', async () => {
    using net = makeNet({ metrics: [['meanSquaredError'], ['accuracy']] });
    const { history } = await net.fit(x, [position, kinds], { validationSplit: 0.3 });
    expect(Object.keys(history)).toEqual([
      ...['loss', 'position_loss', 'position_meanSquaredError', 'kind_loss', 'kind_accuracy'],
      ...['val_loss', 'val_position_loss', 'val_position_meanSquaredError', 'val_kind_loss', 'val_kind_accuracy'],
    ]);
    using same = makeNet({ loss: 'meanSquaredError', metrics: ['meanSquaredError'] });
    const logs = await same.evaluate(x, [position, drawValues(36, 4)]);
    expect(Object.keys(logs)).toEqual([
      'loss',
      'position_loss',
      'position_meanSquaredError',
      'kind_loss',
      'kind_meanSquaredError',
    ]);
    expect(logs['kind_meanSquaredError']).toBe(logs['kind_loss']);
  });

  test('counts that do not match are refused', async () => {
    const refused = async (options: Partial<CompileOptions>, ...words: string[]) => {
      const run = () => {
        using net = makeNet(options);
        return net.memory();
      };
      await expectError(run, OptionError, 'INVALID_OPTION', 'compile', ...words);
    };
    await refused({ loss: ['meanSquaredError', 'meanSquaredError', 'meanSquaredError'] }, '3 losses for 2 output');
    await refused({ loss: [] }, 'loss is an empty list');
    await refused({ lossWeights: [1] }, '1 lossWeights for 2 output');
    await refused({ lossWeights: [1, NaN] }, 'lossWeights', 'NaN');
    await refused({ metrics: [['accuracy']] }, '1 lists of metrics for 2 output');
    await refused({ metrics: [['accuracy'], 'accuracy'] as never }, 'not a mixture');
    using net = makeNet();
    const missing = () => net.fit(x, [position] as never);
    await expectError(missing, DataError, 'INVALID_DATA', 'fit: y', '2 arrays', 'position, kind', 'an array of 1');
    const misnamed = () => net.fit(x, { position, sort: kinds });
    await expectError(misnamed, DataError, 'INVALID_DATA', "no entry 'kind'", 'got position, sort');
    const short = () => net.fit(x, [position, kinds.slice(1)]);
    await expectError(short, DataError, 'INVALID_DATA', 'y (kind) has 8 samples', 'x has 9');
  });
});

describe('compiling again', () => {
  const y = drawValues(9, 3);
  const makeSmall = (values?: Record<string, number[]>): Model => {
    const net = sequential([dense(1, { inputShape: [3] })], { seed: 1 });
    net.compile({ optimizer: adam({ learningRate: (step) => 0.1 / (step + 1) }), loss: 'meanSquaredError' });
    if (values) net.setParameters(values);
    return net;
  };

  test('keeps the weights and forgets the states and the steps of the optimiser', async () => {
    const options = { shuffle: false, batchSize: 2, epochs: 4 };
    using net = makeSmall();
    await net.fit(x, y, options);
    const learned = copyParameters(net);
    net.compile({ optimizer: adam({ learningRate: (step) => 0.1 / (step + 1) }), loss: 'meanSquaredError' });
    expect(copyParameters(net)).toEqual(learned);
    expect(net.step).toBe(20);
    using fresh = makeSmall(learned);
    await net.fit(x, y, options);
    await fresh.fit(x, y, options);
    expect(hashOf(net)).toBe(hashOf(fresh));
    expect(net.step).toBe(40);
  });

  test('a failed compile leaves the model without an optimiser or with that of before, never with half of one', async () => {
    using net = makeSmall();
    await net.fit(x, y);
    await expectError(
      () => net.compile({ optimizer: 'adma' as never, loss: 'meanSquaredError' }),
      OptionError,
      'INVALID_OPTION',
    );
    await net.fit(x, y);
    expect(net.step).toBe(2);
  });
});

describe('parameters and gradients', () => {
  test('are views of what the model trains', async () => {
    using net = sequential([dense(1, { inputShape: [2] })]);
    net.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
    net.parameters()['dense_1/kernel']!.set([1, 2]);
    expect([...net.predictSync([[10, 1]]).data]).toEqual([12]);
    await net.fit([[1, 1]], [[1]]);
    expect([...net.gradients()['dense_1/kernel']!]).toEqual([4, 4]);
    expect([...net.gradients()['dense_1/bias']!]).toEqual([4]);
    expect([...net.parameters()['dense_1/kernel']!]).toEqual([-1, 0]);
  });

  test('setParameters changes all or nothing', async () => {
    using net = sequential([dense(2, { inputShape: [2], name: 'first' }), dense(1)]);
    const before = copyParameters(net);
    const set = (values: object) => () => net.setParameters({ 'first/bias': [5, 5], ...values });
    const unknown = ["unknown parameter 'first/kernal'", "Did you mean 'first/kernel'"];
    await expectError(
      set({ 'first/kernal': [1, 2, 3, 4] }),
      OptionError,
      'INVALID_OPTION',
      'setParameters',
      ...unknown,
    );
    await expectError(
      set({ 'dense_1/kernel': [1] }),
      ShapeError,
      'SHAPE_MISMATCH',
      'dense_1/kernel',
      '2 values',
      'got 1',
    );
    await expectError(
      set({ 'dense_1/kernel': [1, Infinity] }),
      DataError,
      'INVALID_DATA',
      'value 1',
      'Infinity',
      'finite',
    );
    await expectError(set({ 'dense_1/kernel': undefined }), ShapeError, 'SHAPE_MISMATCH', 'got undefined');
    expect(copyParameters(net)).toEqual(before);
    net.setParameters({ 'first/bias': Float64Array.of(0.5, -0.5) });
    expect(copyParameters(net)).toEqual({ ...before, 'first/bias': [0.5, -0.5] });
  });
});
