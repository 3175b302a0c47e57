// Bias, variance and mismatch: the arithmetic on made-up errors, and a model that has each of them.

import { describe, expect, test } from 'vitest';
import {
  dense,
  diagnose,
  diagnoseErrors,
  dropout,
  OptionError,
  sequential,
  type Diagnosis,
  type ErrorsToDiagnose,
  type Model,
} from '../../bindings/index.js';
import { drawValues, expectError } from '../model/support.js';

type Case = readonly [string, ErrorsToDiagnose, Partial<Diagnosis>];

// Worked by hand, after the examples of Ng's chapters 21, 22 and 41.
const cases: readonly Case[] = [
  [
    'high variance',
    { train: 0.01, dev: 0.11, bayesError: 0 },
    { largest: 'variance', avoidableBias: 0.01, variance: 0.1 },
  ],
  [
    'high bias',
    { train: 0.15, dev: 0.16, bayesError: 0 },
    { largest: 'avoidableBias', avoidableBias: 0.15, variance: 0.01 },
  ],
  [
    'noisy task',
    { train: 0.15, dev: 0.3, bayesError: 0.14 },
    { largest: 'variance', avoidableBias: 0.01, variance: 0.15 },
  ],
  [
    'mismatch',
    { train: 0.01, trainDev: 0.015, dev: 0.1, bayesError: 0 },
    { largest: 'dataMismatch', avoidableBias: 0.01, variance: 0.005, dataMismatch: 0.085 },
  ],
  [
    'bias and mismatch',
    { train: 0.1, trainDev: 0.11, dev: 0.2, bayesError: 0.02 },
    { largest: 'dataMismatch', avoidableBias: 0.08, variance: 0.01, dataMismatch: 0.09 },
  ],
  ['nothing', { train: 0.02, dev: 0.02, bayesError: 0.02 }, { largest: undefined, avoidableBias: 0, variance: 0 }],
  ['within tolerance', { train: 0.02, dev: 0.03, bayesError: 0, tolerance: 0.05 }, { largest: undefined }],
];

describe('diagnoseErrors', () => {
  test.each(cases)('%s', (_, errors, expected) => {
    const diagnosis = diagnoseErrors(errors);
    expect(diagnosis.largest).toBe(expected.largest);
    for (const name of ['avoidableBias', 'variance', 'dataMismatch'] as const) {
      if (expected[name] !== undefined) expect(diagnosis[name]).toBeCloseTo(expected[name], 12);
    }
    const sum = diagnosis.avoidableBias + diagnosis.variance + (diagnosis.dataMismatch ?? 0);
    expect(sum).toBeCloseTo(errors.dev - (errors.bayesError ?? 0), 12);
    expect(diagnosis.remedies).toEqual(diagnosis.problems[0]?.remedies ?? []);
    expect(diagnosis.remedies.length > 0).toBe(expected.largest !== undefined);
  });

  test('lists the problems by size', () => {
    const { problems } = diagnoseErrors({ train: 0.1, trainDev: 0.11, dev: 0.2, bayesError: 0.02 });
    expect(problems.map(({ name }) => name)).toEqual(['dataMismatch', 'avoidableBias', 'variance']);
  });

  test('without trainDev there is no mismatch, with a note', () => {
    const { dataMismatch, notes } = diagnoseErrors({ train: 0.1, dev: 0.2 });
    expect(dataMismatch).toBeUndefined();
    expect(notes.join(' ')).toMatch(/bayesError.*trainDev/s);
  });

  test('tells of figures that cannot be so', () => {
    const { avoidableBias, notes } = diagnoseErrors({ train: 0.01, trainDev: 0.2, dev: 0.1, bayesError: 0.05 });
    expect(avoidableBias).toBeCloseTo(-0.04, 12);
    expect(notes.join(' ')).toMatch(/below bayesError.*easier/s);
  });

  test('is text for people', () => {
    const diagnosis = diagnoseErrors({ train: 0.01, trainDev: 0.015, dev: 0.1, bayesError: 0 });
    expect(String(diagnosis)).toBe(diagnosis.format());
    expect(diagnosis.format().split('\n').slice(0, 6)).toEqual([
      'data      error  of which',
      'Bayes         0',
      'train      0.01  avoidable bias 0.01',
      'trainDev  0.015  variance 0.005',
      'dev         0.1  data mismatch 0.085',
      'Largest problem: data mismatch (0.085). To try next:',
    ]);
  });

  test.each([
    [{ train: Infinity, dev: 0 }, 'train'],
    [{ train: 0, dev: NaN }, 'dev'],
    [{ train: 0, trainDev: NaN, dev: 0 }, 'trainDev'],
    [{ train: 0, dev: 0, tolerance: -1 }, 'tolerance'],
    [{ train: 0, dev: 0, bayes: 0 }, 'bayesError'],
  ])('refuses %j', async (errors, word) => {
    await expectError(() => diagnoseErrors(errors), OptionError, 'INVALID_OPTION', word);
  });
});

describe('diagnose', () => {
  const samples = (count: number, seed: number, shift = 0) => {
    const x = drawValues(count * 4, seed);
    const y = Int32Array.from({ length: count }, (_, i) => Number(x[4 * i]! + x[4 * i + 1]! > shift));
    return { x, y };
  };
  const train = samples(30, 1);
  /** The same task with noise in a third of the labels cannot be learnt but by heart. */
  const noisy = { x: train.x, y: train.y.map((label, i) => (i % 3 === 0 ? 1 - label : label)) };

  const fitted = async (data: { x: Float32Array; y: Int32Array }, epochs: number): Promise<Model> => {
    const net = sequential([dense(64, { activation: 'relu', inputShape: [4] }), dropout(0.1), dense(2)], { seed: 1 });
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    await net.fit(data.x, data.y, { epochs, batchSize: 10 });
    return net;
  };

  test('variance, of noise learnt by heart', async () => {
    using net = await fitted(noisy, 400);
    const dev = samples(200, 2);
    const diagnosis = await diagnose(net, { train: noisy, dev, bayesError: 0 });
    expect(diagnosis.metric).toBe('accuracy');
    expect(diagnosis.figures.train).toEqual(await net.evaluate(noisy.x, noisy.y));
    expect(diagnosis.errors.train).toBeCloseTo(1 - diagnosis.figures.train.accuracy!, 12);
    expect(diagnosis.largest).toBe('variance');
  });

  test('avoidable bias, of no training; mismatch, of another task', async () => {
    using raw = await fitted(train, 1);
    const loss = await diagnose(raw, { train, dev: samples(200, 2), metric: 'loss' });
    expect(loss.largest).toBe('avoidableBias');
    expect(loss.errors.dev).toBe(loss.figures.dev.loss);
    using net = await fitted(samples(400, 3), 60);
    const far = await diagnose(net, { train: samples(400, 3), trainDev: samples(200, 4), dev: samples(200, 5, 0.8) });
    expect(far.largest).toBe('dataMismatch');
  });

  test('takes streams, and an error of the user', async () => {
    using net = await fitted(train, 1);
    const options = { metric: 'accuracy', toError: (value: number) => 2 - value };
    const { errors, figures } = await diagnose(net, { train: [train], dev: () => [train], ...options });
    expect(errors.train).toBe(2 - figures.train.accuracy!);
    expect(errors.dev).toBe(errors.train);
  });

  test('refuses what does not fit', async () => {
    using net = await fitted(train, 1);
    const bad = (options: object) => () => diagnose(net, { train, dev: train, ...options });
    await expectError(bad({ metric: 'acuracy' }), OptionError, 'INVALID_OPTION', "Did you mean 'accuracy'");
    await expectError(bad({ dev: undefined }), OptionError, 'INVALID_OPTION', 'dev must be');
    await expectError(
      bad({ train: { x: train.x, labels: train.y } }),
      OptionError,
      'INVALID_OPTION',
      'train',
      'labels',
    );
    await expectError(bad({ bayes: 0 }), OptionError, 'INVALID_OPTION', 'bayesError');
  });
});
