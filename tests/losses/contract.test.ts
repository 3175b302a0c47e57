// What every loss must keep: its value and gradient, reductions, weights and masks, a training step that lowers it, and a config
// from which it is made again.

import { describe, expect, test } from 'vitest';
import {
  activation,
  adam,
  dense,
  input,
  layer,
  lossFromConfig,
  metrics,
  model,
  OptionError,
  sequential,
  type Loss,
} from '../../bindings/index.js';
import { LOSSES } from '../../bindings/losses/index.js';
import { reduceLoss } from '../../bindings/model/meanLoss.js';
import { evaluateGraph, type GivenArray } from '../support/evaluateGraph.js';
import { makeRandom } from '../support/sampleRun.js';
import { hashOf } from '../model/support.js';
import { drawRows, LOSS_CASES, type LossCase } from './references.js';

const ROWS = 7;
const COLUMNS = 4;

const flat = (rows: readonly (readonly number[])[]): number[] => rows.flat();

function arrays(
  { loss }: LossCase,
  { yTrue, yPred }: ReturnType<typeof drawRows>,
): Record<'yTrue' | 'yPred', GivenArray> {
  const rows = yPred.length;
  return {
    yPred: { shape: [rows, COLUMNS], data: flat(yPred) },
    yTrue:
      loss.labels === 'classes'
        ? { shape: [rows], data: flat(yTrue), dtype: 'int32' }
        : { shape: [rows, COLUMNS], data: flat(yTrue) },
  };
}

const counts = ({ ignoredLabel }: Loss, y: readonly number[]): boolean =>
  ignoredLabel === undefined || y[0] !== ignoredLabel;

const byName = LOSS_CASES.map((entry) => [entry.name, entry] as const);

test('the table holds every loss', () => {
  expect([...new Set(LOSS_CASES.map(({ loss }) => loss.name))].sort()).toEqual(Object.keys(LOSSES).sort());
});

describe.each(byName)('%s', (_, entry) => {
  const { loss, reference } = entry;
  const drawn = drawRows(entry, ROWS, COLUMNS, makeRandom(11));
  const given = arrays(entry, drawn);
  const values = drawn.yPred.map((p, row) => reference(drawn.yTrue[row]!, p));
  const counted = drawn.yTrue.map((y) => counts(loss, y));

  test('value of each sample, and gradient by random projection', () => {
    const random = makeRandom(5);
    const projection = values.map(() => Math.fround(random() * 2 - 1));
    const { outputs, gradients } = evaluateGraph(
      given,
      ({ yTrue, yPred }) => {
        const perSample = loss.perSample(yTrue!, yPred!);
        const mask = loss.mask?.(yTrue!, yPred!);
        return { perSample: mask ? mask.where(perSample, 0) : perSample };
      },
      { cotangents: { perSample: { shape: [ROWS], data: projection } } },
    );
    values.forEach((value, row) => {
      const expected = counted[row] ? value : 0;
      expect(Math.abs(outputs.perSample!.data[row]! - expected)).toBeLessThan(3e-6 * (1 + Math.abs(expected)));
    });
    // The derivative along a random direction, in float64.
    const direction = drawn.yPred.map((row) => row.map(() => random() * 2 - 1));
    const along = (t: number): number =>
      drawn.yPred.reduce((sum, p, row) => {
        if (!counted[row]) return sum;
        const moved = p.map((value, c) => value + t * direction[row]![c]!);
        return sum + projection[row]! * reference(drawn.yTrue[row]!, moved);
      }, 0);
    const step = 1e-5;
    const expected = (along(step) - along(-step)) / (2 * step);
    const got = flat(direction).reduce((sum, value, i) => sum + value * gradients.yPred!.data[i]!, 0);
    expect(Math.abs(got - expected)).toBeLessThan(2e-5 * (1 + Math.abs(expected)));
  });

  test('reductions, sample weights and masks', () => {
    const weights = [1, 0, 2, 0.5, 0, 3, 1];
    const mask = [1, 1, 0, 1, 1, 1, 0];
    const perElement = loss.isElementwise ? COLUMNS : 1;
    const labelWeight = (row: number): number => {
      if (!loss.labelWeights) return 1;
      const { outputs } = evaluateGraph(given, ({ yTrue, yPred }) => ({ w: loss.labelWeights!(yTrue!, yPred!) }));
      return outputs.w!.data[row]!;
    };
    const total = (term: (row: number) => number): number => values.reduce((sum, __, row) => sum + term(row), 0);
    const isCounted = (row: number): number => (counted[row] ? mask[row]! : 0);
    const sum = total((row) => isCounted(row) * weights[row]! * values[row]!);
    const expected = {
      'sum count': sum * perElement,
      'sumOfSamples count': sum,
      'mean count': sum / total(isCounted),
      'mean weightSum': sum / total((row) => isCounted(row) * weights[row]! * labelWeight(row)),
    };
    for (const [key, figure] of Object.entries(expected)) {
      const [reduction, weightNormalization] = key.split(' ') as ['mean', 'count'];
      const reduced = lossFromConfig({ name: loss.name, config: { ...loss.config, reduction, weightNormalization } });
      const { outputs } = evaluateGraph(
        { ...given, weights: { shape: [ROWS], data: weights }, mask: { shape: [ROWS], data: mask } },
        (leaves) => ({
          loss: reduceLoss(reduced, leaves.yTrue!, leaves.yPred!, { sample: leaves.weights, mask: leaves.mask }).loss,
        }),
      );
      expect(Math.abs(outputs.loss!.data[0]! - figure), key).toBeLessThan(1e-5 * (1 + Math.abs(figure)));
    }
  });

  test('a batch in which nothing counts has the loss 0', () => {
    const { outputs } = evaluateGraph(
      { ...given, mask: { shape: [ROWS], data: new Float32Array(ROWS) } },
      (leaves) => ({
        loss: reduceLoss(loss, leaves.yTrue!, leaves.yPred!, { mask: leaves.mask }).loss,
      }),
    );
    expect(outputs.loss!.data[0]).toBe(0);
  });

  test('is made again from its config in JSON, and refuses what it does not know', () => {
    const { name, config } = JSON.parse(JSON.stringify(loss)) as Loss;
    const again = lossFromConfig({ name, config });
    expect(again.config).toEqual(loss.config);
    const both = evaluateGraph(given, ({ yTrue, yPred }) => ({
      a: loss.perSample(yTrue!, yPred!),
      b: again.perSample(yTrue!, yPred!),
    })).outputs;
    expect(both.b!.data).toEqual(both.a!.data);
    for (const wrong of [{ absent: 1 }, { reduction: 'none' }, { weightNormalization: 'samples' }]) {
      expect(() => lossFromConfig({ name, config: { ...config, ...wrong } })).toThrow(OptionError);
    }
  });

  /** A net that can reach any output of its range. */
  const makeModel = (seed: number) => {
    const range = { positive: 'softplus', probabilities: 'sigmoid', distribution: 'softmax' } as const;
    const net = sequential(
      [
        dense(8, { activation: 'tanh', inputShape: [3] }),
        dense(COLUMNS, { activation: entry.predictions ? range[entry.predictions] : 'linear' }),
      ],
      { seed },
    );
    net.compile({ optimizer: adam({ learningRate: 0.02 }), loss });
    return net;
  };
  const random = makeRandom(3);
  const x = Float32Array.from({ length: ROWS * 3 }, () => random() * 2 - 1);
  const y = loss.labels === 'classes' ? Int32Array.from(flat(drawn.yTrue)) : Float32Array.from(flat(drawn.yTrue));

  test('training lowers it, and gives the same bytes again', async () => {
    const run = async () => {
      using net = makeModel(1);
      const { history } = await net.fit(x, y, { epochs: 20, batchSize: 4 });
      return { losses: history.loss!, hash: hashOf(net) };
    };
    const first = await run();
    expect(first.losses.at(-1)).toBeLessThan(first.losses[0]!);
    expect(await run()).toEqual(first);
  });

  test('samples of weight 0 leave no trace', async () => {
    const sampleWeight = [1, 0, 1, 1, 0, 1, 1];
    const run = async (change: number) => {
      using net = makeModel(2);
      const other = x.map((value, i) => (sampleWeight[Math.floor(i / 3)] === 0 ? value + change : value));
      const { history } = await net.fit(other, y, { epochs: 2, batchSize: 4, shuffle: false, sampleWeight });
      return { losses: history.loss!, hash: hashOf(net) };
    };
    expect(await run(0.5)).toEqual(await run(0));
  });
});

/** Gives the mask of the second input to the first. */
const masked = () =>
  layer({
    kind: 'masked',
    call([x, mask], { setMask }) {
      setMask(mask);
      return x!.add(mask!.reshape([...mask!.shape, 1]).mul(0));
    },
  });

test('masked steps of sequences count neither in the loss nor in the metrics, whatever the batches', async () => {
  const [samples, steps, classes] = [10, 5, 3];
  const random = makeRandom(9);
  const x = Float32Array.from({ length: samples * steps * classes }, () => random() * 4 - 2);
  const mask = Float32Array.from({ length: samples * steps }, () => Number(random() < 0.6));
  const y = Int32Array.from({ length: samples * steps }, () => Math.floor(random() * classes));
  const [values, kept] = [input({ shape: [steps, classes] }), input({ shape: [steps] })];
  const net = model({ inputs: [values, kept], outputs: masked()([values, kept]) });
  net.compile({
    optimizer: 'sgd',
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy', 'f1', 'logLoss', 'auc'],
  });
  const positions = [...mask.keys()].filter((i) => mask[i] === 1);
  const rows = positions.map((i) => [...x.subarray(i * classes, (i + 1) * classes)]);
  const truth = positions.map((i) => y[i]!);
  const predicted = rows.map((row) => row.indexOf(Math.max(...row)));
  const exponentials = rows.map((row) => row.map(Math.exp));
  const probabilities = exponentials.flatMap((row) => row.map((e) => e / row.reduce((a, b) => a + b)));
  const expected = {
    loss: metrics.logLoss(truth, probabilities),
    accuracy: metrics.accuracy(truth, predicted),
    f1: metrics.f1(truth, predicted),
    logLoss: metrics.logLoss(truth, probabilities),
    auc: metrics.rocAuc(truth, probabilities),
  };
  for (const batchSize of [10, 4, 3]) {
    const logs = await net.evaluate([x, mask], y, { batchSize });
    for (const [name, value] of Object.entries(expected)) expect(logs[name], name).toBeCloseTo(value, 5);
  }
  net.dispose();
});

test('ignored labels count in no figure, and may lie outside the classes', async () => {
  const x = Float32Array.from([1, 0, 2, -1, 0.5, 0.2, 3, 1]);
  using net = sequential([activation('linear')]);
  net.compile({
    optimizer: 'sgd',
    loss: { name: 'sparseCategoricalCrossentropy', config: { ignoreClass: -1 } },
    metrics: ['accuracy', 'precision', 'logLoss'],
  });
  const kept = await net.evaluate({ data: x.subarray(0, 4), shape: [2, 2] }, [0, 1]);
  const all = await net.evaluate({ data: x, shape: [4, 2] }, [0, 1, -1, -1], { batchSize: 3 });
  for (const name of Object.keys(kept)) expect(all[name], name).toBeCloseTo(kept[name]!, 6);
  await expect(net.evaluate({ data: x, shape: [4, 2] }, [0, 1, -2, -1])).rejects.toThrow('label -2');
});

test('several outputs: each has its loss, weighted in the total', async () => {
  const x = input({ shape: [2] });
  const net = model({
    inputs: x,
    outputs: [activation('linear', { name: 'hard' })(x), activation('linear', { name: 'soft' })(x)],
  });
  net.compile({
    optimizer: 'sgd',
    loss: ['sparseCategoricalCrossentropy', { name: 'distillation', config: { temperature: 2 } }],
    lossWeights: [0.25, 2],
  });
  const logs = await net.evaluate(
    [
      [1, -1],
      [0, 2],
    ],
    [
      [0, 1],
      [
        [2, 0],
        [1, 1],
      ],
    ],
  );
  net.dispose();
  expect(logs.loss).toBeCloseTo(0.25 * logs.hard_loss! + 2 * logs.soft_loss!, 6);
  expect(logs.soft_loss).toBeGreaterThan(0);
});

test.each([
  ['hinge with a wrong value', 'huber', { delta: 0 }],
  ['focal', 'binaryFocalCrossentropy', { alpha: 2 }],
  ['focal', 'categoricalFocalCrossentropy', { alpha: [1, -1] }],
  ['smoothing', 'categoricalCrossentropy', { labelSmoothing: 1 }],
  ['class weights', 'binaryCrossentropy', { classWeights: [1, 2, 3] }],
  ['form', 'cosineSimilarity', { form: 'half' }],
  ['temperature', 'distillation', { temperature: 0 }],
  ['ignored class', 'sparseCategoricalCrossentropy', { ignoreClass: 0.5 }],
])('%s out of range is refused', (_, name, config) => {
  expect(() => lossFromConfig({ name, config })).toThrow(OptionError);
});

test('large logits and errors stay finite', () => {
  const large = [1e4, -1e4, 80, -80];
  for (const entry of LOSS_CASES) {
    if (entry.predictions || entry.name.startsWith('poisson')) continue;
    const drawn = drawRows(entry, 1, COLUMNS, makeRandom(2));
    const given = arrays(entry, { ...drawn, yPred: [large] });
    const { outputs, gradients } = evaluateGraph(
      given,
      ({ yTrue, yPred }) => ({ loss: entry.loss.perSample(yTrue!, yPred!).sum() }),
      { cotangents: { loss: { shape: [], data: [1] } } },
    );
    for (const value of [...outputs.loss!.data, ...gradients.yPred!.data]) {
      expect(Number.isFinite(value), entry.name).toBe(true);
    }
  }
});
