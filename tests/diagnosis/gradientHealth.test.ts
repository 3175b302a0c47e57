// Gradient health: verdicts on nets that have each illness, figures against hand-made ones, and that nothing is changed.

import { describe, expect, test } from 'vitest';
import {
  activation,
  batchNormalization,
  constant,
  dense,
  dropout,
  gradientHealth,
  l2,
  measureGradients,
  OptionError,
  randomNormal,
  residual,
  sequential,
  sgd,
  type GradientHealthReport,
  type Layer,
  type Model,
} from '../../bindings/index.js';
import { drawValues, expectError, hashOf, usedBytes } from '../model/support.js';

const SAMPLES = 64;
const WIDTH = 32;
const x = drawValues(SAMPLES * 8, 1);
const y = Int32Array.from({ length: SAMPLES }, (_, i) => Number(x[8 * i]! + x[8 * i + 1]! > 0) + Number(x[8 * i]! > 0));

const compiled = (
  layers: readonly Layer[],
  optimizer: Parameters<Model['compile']>[0]['optimizer'] = 'adam',
): Model => {
  const net = sequential([dense(WIDTH, { name: 'first', inputShape: [8] }), ...layers, dense(3, { name: 'head' })], {
    seed: 1,
  });
  net.compile({ optimizer, loss: 'sparseCategoricalCrossentropy' });
  return net;
};

const chain = (depth: number, block: (index: number) => Layer[]): Layer[] =>
  Array.from({ length: depth }, (_, i) => block(i)).flat();

const sigmoidNet = () => compiled(chain(19, () => [dense(WIDTH, { activation: 'sigmoid' })]));
const normalizedNet = () =>
  compiled(
    chain(19, () => [
      dense(WIDTH, { kernelInitializer: 'heNormal', useBias: false }),
      batchNormalization(),
      activation('relu'),
    ]),
  );
const residualNet = () =>
  compiled(chain(10, () => [residual([dense(WIDTH, { activation: 'sigmoid' }), dense(WIDTH)])]));
const deadNet = () =>
  compiled(
    chain(4, (i) => [dense(WIDTH, { activation: 'relu', ...(i === 2 && { biasInitializer: constant(-100) }) })]),
  );
const explodingNet = () =>
  compiled(chain(19, () => [dense(WIDTH, { activation: 'relu', kernelInitializer: randomNormal({ stddev: 1 }) })]));

const of = (report: GradientHealthReport, layer: string) => report.layers.find((entry) => entry.layer === layer)!;

describe('verdicts', () => {
  test('20 sigmoid layers: vanishing, before training and after', async () => {
    using net = sigmoidNet();
    const health = gradientHealth(x, y);
    await net.fit(x, y, { epochs: 2, callbacks: [health] });
    console.log(health.reports[0]!.format());
    expect(health.reports.map(({ epoch, verdict }) => `${epoch} ${verdict}`)).toEqual([
      '0 vanishing',
      '1 vanishing',
      '2 vanishing',
    ]);
  });

  test('He, ReLU and batch normalisation: healthy', async () => {
    using net = normalizedNet();
    const report = await measureGradients(net, x, y);
    console.log(report.format());
    expect(report.verdict).toBe('healthy');
  });

  test('sigmoid in residual blocks: healthy', async () => {
    using net = residualNet();
    const report = await measureGradients(net, x, y);
    console.log(report.format());
    expect(report.verdict).toBe('healthy');
  });

  test('dead', async () => {
    using net = deadNet();
    const report = await measureGradients(net, x, y);
    console.log(report.format());
    expect(report.verdict).toBe('dead');
  });

  test('exploding', async () => {
    using net = explodingNet();
    const report = await measureGradients(net, x, y);
    console.log(report.format());
    expect(report.verdict).toBe('exploding');
  });
});
