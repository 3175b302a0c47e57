// Ensembles as users meet them: they learn, they say what they are worth, they come back from a file.

import { describe, expect, test } from 'vitest';
import type { Ensemble } from '../../bindings/index.js';
import {
  adaBoost,
  adam,
  bagging,
  DataError,
  decisionTree,
  dense,
  distill,
  distillation,
  FormatError,
  gradientBoosting,
  loadEnsemble,
  metrics,
  OptionError,
  sequential,
  ShapeError,
  snapshotEnsemble,
  stacking,
  StateError,
  voting,
  type Estimator,
  type EstimatorBuilder,
} from '../../bindings/index.js';
import { usedBytes } from '../model/support.js';
import { reseal, split } from '../saving/support.js';
import { FIT, makeClassifier, makeRegressor, rings, waves } from './support.js';

const train = rings(400, 1, 0.1);
const test_ = rings(400, 2);
const values = waves(300, 3, 0.2);
const testValues = waves(300, 4);

/** Every kind, for classes. */
const CLASSIFIERS: Record<string, () => Ensemble> = {
  'soft voting': () =>
    voting({
      task: 'classification',
      estimators: [makeClassifier, makeClassifier, () => decisionTree({ maxDepth: 4 })],
      weights: [1, 1, 2],
      fit: FIT,
    }),
  'hard voting': () =>
    voting({
      task: 'classification',
      voting: 'hard',
      estimators: [() => decisionTree({ maxDepth: 3 }), () => decisionTree({ maxDepth: 5 }), makeClassifier],
      fit: FIT,
    }),
  'a random forest': () =>
    bagging({
      task: 'classification',
      estimators: 15,
      build: (seed) => decisionTree({ maxFeatures: 0.5, maxDepth: 6, seed }),
    }),
  'bagged models': () => bagging({ task: 'classification', estimators: 3, build: makeClassifier, fit: FIT }),
  'boosted stumps': () =>
    adaBoost({ task: 'classification', estimators: 40, build: () => decisionTree({ maxDepth: 2 }) }),
  'gradient boosting': () => gradientBoosting({ task: 'classification', estimators: 25, learningRate: 0.3 }),
  stacking: () =>
    stacking({
      task: 'classification',
      estimators: [makeClassifier, () => decisionTree({ maxDepth: 4 })],
      meta: (seed) => {
        const meta = sequential([dense(3, { inputShape: [6] })], { seed });
        meta.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'sparseCategoricalCrossentropy' });
        return meta;
      },
      folds: 3,
      fit: FIT,
    }),
  snapshots: () =>
    snapshotEnsemble({
      task: 'classification',
      build: makeClassifier,
      cycles: 3,
      epochsPerCycle: 8,
      fit: { batchSize: 16 },
    }),
};

const REGRESSORS: Record<string, () => Ensemble> = {
  averaging: () => voting({ task: 'regression', estimators: [makeRegressor, makeRegressor], fit: { epochs: 40 } }),
  'bagged trees': () => bagging({ task: 'regression', estimators: 10, build: () => decisionTree() }),
  'gradient boosting': () => gradientBoosting({ task: 'regression', estimators: 60, subsample: 0.7 }),
  'gradient boosting of models': () =>
    gradientBoosting({
      task: 'regression',
      estimators: 4,
      learningRate: 0.7,
      build: makeRegressor,
      fit: { epochs: 60, batchSize: 16 },
    }),
};

describe.each(Object.entries(CLASSIFIERS))('%s', (_, make) => {
  test('learns, gives probabilities, and comes back from a file to the same bits', async () => {
    const before = usedBytes();
    const ensemble = await make().fit(train.x, train.y);
    const prediction = await ensemble.predict(test_.x);
    expect(prediction.shape).toEqual([400, 3]);
    for (const row of prediction.rows()) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    const report = await ensemble.evaluate(test_.x, test_.y);
    expect(report.accuracy).toBe(metrics.accuracy(test_.y, prediction.argMax()));
    expect(report.accuracy).toBeGreaterThan(0.6);
    using loaded = await loadEnsemble(await ensemble.save());
    expect(await loaded.predict(test_.x)).toEqual(prediction);
    expect(await loaded.evaluate(test_.x, test_.y)).toEqual(report);
    await expect(loaded.fit(train.x, train.y)).rejects.toThrow(StateError);
    loaded.dispose();
    ensemble.dispose();
    expect(usedBytes()).toBe(before);
  });

  test('is the same for the same seed', async () => {
    using a = await make().fit(train.x, train.y);
    using b = await make().fit(train.x, train.y);
    expect(await a.predict(test_.x)).toEqual(await b.predict(test_.x));
  });
});

describe.each(Object.entries(REGRESSORS))('%s of values', (_, make) => {
  test('learns, and comes back from a file', async () => {
    using ensemble = await make().fit(values.x, values.y);
    const report = await ensemble.evaluate(testValues.x, testValues.y);
    expect(report.r2).toBeGreaterThan(0.5);
    using loaded = await loadEnsemble(await ensemble.save());
    expect(await loaded.predict(testValues.x)).toEqual(await ensemble.predict(testValues.x));
  });
});

describe('what an ensemble is worth', () => {
  test('a forest is better than its trees, and says so without a test set', async () => {
    const build: EstimatorBuilder = (seed) => decisionTree({ maxFeatures: 0.5, maxDepth: 12, seed });
    using forest = await bagging({ task: 'classification', estimators: 40, build }).fit(train.x, train.y);
    const { accuracy, members, diversity, calibration } = await forest.evaluate(test_.x, test_.y);
    const mean = members.reduce((sum, member) => sum + member.accuracy!, 0) / members.length;
    expect(accuracy).toBeGreaterThan(mean + 0.02);
    expect(diversity!.disagreement).toBeGreaterThan(0.05);
    expect(diversity!.pairs).toHaveLength((40 * 39) / 2);
    expect(calibration!.error).toBeLessThan(0.3);
    const { score, covered, predictions } = forest.outOfBag!;
    expect(covered).toBe(1);
    expect(predictions).toHaveLength(3 * 400);
    // A tenth of the labels that it is measured on are wrong, two thirds of these.
    const noisy = await forest.evaluate(rings(400, 5, 0.1).x, rings(400, 5, 0.1).y);
    expect(Math.abs(score - noisy.accuracy!)).toBeLessThan(0.05);
  });

  test('boosting lowers the loss of each stage', async () => {
    using boosted = await gradientBoosting({ task: 'classification', estimators: 30 }).fit(train.x, train.y);
    const losses = boosted.trainingLoss!;
    expect(losses).toHaveLength(30);
    expect(losses.every((loss, stage) => stage === 0 || loss < losses[stage - 1]!)).toBe(true);
  });

  test("a leaf takes Newton's step: for three classes, 2/3 of the residuals over their second derivatives", async () => {
    const boosted = gradientBoosting({ task: 'classification', estimators: 1, learningRate: 1, tree: { maxDepth: 2 } });
    await boosted.fit([[0], [0], [1], [1], [2], [2]], [0, 0, 1, 1, 2, 2]);
    // From log(1/3) each: 2/3 (2/3) / (2/9) = 2 for the own class, 2/3 (-1/3) / (2/9) = -1 for the others.
    const own = Math.exp(2) / (Math.exp(2) + 2 * Math.exp(-1));
    const [first] = (await boosted.predict([[0]])).rows();
    expect(first![0]).toBeCloseTo(own, 6);
    expect(first![1]).toBeCloseTo((1 - own) / 2, 6);
  });

  test('a distilled model answers as its teacher does', async () => {
    using teacher = await gradientBoosting({ task: 'classification', estimators: 40 }).fit(train.x, train.y);
    using student = sequential(
      [dense(32, { activation: 'relu', inputShape: [2] }), dense(32, { activation: 'relu' }), dense(3)],
      { seed: 1 },
    );
    student.compile({ optimizer: adam({ learningRate: 0.02 }), loss: distillation({ temperature: 2 }) });
    await distill(teacher, student, rings(1500, 9).x, { epochs: 40, batchSize: 32 });
    const agreement = metrics.accuracy(
      (await teacher.predict(test_.x)).argMax(),
      (await student.predict(test_.x)).argMax(),
    );
    expect(agreement).toBeGreaterThan(0.9);
    using other = makeClassifier(1);
    await expect(distill(teacher, other, train.x)).rejects.toThrow('Compile it with distillation');
  });
});

describe('nothing leaks', () => {
  /** Samples are their own numbers, so that a spy knows which it was fitted on. */
  const x = Array.from({ length: 30 }, (_, i) => [i]);
  const y = x.map(([i]) => i! % 2);

  /** Remembers what it saw, and predicts class 1 for a sample that it had seen. */
  function spy(): Estimator {
    const seen = new Set<number>();
    return {
      fit({ data }) {
        Array.from(data).forEach((sample) => seen.add(sample));
        return Promise.resolve();
      },
      predict: ({ data }) =>
        Promise.resolve({
          data: Float64Array.from(Array.from(data).flatMap((sample) => (seen.has(sample) ? [0, 1] : [1, 0]))),
          columns: 2,
        }),
      save: () => Promise.resolve({ kind: 'spy' }),
      dispose: () => undefined,
    };
  }

  test('a bagged member answers out of the bag for samples that it was not given', async () => {
    const forest = await bagging({ task: 'classification', estimators: 12, build: spy }).fit(x, y);
    const { predictions, covered } = forest.outOfBag!;
    expect(covered).toBeGreaterThan(0.9);
    const ofClass1 = predictions.filter((p, i) => i % 2 === 1 && !Number.isNaN(p));
    expect(ofClass1.every((p) => p === 0)).toBe(true);
    expect((await forest.predict(x)).data.some((p, i) => i % 2 && p > 0)).toBe(true);
  });

  test('a meta-model learns from predictions of samples that were held out, and then asks members that saw all', async () => {
    let learnt: number[] = [];
    const meta = (): Estimator => ({
      ...spy(),
      fit: ({ data }) => Promise.resolve(void (learnt = Array.from(data))),
      predict: ({ data }) => Promise.resolve({ data: Float64Array.from(data), columns: 2 }),
    });
    const stacked = await stacking({ task: 'classification', estimators: [spy], meta, folds: 3 }).fit(x, y);
    expect(learnt).toEqual(x.flatMap(() => [1, 0]));
    expect([...(await stacked.predict(x)).data]).toEqual(x.flatMap(() => [0, 1]));
  });
});

describe('a class that some parts of the samples lack', () => {
  /** The last class has one sample, in the first of four folds: whoever is fitted without it knows two classes. */
  const x = Array.from({ length: 41 }, (_, i) => [i]);
  const y = x.map(([i]) => (i === 40 ? 2 : i! % 2));
  const oneOf = (columns: number, data: Float64Array, row: number) => [
    ...data.subarray(row * columns, (row + 1) * columns),
  ];

  test('a meta-model has a column for it all the same', async () => {
    let seen = new Float64Array(0);
    let width = 0;
    const meta = (): Estimator => ({
      fit: ({ data, size }) => Promise.resolve(void ([seen, width] = [Float64Array.from(data), size])),
      predict: ({ count }) => Promise.resolve({ data: new Float64Array(3 * count), columns: 3 }),
      save: () => Promise.resolve({ kind: 'meta' }),
      dispose: () => undefined,
    });
    const build = () => decisionTree({ maxDepth: 10 });
    await stacking({ task: 'classification', estimators: [build], meta, folds: 4 }).fit(x, y);
    expect(width).toBe(3);
    for (let row = 0; row < 41; row++) {
      const probabilities = oneOf(3, seen, row);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
      if (row === 40) expect(probabilities[2]).toBe(0);
    }
  });

  test.each([0, 1, 2, 3])(
    'out of the bag, it is answered with 0 by members that did not see it, seed %i',
    async (seed) => {
      const build = () => decisionTree({ maxDepth: 10 });
      const forest = await bagging({ task: 'classification', estimators: 12, build, seed }).fit(x, y);
      const { predictions, covered } = forest.outOfBag!;
      expect(predictions).toHaveLength(123);
      expect(covered).toBeGreaterThan(0.9);
      for (let row = 0; row < 41; row++) {
        const probabilities = oneOf(3, predictions, row);
        if (!Number.isNaN(probabilities[0])) expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
      }
      expect(oneOf(3, predictions, 40)[2]).toBe(0);
    },
  );
});

describe('two classes', () => {
  const y = Int32Array.from(train.y, (label) => Math.min(label, 1));

  test.each([
    ['logits', 'linear', { name: 'binaryCrossentropy', config: {} }],
    ['probabilities', 'sigmoid', { name: 'binaryCrossentropy', config: { fromLogits: false } }],
  ] as const)('a model with one output of %s has probabilities of both', async (_, activation, loss) => {
    const build = (seed: number) => {
      const model = sequential([dense(12, { activation: 'tanh', inputShape: [2] }), dense(1, { activation })], {
        seed,
      });
      model.compile({ optimizer: adam({ learningRate: 0.02 }), loss });
      return model;
    };
    using ensemble = await voting({
      task: 'classification',
      estimators: [build, build],
      fit: { epochs: 60, batchSize: 16 },
    }).fit(train.x, y);
    expect((await ensemble.predict(train.x)).shape).toEqual([400, 2]);
    expect((await ensemble.evaluate(train.x, y)).accuracy).toBeGreaterThan(0.8);
    using boosted = await gradientBoosting({ task: 'classification', estimators: 20 }).fit(train.x, y);
    expect((await boosted.evaluate(train.x, y)).accuracy).toBeGreaterThan(0.9);
    expect(boosted.members).toHaveLength(20);
  });
});

describe('what is refused', () => {
  test('options that cannot be', () => {
    const build = () => decisionTree();
    expect(() => bagging({ task: 'clusters' as never, build })).toThrow(OptionError);
    expect(() => bagging({ task: 'regression', build: makeClassifier(1) as never })).toThrow(
      'build must be a function',
    );
    expect(() => bagging({ task: 'regression', build, samples: 3 } as never)).toThrow("unknown option 'samples'");
    expect(() => adaBoost({ task: 'regression', build })).toThrow('use gradientBoosting');
    expect(() => voting({ task: 'classification', estimators: [] })).toThrow('list of builders');
    expect(() => voting({ task: 'classification', estimators: [build], weights: [0] })).toThrow('positive sum');
    expect(() => voting({ task: 'regression', voting: 'hard', estimators: [build] })).toThrow("can't be voted on");
    expect(() => gradientBoosting({ task: 'regression', build, tree: {} })).toThrow('exclude each other');
    expect(() => decisionTree({ maxBins: 300 })).toThrow('maxBins');
  });

  test('data that do not fit, and an ensemble that was not fitted', async () => {
    const forest = bagging({ task: 'classification', estimators: 2, build: () => decisionTree() });
    await expect(forest.predict(train.x)).rejects.toThrow(StateError);
    await expect(forest.fit(train.x, [0, 1])).rejects.toThrow(ShapeError);
    await expect(forest.fit([[1], [2]], [0, 0.5])).rejects.toThrow(DataError);
    await expect(forest.fit([[1], [Number.NaN]], [0, 1])).rejects.toThrow(DataError);
    await forest.fit(train.x, train.y);
    await expect(forest.predict([[1, 2, 3]])).rejects.toThrow('fitted on samples of 2 values');
    await expect(forest.evaluate(train.x, new Int32Array(400).fill(7))).rejects.toThrow('fitted on 3 classes');
  });

  test('a builder that makes nothing, and a first stage that guesses', async () => {
    await expect(bagging({ task: 'regression', build: () => 3 as never }).fit(values.x, values.y)).rejects.toThrow(
      'must return a compiled model',
    );
    const x = [[0], [0], [0], [0]];
    const guessing = adaBoost({ task: 'classification', build: () => decisionTree() });
    await expect(guessing.fit(x, [0, 1, 0, 1])).rejects.toThrow('no better than guessing');
  });

  test('an abort leaves the ensemble as it was, and no memory behind', async () => {
    using forest = bagging({ task: 'classification', estimators: 5, build: makeClassifier, fit: FIT });
    await forest.fit(train.x, train.y);
    const prediction = await forest.predict(test_.x);
    const before = usedBytes();
    const controller = new AbortController();
    const fitting = forest.fit(train.x, train.y, {
      signal: controller.signal,
      onMember: (fitted) => fitted === 3 && controller.abort(new Error('enough')),
    });
    await expect(fitting).rejects.toThrow('enough');
    expect(usedBytes()).toBe(before);
    expect(await forest.predict(test_.x)).toEqual(prediction);
  });

  test('files that are broken by chance or on purpose', async () => {
    using forest = await bagging({
      task: 'classification',
      estimators: 2,
      build: () => decisionTree({ maxDepth: 2 }),
    }).fit(train.x, train.y);
    const file = await forest.save();
    for (let at = 0; at < file.length; at += 7) {
      const broken = file.slice();
      broken[at]! ^= 1 + (at % 255);
      await expect(loadEnsemble(broken)).rejects.toThrow(FormatError);
    }
    const { header, data } = split(file);
    const changed = (change: (ensemble: Record<string, unknown>) => void): Uint8Array => {
      const ensemble = JSON.parse(header.__metadata__.ensemble!) as Record<string, unknown>;
      change(ensemble);
      return reseal({
        header: { ...header, __metadata__: { ...header.__metadata__, ensemble: JSON.stringify(ensemble) } },
        data,
      });
    };
    for (const change of [
      (e: Record<string, unknown>) => (e.members = []),
      (e: Record<string, unknown>) => (e.members = [{ kind: 'constructor' }]),
      (e: Record<string, unknown>) => (e.combination = { kind: 'average', weights: [1] }),
      (e: Record<string, unknown>) => (e.combination = { kind: '__proto__' }),
      (e: Record<string, unknown>) => (e.sampleSize = -1),
      (e: Record<string, unknown>) => ((e.members as { left: unknown }[])[0]!.left = { $tensor: 'members/0' }),
    ]) {
      await expect(loadEnsemble(changed(change))).rejects.toThrow(FormatError);
    }
  });
});
