// The range test: rates grow, the loss tells which is good, and the model is afterwards what it was.

import { expect, test } from 'vitest';
import { adam, dense, findLearningRate, OptionError, sequential, sgd, stepDecay } from '../../bindings/index.js';
import { drawSamples, expectError, hashOf } from './support.js';

const { x, y } = drawSamples(64, 4);

const makeNet = () => {
  const net = sequential([dense(8, { activation: 'tanh', inputShape: [4] }), dense(1)], { seed: 4 });
  net.compile({
    optimizer: adam({ learningRate: stepDecay({ learningRate: 0.01, every: 5 }) }),
    loss: 'meanSquaredError',
  });
  return net;
};

test('the model is what it was: the same training goes on', async () => {
  using net = makeNet();
  using expected = makeNet();
  for (const model of [net, expected]) await model.fit(x, y, { epochs: 2 });
  const before = hashOf(net);
  const search = await findLearningRate(net, x, y, { from: 1e-4, to: 1, steps: 30, batchSize: 16 });
  expect(hashOf(net)).toBe(before);
  expect(net.step).toBe(expected.step);
  for (const model of [net, expected]) await model.fit(x, y, { epochs: 2 });
  expect(hashOf(net)).toBe(hashOf(expected));
  expect(search.rates[0]).toBe(1e-4);
  expect(search.rates).toHaveLength(search.losses.length);
  expect(search.rates).toHaveLength(search.smoothedLosses.length);
  const ratio = 1e4 ** (1 / 29);
  search.rates.slice(1).forEach((rate, i) => expect(rate / search.rates[i]!).toBeCloseTo(ratio, 10));
  expect(search.smoothedLosses[0]).toBeCloseTo(search.losses[0]!, 6);
});

test('the suggestion is a rate with which the loss falls, below those with which it runs away', async () => {
  using net = sequential([dense(1, { inputShape: [4] })], { seed: 1 });
  net.compile({ optimizer: sgd(), loss: 'meanSquaredError' });
  const search = await findLearningRate(net, x, y, { from: 1e-4, to: 1e4, steps: 200 });
  expect(search.rates.length).toBeLessThan(200);
  expect(search.suggestion).toBeGreaterThan(1e-3);
  expect(search.suggestion).toBeLessThan(2);
  const { history } = await (async () => {
    net.optimizer.learningRate = search.suggestion!;
    return net.fit(x, y, { epochs: 20 });
  })();
  expect(history.loss!.at(-1)).toBeLessThan(0.2 * history.loss![0]!);
});

test('options', async () => {
  using net = makeNet();
  const bad = (options: object) => () => findLearningRate(net, x, y, options);
  await expectError(bad({ from: 1, to: 0.1 }), OptionError, 'INVALID_OPTION', 'larger than from');
  await expectError(bad({ from: 0 }), OptionError, 'INVALID_OPTION', 'from');
  await expectError(bad({ steps: 1 }), OptionError, 'INVALID_OPTION', 'steps');
  await expectError(bad({ rates: 1 }), OptionError, 'INVALID_OPTION', 'rates');
});
