// Class and sample weights, against the sum written out by hand in float64.

import { describe, expect, test } from 'vitest';
import {
  DataError,
  dense,
  OptionError,
  sequential,
  sgd,
  ShapeError,
  type EvaluateOptions,
  type Model,
} from '../../bindings/index.js';
import {
  denseReference,
  drawSamples,
  drawValues,
  expectError,
  frozenNet,
  predictReference,
  rowsOf,
} from './support.js';

const COUNT = 11;
const CLASSES = 3;

const makeClassifier = (learningRate = 0): Model => {
  const net = sequential([dense(CLASSES, { name: 'out', inputShape: [2] })], { seed: 5 });
  net.compile({
    optimizer: sgd({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return net;
};

const x = drawValues(COUNT * 2, 3);
const labels = Array.from({ length: COUNT }, (_, i) => (i * i) % CLASSES);
const sampleWeight = Array.from({ length: COUNT }, (_, i) => [1, 0, 0.5, 3][i % 4]!);
const classWeight = { 0: 2, 2: 0.25 };

/** Loss and hit of each sample. */
const samplesOf = (net: Model) =>
  predictReference(net, x, 2).map((row, i) => {
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    return { loss: Math.log(total) - row[labels[i]!]!, hit: Number(row.indexOf(Math.max(...row)) === labels[i]) };
  });

/** The weighted loss is divided by the number of samples, the accuracy by the weights' sum. */
function expected(net: Model, weights: readonly number[]): { loss: number; accuracy: number } {
  const samples = samplesOf(net);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    loss: samples.reduce((sum, { loss }, i) => sum + loss * weights[i]!, 0) / COUNT,
    accuracy: samples.reduce((sum, { hit }, i) => sum + hit * weights[i]!, 0) / total,
  };
}

describe('weights', () => {
  const classWeights = labels.map((label) => (classWeight as Record<number, number>)[label] ?? 1);
  const cases: [string, EvaluateOptions, number[]][] = [
    ['of samples', { sampleWeight }, sampleWeight],
    ['of classes; a class that is not named weighs 1', { classWeight }, classWeights],
    ['of both, multiplied', { sampleWeight, classWeight }, classWeights.map((weight, i) => weight * sampleWeight[i]!)],
    ['that are all 1', { sampleWeight: new Float32Array(COUNT).fill(1) }, new Array<number>(COUNT).fill(1)],
  ];

  test.each(cases)('%s', async (_, options, weights) => {
    using net = makeClassifier();
    const { loss, accuracy } = expected(net, weights);
    for (const batchSize of [1, 4, COUNT]) {
      const { history } = await net.fit(x, labels, { ...options, batchSize });
      expect(history['loss']![0]).toBeCloseTo(loss, 5);
      expect(history['accuracy']![0]).toBeCloseTo(accuracy, 5);
      const evaluated = await net.evaluate(x, labels, { ...options, batchSize });
      expect(evaluated['loss']).toBeCloseTo(loss, 5);
      expect(evaluated['accuracy']).toBeCloseTo(accuracy, 5);
    }
  });

  test('scale the gradient: one step of SGD by hand', async () => {
    using net = makeClassifier(0.5);
    const kernel = [...net.parameters()['out/kernel']!];
    const bias = [...net.parameters()['out/bias']!];
    await net.fit(x, labels, { sampleWeight, batchSize: COUNT, shuffle: false });
    const steps = denseReference(rowsOf(x, 2), kernel, bias).map((row, i) => {
      const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
      return row.map((value, k) => (Math.exp(value) / total - Number(k === labels[i])) * (sampleWeight[i]! / COUNT));
    });
    for (let k = 0; k < CLASSES; k++) {
      const slope = steps.reduce((sum, row) => sum + row[k]!, 0);
      expect(net.parameters()['out/bias']![k]).toBeCloseTo(bias[k]! - 0.5 * slope, 6);
      for (let j = 0; j < 2; j++) {
        const product = steps.reduce((sum, row, i) => sum + row[k]! * x[2 * i + j]!, 0);
        expect(net.parameters()['out/kernel']![CLASSES * j + k]).toBeCloseTo(
          kernel[CLASSES * j + k]! - 0.5 * product,
          6,
        );
      }
    }
  });

  test('follow their samples through shuffling and a validation split', async () => {
    // Only one sample counts, wherever the order puts it: the epoch's loss is its own.
    using net = makeClassifier();
    const losses = samplesOf(net).map(({ loss }) => loss);
    for (const only of [0, 4, 7]) {
      const weights = labels.map((_, i) => (i === only ? 8 : 0));
      const { history } = await net.fit(x, labels, {
        sampleWeight: weights,
        epochs: 2,
        batchSize: 3,
        validationSplit: 0.25,
      });
      for (const loss of history['loss']!) expect(loss).toBeCloseTo(losses[only]!, 5);
      expect(history['val_loss']).toEqual([0, 0]);
    }
    const last = labels.map((_, i) => (i === COUNT - 1 ? 3 : 0));
    const { history } = await net.fit(x, labels, { sampleWeight: last, validationSplit: 0.25 });
    expect(history['loss']).toEqual([0]);
    expect(history['val_loss']![0]).toBeCloseTo(losses[COUNT - 1]!, 5);
  });

  test('of a loss with several values a sample weigh their mean', async () => {
    const { x: given, y } = drawSamples(5, 2, 3);
    using net = frozenNet(2, 3);
    const weights = [1, 2, 0, 0.5, 4];
    const byHand = predictReference(net, given, 2).map(
      (row, i) => (weights[i]! * row.reduce((sum, value, k) => sum + (value - y[3 * i + k]!) ** 2, 0)) / 3,
    );
    const mean = byHand.reduce((sum, value) => sum + value, 0) / 5;
    expect((await net.evaluate(given, y, { sampleWeight: weights }))['loss']).toBeCloseTo(mean, 5);
  });
});

describe('weights that do not fit', () => {
  test('are refused before training', async () => {
    using net = makeClassifier();
    const fit = (options: object) => () => net.fit(x, labels, options);
    const wrong = 'INVALID_DATA';
    await expectError(fit({ sampleWeight: [1, 2] }), DataError, wrong, 'sampleWeight', '2 samples', `has ${COUNT}`);
    const negative = sampleWeight.with(3, -1);
    await expectError(fit({ sampleWeight: negative }), DataError, wrong, 'sampleWeight 3 is -1', '>= 0');
    await expectError(
      fit({ sampleWeight: sampleWeight.with(2, NaN) }),
      DataError,
      wrong,
      'sampleWeight',
      'element 2 is NaN',
    );
    for (const odd of [{ a: 1 }, { 1: -1 }, { 0: NaN }, { 1.5: 1 }]) {
      await expectError(fit({ classWeight: odd }), OptionError, 'INVALID_OPTION', 'classWeight', Object.keys(odd)[0]!);
    }
    expect(net.step).toBe(0);
  });

  test('class weights need class labels; a loss without a value for each sample cannot be weighed', async () => {
    using net = frozenNet(2, 1);
    const { x: given, y } = drawSamples(4, 2);
    const byClass = () => net.fit(given, y, { classWeight });
    await expectError(byClass, OptionError, 'INVALID_OPTION', 'classWeight', 'Use sampleWeight');
    net.compile({ optimizer: 'sgd', loss: (yTrue, yPred) => yPred.sub(yTrue).square().sum() });
    const reduced = () => net.fit(given, y, { sampleWeight: [1, 2, 3, 4] });
    await expectError(reduced, ShapeError, 'SHAPE_MISMATCH', 'one value a sample', 'shape []', 'batch of 4');
  });
});
