// Metrics of a model against the functions of arrays: the same figure whatever the batches, from data in memory or a stream, with
// weights and without, for each kind of output.

import { describe, expect, test } from 'vitest';
import {
  activation,
  dense,
  expectedCalibrationError,
  f1,
  input,
  meanAbsoluteError,
  metrics,
  model,
  OptionError,
  precision,
  r2,
  rocAuc,
  sequential,
  sgd,
  topKAccuracy,
  type LossOption,
  type MetricOption,
  type Model,
} from '../../bindings/index.js';
import { METRICS, type MetricName } from '../../bindings/metrics/index.js';
import { makeRandom } from '../support/sampleRun.js';

const COUNT = 23;
const random = makeRandom(21);
const draw = (length: number, low: number, high: number): Float32Array =>
  // Few distinct values, so that scores tie.
  Float32Array.from({ length }, () => low + Math.round(random() * 16) * ((high - low) / 16));

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softmax = (flat: Float32Array, classes: number): number[] =>
  Array.from(flat, (_, i) => {
    const row = [...flat.subarray(i - (i % classes), i - (i % classes) + classes)];
    return Math.exp(flat[i]!) / row.reduce((sum, value) => sum + Math.exp(value), 0);
  });
const argMax = (flat: ArrayLike<number>, classes: number): number[] =>
  Array.from({ length: flat.length / classes }, (_, row) => {
    const values = Array.from({ length: classes }, (__, c) => flat[row * classes + c]!);
    return values.indexOf(Math.max(...values));
  });

const sampleWeight = Array.from({ length: COUNT }, (_, i) => [1, 0, 2, 0.5][i % 4]!);

interface Task {
  loss: LossOption;
  x: { data: Float32Array; shape: number[] };
  y: { data: Float32Array | Int32Array; shape: number[] };
  /** Expected figures with these weights. */
  figures(sampleWeight: number[] | undefined): Partial<Record<MetricName, number>>;
}

type Weighted = { sampleWeight?: number[] };
const weighted = (weights: number[] | undefined): Weighted => (weights ? { sampleWeight: weights } : {});

/** Figures of decisions of classes with their probabilities. */
function ofClasses(
  truth: readonly number[],
  predicted: readonly number[],
  probabilities: readonly number[],
  options: Weighted,
) {
  return {
    accuracy: metrics.accuracy(truth, predicted, options),
    balancedAccuracy: metrics.balancedAccuracy(truth, predicted, options),
    precision: metrics.precision(truth, predicted, options),
    recall: metrics.recall(truth, predicted, options),
    f1: metrics.f1(truth, predicted, options),
    cohenKappa: metrics.cohenKappa(truth, predicted, options),
    matthewsCorrelation: metrics.matthewsCorrelation(truth, predicted, options),
    logLoss: metrics.logLoss(truth, probabilities, options),
    brierScore: metrics.brierScore(truth, probabilities, options),
    expectedCalibrationError: metrics.expectedCalibrationError(truth, probabilities, options).error,
    auc: metrics.rocAuc(truth, probabilities, options),
    rocAuc: metrics.rocAuc(truth, probabilities, options),
  };
}

function binaryTask(loss: LossOption, fromLogits: boolean): Task {
  const scores = fromLogits ? draw(COUNT, -2, 2) : draw(COUNT, 0.07, 0.93);
  const labels = Float32Array.from({ length: COUNT }, () => Number(random() < 0.4));
  const truth = [...labels];
  const probabilities = [...scores].map((score) => (fromLogits ? sigmoid(score) : score));
  const predicted = [...scores].map((score) => Number(score > (fromLogits ? 0 : 0.5)));
  return {
    loss,
    x: { data: scores, shape: [COUNT, 1] },
    y: { data: labels, shape: [COUNT, 1] },
    figures: (weights) => ({
      ...ofClasses(truth, predicted, probabilities, weighted(weights)),
      averagePrecision: metrics.averagePrecision(truth, scores, weighted(weights)),
      prAuc: metrics.prAuc(truth, scores, weighted(weights)),
    }),
  };
}

function classTask(loss: LossOption, isSparse: boolean): Task {
  const classes = 6;
  const scores = draw(COUNT * classes, -2, 2);
  const truth = Array.from({ length: COUNT }, (_, i) => i % classes);
  const rows = Float32Array.from({ length: COUNT * classes }, (_, i) =>
    Number(truth[Math.floor(i / classes)] === i % classes),
  );
  return {
    loss,
    x: { data: scores, shape: [COUNT, classes] },
    y: isSparse ? { data: Int32Array.from(truth), shape: [COUNT] } : { data: rows, shape: [COUNT, classes] },
    figures: (weights) => ({
      ...ofClasses(truth, argMax(scores, classes), softmax(scores, classes), weighted(weights)),
      topKAccuracy: metrics.topKAccuracy(truth, scores, weighted(weights)),
    }),
  };
}

function regressionTask(): Task {
  const outputs = 2;
  const predictions = draw(COUNT * outputs, 990, 1010);
  const truth = predictions.map((value) => value + random() * 8 - 4);
  return {
    loss: 'huber',
    x: { data: predictions, shape: [COUNT, outputs] },
    y: { data: truth, shape: [COUNT, outputs] },
    figures: (weights) => {
      const options = { outputs, ...weighted(weights) };
      const squared = metrics.meanSquaredError(truth, predictions, options);
      const absolute = metrics.meanAbsoluteError(truth, predictions, options);
      const relative = metrics.meanAbsolutePercentageError(truth, predictions, options);
      const root = Math.sqrt(squared);
      return {
        meanSquaredError: squared,
        mse: squared,
        rootMeanSquaredError: root,
        rmse: root,
        meanAbsoluteError: absolute,
        mae: absolute,
        meanAbsolutePercentageError: relative,
        mape: relative,
        r2: metrics.r2(truth, predictions, options),
      };
    },
  };
}

const TASKS: Record<string, Task> = {
  'binary logits': binaryTask('binaryCrossentropy', true),
  'binary probabilities': binaryTask({ name: 'binaryCrossentropy', config: { fromLogits: false } }, false),
  'class numbers': classTask('sparseCategoricalCrossentropy', true),
  'rows of classes': classTask('categoricalCrossentropy', false),
  quantities: regressionTask(),
};

const identity = (loss: LossOption, names: readonly MetricOption[]): Model => {
  const net = sequential([activation('linear')]);
  net.compile({ optimizer: 'sgd', loss, metrics: names });
  return net;
};

function expectFigures(logs: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(expected)) expect(logs[name], name).toBeCloseTo(value, 5);
}

/** Batches of these sizes, over and over. */
function* batches({ x, y }: Task, sizes: readonly number[], weights: number[] | undefined) {
  const width = (array: Task['x'] | Task['y']) => array.data.length / COUNT;
  const part = <A extends Float32Array | Int32Array>(
    array: { data: A; shape: number[] },
    begin: number,
    end: number,
  ) => ({
    data: array.data.subarray(begin * width(array), end * width(array)) as A,
    shape: [end - begin, ...array.shape.slice(1)],
  });
  for (let begin = 0, i = 0; begin < COUNT; i++) {
    const end = Math.min(begin + sizes[i % sizes.length]!, COUNT);
    const sampleWeights = weights && { sampleWeight: weights.slice(begin, end) };
    yield {
      x: part(x, begin, end),
      y: part(y as { data: Float32Array; shape: number[] }, begin, end),
      ...sampleWeights,
    };
    begin = end;
  }
}

test('every metric is in some task', () => {
  const covered = Object.values(TASKS).flatMap((task) => Object.keys(task.figures(undefined)));
  expect([...new Set(covered)].sort()).toEqual(Object.keys(METRICS).sort());
});

describe.each(Object.entries(TASKS))('%s', (_, task) => {
  describe.each([
    ['without weights', undefined],
    ['with weights', sampleWeight],
  ])('%s', (__, weights) => {
    const expected = task.figures(weights) as Record<string, number>;
    const names = Object.keys(expected) as MetricName[];

    test.each([COUNT, 1, 5, 7, 22, 256])('evaluate in batches of %i', async (batchSize) => {
      using net = identity(task.loss, names);
      expectFigures(await net.evaluate(task.x, task.y, { batchSize, ...weighted(weights) }), expected);
    });

    test('evaluate a stream of odd batches', async () => {
      using net = identity(task.loss, names);
      net.build(task.x.shape.slice(1));
      const first = await net.evaluate(() => batches(task, [3, 7, 1], weights));
      expectFigures(first, expected);
      expect(await net.evaluate(() => batches(task, [3, 7, 1], weights))).toEqual(first);
    });
  });

  test('fit reports them of training in a shuffled order, and of validation, epoch after epoch', async () => {
    const expected = task.figures(undefined) as Record<string, number>;
    using net = identity(task.loss, Object.keys(expected) as MetricName[]);
    const validation = { x: task.x, y: task.y };
    const { history } = await net.fit(task.x, task.y, { epochs: 2, batchSize: 5, validationData: validation });
    for (const epoch of [0, 1]) {
      expectFigures(
        Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values[epoch]!])),
        expected,
      );
    }
    expect(history.val_loss).toHaveLength(2);
    expectFigures(
      Object.fromEntries(Object.keys(expected).map((name) => [name, history[`val_${name}`]![1]!])),
      expected,
    );
  });
});

test('metrics take options and names, and losses are metrics', async () => {
  const { x, y, loss } = TASKS['rows of classes']!;
  const classes = x.shape[1]!;
  const [truth, predicted] = [argMax(y.data, classes), argMax(x.data, classes)];
  using net = identity(loss, [
    f1({ average: 'micro', name: 'micro' }),
    f1({ average: 'weighted', name: 'weighted' }),
    precision({ average: 'binary', positiveClass: 3, name: 'ofThree' }),
    topKAccuracy({ k: 2 }),
    expectedCalibrationError({ bins: 4 }),
    meanAbsoluteError(),
  ]);
  expectFigures(await net.evaluate(x, y, { batchSize: 4 }), {
    micro: metrics.f1(truth, predicted, { average: 'micro' }),
    weighted: metrics.f1(truth, predicted, { average: 'weighted' }),
    ofThree: metrics.classificationReport(truth, predicted, { classes }).precision[3]!,
    topKAccuracy: metrics.topKAccuracy(truth, x.data, { k: 2 }),
    expectedCalibrationError: metrics.expectedCalibrationError(truth, softmax(x.data, classes), { bins: 4 }).error,
    meanAbsoluteError: metrics.meanAbsoluteError(y.data, x.data),
  });
});

test('a threshold moves what is called yes', async () => {
  const { x, y, loss } = TASKS['binary logits']!;
  using net = identity(loss, [precision({ threshold: 1 })]);
  const predicted = [...x.data].map((score) => Number(score > 1));
  expectFigures(await net.evaluate(x, y), { precision: metrics.precision([...y.data], predicted) });
});

test('logits that have one probability in float32 are still ranked', async () => {
  using net = identity('binaryCrossentropy', [rocAuc()]);
  const logs = await net.evaluate({ data: Float32Array.from([30, 31, 32, 33]), shape: [4, 1] }, [[0], [0], [1], [1]]);
  expect(logs.rocAuc).toBe(1);
});

test('r2 of labels far from 0 is exact', async () => {
  const truth = Float32Array.from({ length: 50 }, (_, i) => 1e6 + (i % 7));
  const predictions = truth.map((value, i) => value + (i % 3) - 1);
  using net = identity('meanSquaredError', [r2()]);
  const logs = await net.evaluate({ data: predictions, shape: [50, 1] }, truth, { batchSize: 8 });
  expect(logs.r2).toBe(metrics.r2(truth, predictions));
});

test('several outputs keep their rows apart', async () => {
  const x = input({ shape: [1] });
  const outputs = [activation('linear', { name: 'a' })(x), activation((t) => t.neg(), { name: 'b' })(x)];
  using net = model({ inputs: x, outputs });
  net.compile({ optimizer: 'sgd', loss: 'binaryCrossentropy', metrics: ['auc', 'expectedCalibrationError', 'prAuc'] });
  const data = TASKS['binary logits']!;
  const logs = await net.evaluate(data.x, [data.y, data.y], { batchSize: 4 });
  const expected = data.figures(undefined);
  expect(logs.a_auc).toBeCloseTo(expected.auc!, 10);
  expect(logs.b_auc).toBeCloseTo(1 - expected.auc!, 10);
  expect(logs.a_expectedCalibrationError).toBeCloseTo(expected.expectedCalibrationError!, 5);
});

test('metrics leave training as it is', async () => {
  const { x, y } = TASKS['binary logits']!;
  const weightsOf = async (names: readonly MetricOption[]) => {
    using net = sequential([dense(1, { inputShape: [1] })], { seed: 2 });
    net.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'binaryCrossentropy', metrics: names });
    await net.fit(x, y, { epochs: 3, batchSize: 4 });
    return Object.values(net.parameters()).map((values) => [...values]);
  };
  expect(await weightsOf(['auc', 'f1', 'expectedCalibrationError'])).toEqual(await weightsOf([]));
});

test('a class that does not occur gives NaN to ranks and 0 to precision', async () => {
  using net = identity('binaryCrossentropy', ['auc', 'averagePrecision', 'precision', 'recall', 'f1', 'accuracy']);
  const logs = await net.evaluate({ data: Float32Array.from([-1, -2, -3]), shape: [3, 1] }, [[0], [0], [0]]);
  expect(logs).toMatchObject({ auc: NaN, averagePrecision: NaN, precision: 0, recall: 0, f1: 0, accuracy: 1 });
});

test.each([
  ['threshold', () => precision({ threshold: NaN })],
  ['average', () => f1({ average: 'mean' as never })],
  ['k', () => topKAccuracy({ k: 0 })],
  ['bins', () => expectedCalibrationError({ bins: 0 })],
  ['absent', () => rocAuc({ absent: 1 } as never)],
])('%s out of range is refused', (_, make) => {
  expect(make).toThrow(OptionError);
});
