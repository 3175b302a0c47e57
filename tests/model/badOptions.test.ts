// Options and names that are wrong: an OptionError that says where, what came, what is known and which was meant.

import { describe, expect, test } from 'vitest';
import {
  activation,
  adam,
  add,
  adamw,
  categoricalCrossentropy,
  concat,
  constant,
  dense,
  dropout,
  flatten,
  input,
  model,
  OptionError,
  randomUniform,
  rescaling,
  rmsprop,
  sequential,
  sgd,
  StateError,
  type Layer,
  type Model,
} from '../../bindings/index.js';
import { drawSamples, expectError, hashOf } from './support.js';

const { x, y } = drawSamples(8, 2);
const wrong = (value: unknown) => value as never;

const makeNet = (): Model => {
  const net = sequential([dense(1, { inputShape: [2] })], { name: 'net' });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  return net;
};

const compile = (options: object) => () => {
  using net = makeNet();
  net.compile(wrong({ optimizer: 'adam', loss: 'meanSquaredError', ...options }));
};

const use = (action: (net: Model) => unknown) => async () => {
  using net = makeNet();
  return await action(net);
};

const fit = (options: object) => use((net) => net.fit(x, y, wrong(options)));

describe('a misspelt name is told with the nearest known one', () => {
  const cases: [string, string, string, () => unknown][] = [
    ['meanSquareError', 'meanSquaredError', 'loss', compile({ loss: 'meanSquareError' })],
    ['Adam', 'adam', 'optimizer', compile({ optimizer: 'Adam' })],
    ['acuracy', 'accuracy', 'metric', compile({ metrics: ['acuracy'] })],
    ['rellu', 'relu', 'activation', () => dense(3, { activation: wrong('rellu') })],
    ['sofmax', 'softmax', 'activation', () => activation(wrong('sofmax'))],
    ['glorotUnifrom', 'glorotUniform', 'initializer', () => dense(3, { kernelInitializer: wrong('glorotUnifrom') })],
    ['zeroes', 'zeros', 'initializer', () => dense(3, { biasInitializer: wrong('zeroes') })],
    ['epoch', 'epochs', 'option', fit({ epoch: 3 })],
    ['batchsize', 'batchSize', 'option', fit({ batchsize: 3 })],
    ['batchSise', 'batchSize', 'option', use((net) => net.evaluate(x, y, wrong({ batchSise: 3 })))],
    ['bachSize', 'batchSize', 'option', use((net) => net.predict(x, wrong({ bachSize: 3 })))],
    ['bachSize', 'batchSize', 'option', use((net) => net.predictSync(x, wrong({ bachSize: 3 })))],
    ['sample', 'samples', 'option', use((net) => net.memory(wrong({ sample: 3 })))],
    ['times', 'time', 'option', use((net) => net.explain(wrong({ times: true })))],
    ['los', 'loss', 'option', compile({ los: 'meanSquaredError' })],
    ['actvation', 'activation', 'option', () => dense(3, wrong({ actvation: 'relu' }))],
    ['sed', 'seed', 'option', () => sequential([dense(1)], wrong({ sed: 3 }))],
    ['input', 'inputs', 'option', () => model(wrong({ input: [], outputs: [] }))],
    ['shap', 'shape', 'option', () => input(wrong({ shap: [3] }))],
    ['axes', 'axis', 'option', () => concat(wrong({ axes: 1 }))],
    ['ofset', 'offset', 'option', () => rescaling(1, wrong({ ofset: 1 }))],
    ['nam', 'name', 'option', () => flatten(wrong({ nam: 'a' }))],
    ['learningrate', 'learningRate', 'option', () => adam(wrong({ learningrate: 1 }))],
    ['beta3', 'beta1', 'option', () => adamw(wrong({ beta3: 1 }))],
    ['momentun', 'momentum', 'option', () => sgd(wrong({ momentun: 1 }))],
    ['epsilonplacement', 'epsilonPlacement', 'option', () => rmsprop(wrong({ epsilonplacement: 1 }))],
    ['fromLogit', 'fromLogits', 'option', () => categoricalCrossentropy(wrong({ fromLogit: true }))],
    ['minimun', 'minimum', 'option', () => randomUniform(wrong({ minimun: 1 }))],
  ];

  test.each(cases)('%s for %s (%s)', async (given, meant, kind, action) => {
    const words = [`unknown ${kind} '${given}'`, `Did you mean '${meant}'?`, 'Known: '];
    await expectError(action, OptionError, 'INVALID_OPTION', ...words);
  });

  test('a name that is near to none is told without a guess, and not found in the prototype', async () => {
    const error = await expectError(compile({ loss: 'banana' }), OptionError, 'INVALID_OPTION', "'banana'", 'Known: ');
    expect(error.message).not.toContain('Did you mean');
    await expectError(compile({ optimizer: 'toString' }), OptionError, 'INVALID_OPTION', "'toString'");
    await expectError(() => dense(1, { activation: wrong('constructor') }), OptionError, 'INVALID_OPTION');
  });
});

describe('a value out of range is told with the range', () => {
  const cases: [string, () => unknown, ...string[]][] = [
    ['units of 0', () => dense(0, { name: 'head' }), 'head', 'units', '>= 1', 'got 0'],
    ['units of 2.5', () => dense(2.5), 'dense', 'units', 'a whole number', 'got 2.5'],
    ['a dropout rate of 1', () => dropout(1), 'dropout', 'rate', '< 1', 'got 1'],
    ['a negative dropout rate', () => dropout(-0.1, { name: 'drop' }), 'drop', 'rate', '>= 0', 'got -0.1'],
    ['a dropout rate of NaN', () => dropout(NaN), 'rate', 'got NaN'],
    ['a batch of 0', fit({ batchSize: 0 }), 'fit', 'batchSize', '>= 1', 'got 0'],
    ['half a batch', fit({ batchSize: 0.5 }), 'fit', 'batchSize', 'a whole number', 'got 0.5'],
    ['a batch of text', fit({ batchSize: '8' }), 'fit', 'batchSize', "got '8'"],
    ['a batch of 0 in predict', use((net) => net.predict(x, { batchSize: 0 })), 'predict', 'batchSize', 'got 0'],
    [
      'a batch of -1 in evaluate',
      use((net) => net.evaluate(x, y, { batchSize: -1 })),
      'evaluate',
      'batchSize',
      'got -1',
    ],
    ['a batch of NaN in memory', use((net) => net.memory({ batchSize: NaN })), 'memory', 'batchSize', 'got NaN'],
    ['samples of 0 in memory', use((net) => net.memory({ samples: 0 })), 'memory', 'samples', 'got 0'],
    ['no epochs', fit({ epochs: 0 }), 'fit', 'epochs', '>= 1', 'got 0'],
    ['an initial epoch of -1', fit({ initialEpoch: -1 }), 'fit', 'initialEpoch', 'got -1'],
    ['a validation split of 1', fit({ validationSplit: 1 }), 'fit', 'validationSplit', '< 1', 'got 1'],
    ['turns of NaN', fit({ yieldEveryMilliseconds: NaN }), 'fit', 'yieldEveryMilliseconds', 'got NaN'],
    ['a learning rate of -1', () => sgd({ learningRate: -1 }), 'sgd', 'learningRate', '>= 0', 'got -1'],
    ['a learning rate of NaN', () => adam({ learningRate: NaN }), 'adam', 'learningRate', 'got NaN'],
    ['a learning rate of text', () => rmsprop({ learningRate: wrong('1e-3') }), 'rmsprop', 'learningRate'],
    ['a beta of 1', () => adam({ beta1: 1 }), 'adam', 'beta1', '< 1', 'got 1'],
    ['an epsilon of 0', () => adam({ epsilon: 0 }), 'adam', 'epsilon', '> 0', 'got 0'],
    ['a clip norm of 0', () => sgd({ globalClipNorm: 0 }), 'sgd', 'globalClipNorm', '> 0', 'got 0'],
    ['a seed of -1', () => sequential([dense(1)], { seed: -1 }), 'seed', '>= 0', 'got -1'],
    ['a seed that is not exact', () => sequential([dense(1)], { seed: 2 ** 60 }), 'seed', '<='],
    ['a constant of Infinity', () => constant(Infinity), 'constant', 'value', 'Infinity'],
    ['a scale of NaN', () => rescaling(NaN), 'rescaling', 'scale', 'got NaN'],
    ['a minimum above the maximum', () => randomUniform({ minimum: 2, maximum: 1 }), 'maximum', '> 2', 'got 1'],
    ['the batch as axis', () => concat({ axis: 0 }), 'concat', 'axis 0 is the batch'],
    ['a shape with a side of 0', () => input({ shape: [3, 0] }), 'shape', 'positive whole numbers', '[3, 0]'],
    ['a shape that is a number', () => input({ shape: wrong(3) }), 'shape', 'got 3'],
    ['an inputShape that is a number', () => sequential([dense(1, { inputShape: wrong(784) })]), 'got 784'],
    ['a shape to build with', () => sequential([dense(1)], { name: 'net' }).build([-1]), 'net', '[-1]'],
    ['options that are none', () => dense(3, wrong('relu')), 'dense', 'options must be an object', "'relu'"],
    ['no compile options', use((net) => net.compile(wrong(undefined))), 'compile', 'must be an object'],
    ['no loss', compile({ loss: undefined }), 'compile', 'loss is missing'],
    ['no optimizer', compile({ optimizer: undefined }), 'compile', 'optimizer is missing', "'adam'"],
    ['a factory as optimizer', compile({ optimizer: adam }), 'optimizer', "the function 'adam'", 'call its factory'],
    ['a number as loss', compile({ loss: 42 }), 'compile', 'loss', 'got 42'],
    ['a number as metric', compile({ metrics: [42] }), 'compile', 'metric', 'got 42'],
    ['callbacks that are no list', fit({ callbacks: {} }), 'callbacks must be an array', 'a Object'],
    ['both kinds of validation', fit({ validationSplit: 0.5, validationData: { x, y } }), 'not both'],
    ['validation data as a pair', fit({ validationData: [x, y] }), 'validationData must be { x, y }', 'an array of 2'],
    ['an unknown part of validation data', fit({ validationData: { x, y, weight: 1 } }), 'validationData', "'weight'"],
  ];

  test.each(cases)('%s', async (_, action, ...words) => {
    await expectError(action, OptionError, 'INVALID_OPTION', ...words);
  });

  test.each([NaN, -1, Infinity])('a schedule that returns %d, with its step; steps before it count', async (bad) => {
    using net = makeNet();
    using expected = makeNet();
    const rateAt = (step: number) => (step < 3 ? 0.1 : bad);
    net.compile({ optimizer: sgd({ learningRate: rateAt }), loss: 'meanSquaredError' });
    expected.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
    const options = { batchSize: 2, shuffle: false, callbacks: [{ onBatchEnd: () => undefined }] };
    const words = ['the schedule of sgd at step 3', 'learningRate', `got ${bad}`];
    await expectError(() => net.fit(x, y, options), OptionError, 'INVALID_OPTION', ...words);
    expect(net.step).toBe(3);
    await expected.fit(x.subarray(0, 12), y.subarray(0, 6), options);
    expect(hashOf(net)).toBe(hashOf(expected));
  });
});

describe('layers that can not be used as they are', () => {
  test('what is no layer in a chain', async () => {
    const words = ['entry 1 is no layer', 'call its factory'];
    for (const entry of [null, 3, {}, dense, 'dense']) {
      await expectError(() => sequential([dense(1), wrong(entry)]), OptionError, 'INVALID_OPTION', ...words);
    }
    await expectError(() => sequential([], { name: 'net' }), OptionError, 'INVALID_OPTION', 'net', 'no layers');
    await expectError(() => sequential(wrong(dense(1))), OptionError, 'INVALID_OPTION', 'an array of layers');
  });

  test('a layer of another model; its own model goes on, and the others stay free', async () => {
    const [shared, free]: Layer[] = [dense(2, { inputShape: [2], name: 'shared' }), dense(2, { inputShape: [2] })];
    using net = sequential([shared!]);
    const again = () => sequential([free!, shared!]);
    await expectError(again, StateError, 'INVALID_STATE', 'shared', 'another model', 'Make a new layer');
    const source = input({ shape: [2] });
    const joined = () => model({ inputs: source, outputs: add()([shared!(source), source]) });
    await expectError(joined, StateError, 'INVALID_STATE', 'shared');
    using other = sequential([free!]);
    expect(net.predictSync([[1, 1]]).shape).toEqual(other.predictSync([[1, 1]]).shape);
  });

  test('two layers of one name', async () => {
    const twins = () => sequential([dense(1, { name: 'twin', inputShape: [1] }), dense(1, { name: 'twin' })]);
    await expectError(twins, OptionError, 'INVALID_OPTION', "'twin'", 'different names');
  });

  test('a layer without a name takes one that none was given', () => {
    using net = sequential([dense(1, { name: 'dense_2', inputShape: [1] }), dense(1), dense(1)]);
    expect(Object.keys(net.parameters()).filter((path) => path.endsWith('kernel'))).toEqual([
      'dense_2/kernel',
      'dense_1/kernel',
      'dense_3/kernel',
    ]);
  });
});
