// Tied parameters: one storage, gradients of all uses, counted once.

import { describe, expect, test } from 'vitest';
import {
  dense,
  input,
  l2,
  model,
  OptionError,
  sequential,
  sgd,
  ShapeError,
  StateError,
  tie,
  type Model,
} from '../../bindings/index.js';
import { drawValues } from '../model/support.js';

/** x -> x K -> (x K) K^T */
function autoencoder(regularize = false): Model {
  const encoder = dense(3, {
    inputShape: [5],
    name: 'encoder',
    useBias: false,
    ...(regularize && { kernelRegularizer: l2(0.5) }),
  });
  const decoder = dense(5, {
    name: 'decoder',
    useBias: false,
    kernelInitializer: tie(encoder.parameter('kernel'), { transpose: true }),
  });
  return sequential([encoder, decoder], { seed: 2 });
}

describe('a tied autoencoder', () => {
  test('has one kernel, in parameters and in the summary', () => {
    using net = autoencoder();
    expect(Object.keys(net.parameters())).toEqual(['encoder/kernel']);
    expect(net.summary()).toContain('kernel tied to encoder/kernel');
    expect(net.summary()).toContain('15 parameters');
  });

  test('decodes with the transposed kernel', async () => {
    using net = autoencoder();
    const x = drawValues(10, 1);
    const kernel = net.parameters()['encoder/kernel']!.slice();
    const { data } = await net.predict(x);
    for (let row = 0; row < 2; row++) {
      const code = [0, 1, 2].map((j) => [0, 1, 2, 3, 4].reduce((s, i) => s + x[row * 5 + i]! * kernel[i * 3 + j]!, 0));
      for (let i = 0; i < 5; i++) {
        expect(data[row * 5 + i]).toBeCloseTo(
          code[0]! * kernel[i * 3]! + code[1]! * kernel[i * 3 + 1]! + code[2]! * kernel[i * 3 + 2]!,
          5,
        );
      }
    }
  });

  test('adds the gradients of both uses', async () => {
    using net = autoencoder();
    const x = drawValues(20, 1);
    const y = drawValues(20, 2);
    const kernel = net.parameters()['encoder/kernel']!.slice();
    const loss = (weights: ArrayLike<number>): number => {
      let sum = 0;
      for (let row = 0; row < 4; row++) {
        const code = [0, 1, 2].map((j) =>
          [0, 1, 2, 3, 4].reduce((s, i) => s + x[row * 5 + i]! * weights[i * 3 + j]!, 0),
        );
        for (let i = 0; i < 5; i++) {
          const out = code.reduce((s, c, j) => s + c * weights[i * 3 + j]!, 0);
          sum += (out - y[row * 5 + i]!) ** 2 / 20;
        }
      }
      return sum;
    };
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
    await net.fit(x, y, { batchSize: 4, shuffle: false });
    net.gradients()['encoder/kernel']!.forEach((gradient, i) => {
      const shifted = (step: number) => loss(Float64Array.from(kernel, (value, j) => value + (i === j ? step : 0)));
      expect(gradient).toBeCloseTo((shifted(1e-5) - shifted(-1e-5)) / 2e-5, 4);
    });
  });

  test('is penalised once', async () => {
    using net = autoencoder(true);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const squares = net.parameters()['encoder/kernel']!.reduce((sum, value) => sum + value * value, 0);
    const logs = await net.evaluate(drawValues(10, 1), drawValues(10, 2));
    expect(logs.penalty).toBeCloseTo(0.5 * squares, 5);
    expect(logs.loss).toBeCloseTo(logs.dataLoss! + logs.penalty!, 5);
  });
});

test('a tie of a tied parameter reaches the storage', () => {
  const x = input({ shape: [4] });
  const first = dense(4, { name: 'first', useBias: false });
  const second = dense(4, { useBias: false, kernelInitializer: tie(first.parameter('kernel'), { transpose: true }) });
  const h = second(first(x));
  const third = dense(4, { useBias: false, kernelInitializer: tie(second.parameter('kernel')) });
  using net = model({ inputs: x, outputs: third(h) });
  expect(Object.keys(net.parameters())).toEqual(['first/kernel']);
});

describe('what cannot be tied is refused', () => {
  test('another shape', () => {
    const encoder = dense(3, { inputShape: [5] });
    const decoder = dense(5, { kernelInitializer: tie(encoder.parameter('kernel')) });
    expect(() => sequential([encoder, decoder])).toThrow(ShapeError);
    expect(() => sequential([dense(3, { inputShape: [5] }), decoder])).toThrow('transpose');
  });

  test('a layer that is not built yet', () => {
    const later = dense(5);
    const early = dense(5, { inputShape: [5], kernelInitializer: tie(later.parameter('kernel')) });
    expect(() => sequential([early, later])).toThrow(StateError);
  });

  test('a layer of another model', () => {
    const stranger = dense(5, { inputShape: [5] });
    using other = sequential([stranger]);
    expect(other.summary()).toContain('dense_1');
    const own = dense(5, { inputShape: [5], kernelInitializer: tie(stranger.parameter('kernel')) });
    expect(() => sequential([own])).toThrow('not part of the model');
  });

  test('an unknown parameter, and what is no parameter', () => {
    const encoder = dense(5, { inputShape: [5] });
    expect(() => sequential([encoder, dense(5, { kernelInitializer: tie(encoder.parameter('kernle')) })])).toThrow(
      "no parameter 'kernle'",
    );
    expect(() => tie('dense/kernel' as never)).toThrow(OptionError);
    expect(() => tie(encoder.parameter('kernel'), { transposed: true } as never)).toThrow(OptionError);
  });
});
