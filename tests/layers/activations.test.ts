// Activations with parameters, and the layer whose slopes are learned.

import { describe, expect, test } from 'vitest';
import {
  activation,
  dense,
  layerFromConfig,
  OptionError,
  prelu,
  sequential,
  sgd,
  ShapeError,
  type Activation,
} from '../../bindings/index.js';
import { evaluateGraph } from '../support/evaluateGraph.js';
import { resolveActivation } from '../../bindings/layers/activations.js';

const X = [-3, -0.5, -0, 0, 0.5, 2, 7, -100];

const apply = (option: Activation, x: readonly number[], shape: readonly number[] = [x.length]) => [
  ...evaluateGraph({ x: { shape, data: x } }, (leaves) => ({ y: resolveActivation('test', option)(leaves.x!) })).outputs
    .y!.data,
];

test.each<[Activation, (x: number) => number]>([
  [{ name: 'leakyRelu', slope: 0.5 }, (x) => (x > 0 ? x : 0.5 * x)],
  [{ name: 'elu', alpha: 2 }, (x) => (x > 0 ? x : 2 * Math.expm1(x))],
  [{ name: 'relu' } as never, (x) => Math.max(x, 0)],
  ['mish', (x) => x * Math.tanh(Math.log1p(Math.exp(x)))],
  ['softsign', (x) => x / (1 + Math.abs(x))],
])('%j', (option, reference) => {
  apply(option, X).forEach((value, i) => expect(value).toBeCloseTo(reference(X[i]!), 5));
});

test('softmax along an axis of its own', () => {
  const y = apply({ name: 'softmax', axis: 1 }, [0, 1, 2, 3, 4, 5], [1, 3, 2]);
  expect(y[0]! + y[2]! + y[4]!).toBeCloseTo(1, 6);
  expect(y[4]! / y[2]!).toBeCloseTo(Math.exp(2), 4);
  expect(() => apply({ name: 'softmax', axis: 0 }, [1, 2], [1, 2])).toThrow(OptionError);
  expect(() => apply({ name: 'logSoftmax', axis: 2 }, [1, 2], [1, 2])).toThrow(OptionError);
});

test.each<Activation>([
  { name: 'swisch' } as never,
  { name: 'leakyRelu', alpha: 1 } as never,
  { name: 'relu', slope: 1 } as never,
  { name: 'elu', alpha: NaN },
  { slope: 1 } as never,
])('%j is refused', (option) => {
  expect(() => dense(2, { activation: option })).toThrow(OptionError);
});

test.each<Activation>(['mish', { name: 'leakyRelu', slope: 0.3 }, { name: 'softmax', axis: -1 }])(
  'a layer with %j is made again from its JSON',
  (option) => {
    for (const made of [activation(option), dense(2, { activation: option })]) {
      const again = layerFromConfig(JSON.parse(JSON.stringify(made.definition)) as never);
      expect(again.definition.config).toEqual(made.definition.config);
    }
  },
);

describe('prelu', () => {
  test.each([
    [undefined, [4]],
    [
      [1, 2],
      [1, 1, 4],
    ],
    [[], [2, 3, 4]],
    [[1], [1, 3, 4]],
  ])('slopes shared along %j have the shape %j', (sharedAxes, shape) => {
    const made = prelu(sharedAxes ? { sharedAxes } : {});
    made.build([[2, 3, 4]]);
    expect(made.parameters.map((spec) => [spec.name, spec.shape])).toEqual([['alpha', shape]]);
    const again = layerFromConfig(JSON.parse(JSON.stringify(made.definition)) as never);
    again.build([[2, 3, 4]]);
    expect(again.parameters[0]!.shape).toEqual(shape);
  });

  test('its slopes are learned', async () => {
    using net = sequential([prelu({ inputShape: [2] })]);
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'mse' });
    expect((await net.predict([[-4, 4]])).data).toEqual(Float32Array.from([-1, 4]));
    const x = [
      [-1, -2],
      [-2, 1],
      [3, -1],
    ];
    const y = x.map((row) => row.map((value, c) => (value > 0 ? value : value * (c + 1))));
    const { history } = await net.fit(x, y, { epochs: 200 });
    expect(history.loss!.at(-1)).toBeLessThan(1e-4);
    expect(net.parameters()['prelu_1/alpha']![1]).toBeCloseTo(2, 1);
  });

  test('refuses what does not fit', () => {
    expect(() => prelu({ sharedAxes: 1 as never })).toThrow(OptionError);
    expect(() => prelu({ absent: 1 } as never)).toThrow(OptionError);
    expect(() => prelu({ sharedAxes: [3] }).build([[2, 2]])).toThrow(OptionError);
    expect(() => prelu().build([[]])).toThrow(ShapeError);
  });
});
