// Models of several inputs, outputs and branches, and layers used at several places.

import { describe, expect, test } from 'vitest';
import {
  add,
  concat,
  dense,
  flatten,
  input,
  model,
  OptionError,
  ShapeError,
  sgd,
  type Model,
  type SymbolicTensor,
} from '../../bindings/index.js';
import { denseReference, drawValues, expectError, rowsOf } from './support.js';

const expectClose = (got: ArrayLike<number>, expected: readonly number[]): void => {
  expect(got.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(3e-6 * (1 + Math.abs(value))));
};

const LEARN_NOTHING = { optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' } as const;

/** Gradients of one step over all samples. */
async function gradientsOf(net: Model, x: readonly Float32Array[], y: Float32Array): Promise<Record<string, number[]>> {
  net.compile(LEARN_NOTHING);
  await net.fit(x, y, { batchSize: 1000, shuffle: false });
  return Object.fromEntries(Object.entries(net.gradients()).map(([path, values]) => [path, [...values]]));
}

describe('branches', () => {
  test('add sums and concat puts side by side, in the order given', async () => {
    const a = input({ shape: [3] });
    const b = input({ shape: [3] });
    const c = input({ shape: [2] });
    using net = model({
      inputs: [a, b, c],
      outputs: [add()([a, b, a]), concat()([c, a]), concat({ axis: 1 })([b, c])],
    });
    const [sum, ca, bc] = await net.predictAll([[[1, 2, 3]], [[10, 20, 30]], [[-1, -2]]]);
    expect([...sum!.data]).toEqual([12, 24, 36]);
    expect([...ca!.data]).toEqual([-1, -2, 1, 2, 3]);
    expect([...bc!.data]).toEqual([10, 20, 30, -1, -2]);
  });

  test('a residual block: x + dense(relu(dense(x)))', async () => {
    const x = input({ shape: [4] });
    const branch = dense(4, { name: 'close' })(dense(6, { activation: 'relu', name: 'open' })(x));
    using net = model({ inputs: x, outputs: add()([x, branch]), seed: 2 });
    const data = drawValues(5 * 4, 1);
    const weights = net.parameters();
    const hidden = denseReference(rowsOf(data, 4), weights['open/kernel']!, weights['open/bias']!);
    const closed = denseReference(
      hidden.map((row) => row.map((value) => Math.max(value, 0))),
      weights['close/kernel']!,
      weights['close/bias']!,
    );
    expectClose(
      (await net.predict(data)).data,
      closed.flat().map((value, i) => value + data[i]!),
    );
  });

  test('inputs and outputs are found by name as well as by place', async () => {
    const left = input({ shape: [2], name: 'left' });
    const right = input({ shape: [1], name: 'right' });
    const build = () => {
      const sum = dense(1, { name: 'sum' })(concat()([left, right]));
      return model({ inputs: [left, right], outputs: [sum, dense(2, { name: 'pair' })(left)], seed: 5 });
    };
    using net = build();
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [l, r, s, p] = [drawValues(8, 1), drawValues(4, 2), drawValues(4, 3), drawValues(8, 4)];
    const byPlace = await net.evaluate([l, r], [s, p]);
    expect(await net.evaluate({ right: r, left: l }, { pair: p, sum: s })).toEqual(byPlace);
    expect(Object.keys(byPlace)).toEqual(['loss', 'sum_loss', 'pair_loss']);
  });

  test('training a model of two inputs and two outputs brings its loss down', async () => {
    const a = input({ shape: [2] });
    const b = input({ shape: [2] });
    const shared = dense(8, { activation: 'tanh' })(concat()([a, b]));
    using net = model({ inputs: [a, b], outputs: [dense(1)(shared), dense(1)(shared)], seed: 1 });
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const [x, z] = [drawValues(128, 1), drawValues(128, 2)];
    const sum = Float32Array.from({ length: 64 }, (_, i) => x[2 * i]! + z[2 * i]!);
    const difference = Float32Array.from({ length: 64 }, (_, i) => x[2 * i + 1]! - z[2 * i + 1]!);
    const { history } = await net.fit([x, z], [sum, difference], { epochs: 200 });
    expect(history['loss']!.at(-1)!).toBeLessThan(0.1 * history['loss']![0]!);
  });
});

describe('a layer used at several places', () => {
  const [xa, xb, y] = [drawValues(6 * 3, 1), drawValues(6 * 3, 2), drawValues(6 * 2, 3)];

  /** tanh(dense(a)) + tanh(dense(b)), by one layer or by two of the same weights. */
  const build = (isShared: boolean): Model => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [3] })];
    const first = dense(2, { activation: 'tanh', name: 'first' });
    const second = isShared ? first : dense(2, { activation: 'tanh', name: 'second' });
    return model({ inputs: [a, b], outputs: add()([first(a), second(b)]), seed: 6 });
  };

  test('has one set of weights, whose gradients are the sums of those of two copies', async () => {
    using shared = build(true);
    using copies = build(false);
    const { 'first/kernel': kernel, 'first/bias': bias } = shared.parameters();
    expect(Object.keys(shared.parameters())).toEqual(['first/kernel', 'first/bias']);
    for (const name of ['first', 'second']) {
      copies.setParameters({ [`${name}/kernel`]: kernel!, [`${name}/bias`]: bias! });
    }
    expect((await shared.predict([xa, xb])).data).toEqual((await copies.predict([xa, xb])).data);
    const together = await gradientsOf(shared, [xa, xb], y);
    const apart = await gradientsOf(copies, [xa, xb], y);
    for (const part of ['kernel', 'bias']) {
      const expected = apart[`first/${part}`]!.map((value, i) => value + apart[`second/${part}`]![i]!);
      expectClose(together[`first/${part}`]!, expected);
      expect(expected.every((value) => Math.abs(value) > 1e-4)).toBe(true);
    }
  });

  test('applied twice in a row has the gradients that finite differences give', async () => {
    const x = input({ shape: [2] });
    const step = dense(2, { activation: 'tanh', name: 'step' });
    using net = model({ inputs: x, outputs: step(step(x)), seed: 3 });
    const [data, target] = [drawValues(8, 5), drawValues(8, 6)];
    const gradients = await gradientsOf(net, [data], target);
    for (const path of ['step/kernel', 'step/bias']) {
      const values = [...net.parameters()[path]!];
      for (const [i, value] of values.entries()) {
        const lossAt = async (shift: number) => {
          net.setParameters({ [path]: values.with(i, value + shift) });
          return (await net.evaluate(data, target))['loss']!;
        };
        const slope = ((await lossAt(0.01)) - (await lossAt(-0.01))) / 0.02;
        expect(Math.abs(gradients[path]![i]! - slope)).toBeLessThan(2e-3 * (0.1 + Math.abs(slope)));
      }
      net.setParameters({ [path]: values });
    }
  });

  test('may make several outputs, which have names of their own in the history', async () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [3] })];
    const tower = dense(2, { name: 'tower' });
    using net = model({ inputs: [a, b], outputs: [tower(a), tower(b)] });
    net.compile(LEARN_NOTHING);
    const logs = await net.evaluate([xa, xb], [y, y]);
    expect(Object.keys(logs)).toEqual(['loss', 'tower_loss', 'tower_output_2_loss']);
    expect(logs['loss']!).toBeCloseTo(logs['tower_loss']! + logs['tower_output_2_loss']!, 5);
    expect(logs['tower_loss']).not.toBe(logs['tower_output_2_loss']);
  });
});

describe('what does not fit together', () => {
  const x = (): SymbolicTensor => input({ shape: [3], name: 'x' });

  test('shapes, naming the layer', async () => {
    const [a, b] = [x(), input({ shape: [4] })];
    await expectError(() => add({ name: 'join' })([a, b]), ShapeError, 'SHAPE_MISMATCH', 'join', '[3]', '[4]');
    const encoder = dense(2, { name: 'encoder' });
    encoder(a);
    await expectError(() => encoder(b), ShapeError, 'SHAPE_MISMATCH', 'encoder', '4 columns', '3 rows');
    const image = input({ shape: [2, 2] });
    await expectError(() => concat({ name: 'glue' })([a, image]), ShapeError, 'SHAPE_MISMATCH', 'glue');
  });

  test('numbers of inputs', async () => {
    await expectError(() => add()(x()), OptionError, 'INVALID_OPTION', 'add', 'at least 2 inputs');
    await expectError(
      () => dense(2)([x(), x()]),
      OptionError,
      'INVALID_OPTION',
      'dense',
      '2 input',
      'input 1 is not used',
    );
    await expectError(() => flatten({ name: 'flat' })([1 as never]), OptionError, 'INVALID_OPTION', 'flat', 'got 1');
  });

  test('inputs that are not listed, not used, or named alike', async () => {
    const [a, b] = [x(), input({ shape: [3], name: 'b' })];
    const sum = add()([a, b]);
    await expectError(() => model({ inputs: a, outputs: sum }), OptionError, 'INVALID_OPTION', "'b'", 'not in inputs');
    const c = input({ shape: [1] });
    await expectError(() => model({ inputs: [a, b, c], outputs: sum }), OptionError, 'INVALID_OPTION', 'input 2');
    const other = x();
    await expectError(
      () => model({ inputs: [a, other], outputs: add()([a, other]) }),
      OptionError,
      'INVALID_OPTION',
      "'x'",
    );
  });

  test('what is no value of a graph', async () => {
    await expectError(
      () => model({ inputs: 3 as never, outputs: x() }),
      OptionError,
      'INVALID_OPTION',
      'input()',
      'got 3',
    );
    await expectError(() => model({ inputs: x() } as never), OptionError, 'INVALID_OPTION', 'got undefined');
    await expectError(() => model({ inputs: [], outputs: [] }), ShapeError, 'SHAPE_MISMATCH', 'at least one');
  });
});
