// Gradient checking of whole models: quiet for right gradients, and the name of the parameter with a wrong one.

import { describe, expect, test } from 'vitest';
import {
  activation,
  batchNormalization,
  checkModelGradients,
  conv2d,
  dense,
  dropout,
  flatten,
  gaussianNoise,
  gru,
  input,
  l2,
  layer,
  model,
  ones,
  OptionError,
  residual,
  sequential,
  type Layer,
  type Model,
} from '../../bindings/index.js';
import { drawValues, expectError, hashOf, usedBytes } from '../model/support.js';

const x = drawValues(12 * 6, 1);
const y = Int32Array.from({ length: 12 }, (_, i) => i % 3);

const compiled = (layers: readonly Layer[], inputShape: readonly number[] = [6]): Model => {
  const net = sequential([...layers, dense(3, { name: 'head' })], { seed: 2 });
  net.build(inputShape);
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  return net;
};

/** Right going forward; rounding counts as flat in the gradient, so the term is lost there. */
const wrongGain = () =>
  layer({
    kind: 'wrongGain',
    build: ({ inputShapes: [shape], parameter }) => parameter('gain', [shape!.at(-1)!], ones()),
    call: ([value], { parameter }) => {
      const gain = parameter('gain');
      return value!.mul(gain.add(gain.mul(4096).round().div(2048)));
    },
  });

describe('is small for right gradients', () => {
  const nets: readonly (readonly [string, () => Model])[] = [
    ['dense layers with penalties', () => compiled([dense(5, { activation: 'tanh', kernelRegularizer: l2(0.1) })])],
    [
      'batch normalisation and residual blocks',
      () =>
        compiled([dense(4), batchNormalization(), activation('gelu'), residual([dense(4, { activation: 'sigmoid' })])]),
    ],
    ['dropout and noise, not drawn', () => compiled([dense(5), dropout(0.5), gaussianNoise(0.3), dense(4)])],
    ['recurrence', () => compiled([gru(4)], [3, 2])],
    ['convolution', () => compiled([conv2d(2, 2, { activation: 'silu' }), flatten()], [2, 3, 1])],
  ];
  test.each(nets)('%s', (_, makeNet) => {
    using net = makeNet();
    net.parameters();
    const [hash, bytes] = [hashOf(net), usedBytes()];
    const { worst, worstParameter, errors } = checkModelGradients(net, x, y);
    expect(worst).toBeLessThan(5e-3);
    expect(Object.keys(errors)).toEqual(Object.keys(net.gradients()));
    expect(errors[worstParameter]).toBe(worst);
    expect(worst).toBe(Math.max(...Object.values(errors)));
    expect(hashOf(net)).toBe(hash);
    expect(usedBytes()).toBe(bytes);
  });

  test('dropout and noise that are drawn are the same at every point', () => {
    using net = compiled([dense(8), dropout(0.5), gaussianNoise(0.3), dense(4, { activation: 'tanh' })]);
    const drawn = checkModelGradients(net, x, y, { stochastic: true, seed: 5 });
    expect(drawn.worst).toBeLessThan(5e-3);
    expect(drawn).not.toEqual(checkModelGradients(net, x, y, { seed: 5 }));
  });

  test('a wide net of ReLU units, whose kinks are everywhere', () => {
    using net = compiled([dense(64, { activation: 'relu' }), dense(64, { activation: 'relu' })], [300]);
    const { worst } = checkModelGradients(net, drawValues(8 * 300, 4), y.slice(0, 8));
    expect(worst).toBeLessThan(0.05);
  });

  test('several inputs and outputs', () => {
    const [a, b] = [input({ shape: [3] }), input({ shape: [3] })];
    const hidden = dense(4, { activation: 'softplus', name: 'shared' });
    using net = model({
      inputs: [a, b],
      outputs: [dense(1, { name: 'sum' })(hidden(a)), dense(2, { name: 'pair' })(hidden(b))],
    });
    net.compile({ optimizer: 'adam', loss: ['meanSquaredError', 'huber'] });
    const part = (size: number, seed: number) => drawValues(10 * size, seed);
    const { worst, errors } = checkModelGradients(net, [part(3, 1), part(3, 2)], [part(1, 3), part(2, 4)]);
    expect(worst).toBeLessThan(5e-3);
    expect(Object.keys(errors)).toHaveLength(6);
  });
});

test('names the parameter with a wrong gradient', () => {
  using net = compiled([dense(5, { activation: 'tanh' }), wrongGain()]);
  const { worst, worstParameter, errors } = checkModelGradients(net, x, y);
  expect(worstParameter).toBe('wrongGain_1/gain');
  expect(worst).toBeGreaterThan(0.3);
  expect(errors['head/kernel']).toBeLessThan(5e-3);
});

test('refuses what does not fit', async () => {
  using net = compiled([dense(2)]);
  const bad = (options: object) => () => checkModelGradients(net, x, y, options);
  await expectError(bad({ samples: 0 }), OptionError, 'INVALID_OPTION', 'samples');
  await expectError(bad({ directions: 0 }), OptionError, 'INVALID_OPTION', 'directions');
  await expectError(bad({ stepSize: 0 }), OptionError, 'INVALID_OPTION', 'stepSize');
  await expectError(bad({ stochastic: 1 }), OptionError, 'INVALID_OPTION', 'stochastic');
  await expectError(bad({ sample: 1 }), OptionError, 'INVALID_OPTION', "Did you mean 'samples'");
  using fixed = sequential([flatten({ inputShape: [6] })]);
  fixed.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  await expectError(() => checkModelGradients(fixed, x, x), OptionError, 'INVALID_OPTION', 'no parameter');
});
