// Data that can not be trained on, and calls at the wrong time: told before anything is trained.

import { describe, expect, test } from 'vitest';
import {
  DataError,
  dense,
  DTypeError,
  flatten,
  input,
  model,
  sequential,
  ShapeError,
  StateError,
  type Model,
  type WasmgradError,
} from '../../bindings/index.js';
import { drawSamples, drawValues, expectError, hashOf } from './support.js';

const COUNT = 6;
const { x, y } = drawSamples(COUNT, 2);
const wrong = (value: unknown) => value as never;

const makeNet = (): Model => {
  const net = sequential([dense(1, { inputShape: [2], name: 'out' })], { name: 'net' });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  net.parameters();
  return net;
};

const makeClassifier = (): Model => {
  const net = sequential([dense(3, { inputShape: [2], name: 'out' })]);
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  return net;
};

type Expected = [abstract new (...given: never[]) => WasmgradError, WasmgradError['code'], ...string[]];

const DATA = [DataError, 'INVALID_DATA'] as const;
const SHAPE = [ShapeError, 'SHAPE_MISMATCH'] as const;
const TYPE = [DTypeError, 'DTYPE_MISMATCH'] as const;
const STATE = [StateError, 'INVALID_STATE'] as const;

describe('samples that can not be read', () => {
  const cases: [string, unknown, Expected][] = [
    ['NaN', x.with(5, NaN), [...DATA, 'element 5 is NaN', 'impute']],
    [
      'Infinity',
      [
        [1, 2],
        [3, Infinity],
      ],
      [...DATA, 'element 3 is Infinity'],
    ],
    ['a float64 too large for float32', Float64Array.of(1, 1e39), [...DATA, 'element 1 is Infinity', 'as float32']],
    ['a wrong number of features', [[1, 2, 3]], [...SHAPE, '[n, 2]', 'got [1, 3]']],
    ['a flat array that is no whole number of samples', x.subarray(1), [...SHAPE, '[n, 2]', 'a flat array of 11']],
    [
      'too many axes',
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      [...SHAPE, '[n, 2]', 'got [1, 2, 2]'],
    ],
    ['ragged rows', [[1, 2], [3]], [...SHAPE, 'ragged', 'expected 2 elements at depth 1', 'got 1']],
    ['a row that is a number', [[1, 2], 3], [...SHAPE, 'ragged', 'got 3']],
    [
      'a hole',
      [
        [1, 2],
        [3, undefined],
      ],
      [...DATA, 'expected a number', 'got undefined'],
    ],
    ['text', [['1', '2']], [...DATA, 'expected a number', "got '1'"]],
    ['no samples', [], [...DATA, 'is empty', 'at least one']],
    ['an empty typed array', new Float32Array(0), [...DATA, 'is empty']],
    ['a shape that does not fit its data', { data: x, shape: [3, 2] }, [...SHAPE, '[3, 2]', '6 elements', '12']],
    ['data of a shape without numbers', { data: 'abc', shape: [1, 2] }, [...TYPE, 'typed array']],
    ['64-bit integers', new BigInt64Array(4), [...TYPE, 'a BigInt64Array']],
    ['a DataView', new DataView(new ArrayBuffer(16)), [...TYPE, 'a DataView']],
    ['null', null, [...TYPE, 'got null']],
    ['nothing', undefined, [...TYPE, 'got undefined']],
    ['another name', { pixels: x }, [...DATA, "no entry 'input_1'", 'got pixels']],
  ];

  test.each(cases)('%s, in fit, evaluate and predict alike', async (_, given, [errorClass, code, ...words]) => {
    using net = makeNet();
    const before = hashOf(net);
    const named = code === 'INVALID_DATA' && words[0]!.includes('entry') ? 'x' : 'x (input_1)';
    const calls: [string, () => unknown][] = [
      ['fit', () => net.fit(wrong(given), y)],
      ['evaluate', () => net.evaluate(wrong(given), y)],
      ['predict', () => net.predict(wrong(given))],
      ['predict', () => net.predictSync(wrong(given))],
      ['validationData', () => net.fit(x, y, { validationData: { x: wrong(given), y } })],
      ['fit', () => net.fit([{ x: wrong(given), y }])],
    ];
    for (const [where, call] of calls) await expectError(call, errorClass, code, where, named, ...words);
    expect(net.step).toBe(0);
    expect(hashOf(net)).toBe(before);
  });
});

describe('labels that can not be read', () => {
  const cases: [string, unknown, Expected][] = [
    ['above the classes', [0, 1, 2, 3, 0, 0], [...DATA, 'label 3 of sample 3', '3 classes', '0 to 2']],
    ['below 0', [0, -1, 2, 0, 0, 0], [...DATA, 'label -1 of sample 1', 'out of range']],
    ['not whole', [0, 1, 1.5, 0, 0, 0], [...DATA, 'element 2 is 1.5', 'whole numbers']],
    ['NaN', Float32Array.of(0, NaN, 0, 0, 0, 0), [...DATA, 'element 1 is NaN', 'whole numbers']],
    ['beyond 32 bits', [0, 2 ** 32 + 1, 0, 0, 0, 0], [...DATA, 'element 1 is 4294967297']],
    ['one-hot where numbers are wanted', [[0, 1, 0]], [...SHAPE, 'expected samples of shape [n]', 'got [1, 3]']],
    ['too few', [0, 1], [...DATA, 'y (out) has 2 samples', 'x has 6', 'equal']],
    ['none', undefined, [...DATA, 'y is missing', 'second argument']],
  ];

  test.each(cases)('classes: %s', async (_, labels, [errorClass, code, ...words]) => {
    using net = makeClassifier();
    await expectError(() => net.fit(x, wrong(labels)), errorClass, code, 'fit', 'y', ...words);
    await expectError(() => net.evaluate(x, wrong(labels)), errorClass, code, 'evaluate', 'y', ...words);
    expect(net.step).toBe(0);
  });

  test('values: of another shape, not finite, too many', async () => {
    using net = makeNet();
    const pairs = drawValues(2 * COUNT, 3);
    const fit = (labels: unknown) => () => net.fit(x, wrong(labels));
    await expectError(fit({ data: pairs, shape: [COUNT, 2] }), ...SHAPE, 'y (out)', '[n, 1]', 'got [6, 2]');
    await expectError(fit(pairs), ...DATA, 'y (out) has 12 samples', 'x has 6');
    await expectError(fit(y.with(2, NaN)), ...DATA, 'y (out)', 'element 2 is NaN');
    await expectError(fit({ epochs: 3 }), ...DATA, "no entry 'out'", 'got epochs');
  });
});

describe('layers that do not fit their input', () => {
  test('an integer input for a dense layer, naming it', async () => {
    const words = ['encoder', 'expected float32', 'got int32'];
    const encode = () => dense(2, { name: 'encoder' })(input({ shape: [3], dtype: 'int32' }));
    await expectError(encode, ...TYPE, ...words);
  });

  test('a sample without an axis, naming the layer', async () => {
    const source = input({ shape: [] });
    await expectError(() => dense(2, { name: 'encoder' })(source), ...SHAPE, 'encoder', 'at least one axis', '[]');
    using net = model({ inputs: source, outputs: flatten()(source) });
    expect((await net.predict([1, 2, 3])).shape).toEqual([3, 1]);
  });
});

describe('calls at the wrong time', () => {
  test('before compile', async () => {
    using net = sequential([dense(1, { inputShape: [2] })], { name: 'net' });
    const calls: Record<string, () => unknown> = {
      fit: () => net.fit(x, y),
      evaluate: () => net.evaluate(x, y),
      memory: () => net.memory(),
      explain: () => net.explain(),
      gradients: () => net.gradients(),
    };
    for (const [method, call] of Object.entries(calls)) {
      await expectError(call, ...STATE, `net.${method}`, 'call compile({ optimizer, loss }) first');
    }
    expect(net.predictSync(x).shape).toEqual([COUNT, 1]);
  });

  test('after dispose', async () => {
    const net = makeNet();
    net.dispose();
    const calls: Record<string, () => unknown> = {
      compile: () => net.compile({ optimizer: 'adam', loss: 'meanSquaredError' }),
      build: () => net.build([2]),
      fit: () => net.fit(x, y),
      evaluate: () => net.evaluate(x, y),
      predict: () => net.predict(x),
      parameters: () => net.parameters(),
      gradients: () => net.gradients(),
      setParameters: () => net.setParameters({}),
      summary: () => net.summary(),
      memory: () => net.memory(),
      explain: () => net.explain(),
    };
    for (const [method, call] of Object.entries(calls)) {
      await expectError(call, ...STATE, `net.${method}`, 'was disposed', 'Make a new one');
    }
    await expectError(() => net.predictSync(x), ...STATE, 'was disposed');
    await expectError(() => net.predictAll(x), ...STATE, 'was disposed');
  });
});
