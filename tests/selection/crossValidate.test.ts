// Cross-validation: the folds asked for, nothing leaks, the figures of a run by hand, the same bits again.

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  DataError,
  dense,
  groupKFold,
  kFold,
  leaveOneOut,
  OptionError,
  repeatedKFold,
  sequential,
  sgd,
  standardScaler,
  stratifiedKFold,
  Table,
  timeSeriesSplit,
} from '../../bindings/index.js';
import {
  compareModels,
  crossValidate,
  inline,
  nestedCrossValidate,
  taskSeed,
  type BuildContext,
  type CrossValidation,
  type Trainable,
} from '../../bindings/selection/index.js';
import { countSamples, takeRows, type RowData } from '../../bindings/selection/rows.js';
import { drawSamples, expectError, rowsOf, usedBytes } from '../model/support.js';

const data = drawSamples(30, 4, 1, 3);
const fit = { epochs: 3, batchSize: 8 };
const makeNet = ({ seed }: BuildContext, learningRate = 0.1) => {
  const net = sequential([dense(1, { inputShape: [4] })], { seed });
  net.compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError' });
  return net;
};

/** A model that notes which samples it sees; their first feature is their number. */
function spy(log: { trained: number[]; tested: number[] }[]): (context: BuildContext) => Trainable {
  return ({ fold }) => {
    const numbers = (x: unknown) => (x as number[][]).map(([number]) => number!);
    log[fold] = { trained: [], tested: [] };
    return {
      fit: (x) => log[fold]!.trained.push(...numbers(x)),
      evaluate: (x, y) => {
        log[fold]!.tested.push(...numbers(x));
        expect(y).toEqual(numbers(x).map((number) => number % 3));
        return { accuracy: fold };
      },
    };
  };
}

const counted = (count: number) => ({
  x: Array.from({ length: count }, (_, i) => [i, -i]),
  y: Array.from({ length: count }, (_, i) => i % 3),
});
const groups = Array.from({ length: 24 }, (_, i) => `g${i % 7}`);

describe('crossValidate', () => {
  test.each([
    ['kFold', kFold(24, { folds: 4 }), kFold(24, { folds: 4 })],
    ['a number', 3, kFold(24, { folds: 3, shuffle: true, seed: 9 })],
    [
      'stratified',
      ({ labels }: { labels: ArrayLike<number> }) => stratifiedKFold(labels, { folds: 4 }),
      stratifiedKFold(counted(24).y, { folds: 4 }),
    ],
    ['repeated', repeatedKFold(24, { folds: 3, repeats: 2 }), repeatedKFold(24, { folds: 3, repeats: 2 })],
    ['leave one out', leaveOneOut(24), leaveOneOut(24)],
    [
      'groups',
      ({ indices }: { indices: Int32Array }) =>
        groupKFold(
          Array.from(indices, (i) => groups[i]!),
          { folds: 3 },
        ),
      groupKFold(groups, { folds: 3 }),
    ],
    [
      'time',
      ({ samples }: { samples: number }) => timeSeriesSplit(samples, { folds: 4 }),
      timeSeriesSplit(24, { folds: 4 }),
    ],
  ])('%s: a model trains on its fold and is scored on what is held out', async (_, folds, expected) => {
    const log: { trained: number[]; tested: number[] }[] = [];
    const result = await crossValidate(spy(log), counted(24), { folds, seed: 9 });
    expect(log).toEqual(expected.map((own) => ({ trained: [...own.train], tested: [...own.test] })));
    expect(result.folds).toEqual(expected);
    expect(result.test.accuracy!.values).toEqual(expected.map((_, i) => i));
  });

  test('has the figures of the runs by hand, and leaves nothing behind', async () => {
    const before = usedBytes();
    const folds = kFold(30, { folds: 3 });
    const { test: held, train } = await crossValidate(makeNet, data, { folds, fit, seed: 4, scoreTraining: true });
    for (const [i, fold] of folds.entries()) {
      using net = makeNet({ seed: taskSeed(4, i), fold: i });
      const pick = (part: Int32Array) => [
        rowsOf(data.x, 4).filter((_, row) => part.includes(row)),
        [...data.y].filter((_, row) => part.includes(row)),
      ] as const; // prettier-ignore
      await net.fit(...pick(fold.train), fit);
      expect(held.loss!.values[i]).toBe((await net.evaluate(...pick(fold.test))).loss);
      expect(train!.loss!.values[i]).toBe((await net.evaluate(...pick(fold.train))).loss);
    }
    const [a, b, c] = held.loss!.values as [number, number, number];
    const mean = (a + b + c) / 3;
    const spread = Math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2);
    expect(held.loss!.mean).toBeCloseTo(mean, 12);
    expect(held.loss!.spread).toBeCloseTo(spread, 12);
    // 4.3027 is the 95 % point of t with 2 degrees of freedom; each fold tests 10 and trains on 20.
    const half = 4.302652729749464 * spread * Math.sqrt(1 / 3 + 1 / 2);
    expect(held.loss!.interval[0]).toBeCloseTo(mean - half, 10);
    expect(held.loss!.interval[1]).toBeCloseTo(mean + half, 10);
    expect(usedBytes()).toBe(before);
  });

  test('the same seed gives the same bits, another one others', async () => {
    const run = (seed: number) => crossValidate(makeNet, data, { fit, seed });
    expect(await run(1)).toEqual(await run(1));
    expect((await run(2)).test).not.toEqual((await run(1)).test);
  });

  test('preprocessing learns from the training part of its fold alone', async () => {
    const folds = kFold(30, { folds: 3 });
    const means: unknown[] = [];
    const preprocessing = () => {
      const scaler = standardScaler();
      const { transform } = scaler;
      return Object.assign(scaler, { transform: (x: never) => (means.push(scaler.state), transform(x)) });
    };
    const x = rowsOf(data.x, 4);
    await crossValidate(makeNet, { x, y: data.y }, { folds, fit, preprocessing });
    const expected = folds.map(({ train }) => standardScaler().fit(Array.from(train, (i) => x[i]!)).state);
    expect(means.filter((_, i) => i % 2 === 0)).toEqual(expected);
    expect(new Set(expected.map((state) => JSON.stringify(state))).size).toBe(3);
  });

  test('preprocessing that has learnt already is refused', async () => {
    const fitted = standardScaler().fit(rowsOf(data.x, 4));
    const leak = () => crossValidate(makeNet, data, { preprocessing: () => fitted });
    await expectError(leak, OptionError, 'INVALID_OPTION', 'fitted already', 'new one');
    const object = () => crossValidate(makeNet, data, { preprocessing: standardScaler() as never });
    await expectError(object, OptionError, 'INVALID_OPTION', 'preprocessing must be a function', 'held-out');
  });

  test('a fold that diverges is NaN', async () => {
    const build = (context: BuildContext) => makeNet(context, context.fold === 1 ? 1e6 : 0.1);
    const { test: held } = await crossValidate(build, data, { folds: 3, fit: { epochs: 200 } });
    expect(held.loss!.values.map(Number.isFinite)).toEqual([true, false, true]);
    expect(held.loss!.mean).toBeNaN();
  });

  test('a signal stops it; what a model throws ends it; nothing stays behind', async () => {
    const before = usedBytes();
    const stop = new AbortController();
    const onProgress = vi.fn(() => stop.abort(new Error('enough')));
    await expect(crossValidate(makeNet, data, { fit, onProgress, signal: stop.signal })).rejects.toThrow('enough');
    expect(onProgress).toHaveBeenCalledTimes(1);
    const build = vi.fn(() => Promise.reject(new Error('no model')));
    await expect(crossValidate(build, data)).rejects.toThrow('no model');
    expect(build).toHaveBeenCalledTimes(1);
    expect(usedBytes()).toBe(before);
  });

  test('refuses what does not fit', async () => {
    const bad =
      (options: object, own: object = data) =>
      () =>
        crossValidate(makeNet, own as never, options);
    await expectError(bad({ fold: 3 }), OptionError, 'INVALID_OPTION', "'folds'");
    await expectError(bad({ folds: 31 }), OptionError, 'INVALID_OPTION', '31 folds');
    await expectError(bad({ folds: 'five' }), OptionError, 'INVALID_OPTION', 'folds must be');
    await expectError(
      bad({ folds: [{ train: [0, 1], test: [1] }] }),
      DataError,
      'INVALID_DATA',
      'sample 1 is in train',
    );
    await expectError(bad({ folds: [{ train: [0], test: [30] }] }), DataError, 'INVALID_DATA', 'no sample 30');
    await expectError(bad({ folds: [{ train: [], test: [3] }] }), DataError, 'INVALID_DATA', 'no samples to train on');
    await expectError(bad({ confidence: 1 }), OptionError, 'INVALID_OPTION', 'confidence');
    await expectError(bad({ executor: 3 }), OptionError, 'INVALID_OPTION', 'inline()');
    await expectError(bad({ fit: { validationData: data } }), OptionError, 'INVALID_OPTION', 'fit.validationData');
    await expectError(bad({}, { x: data.x }), DataError, 'INVALID_DATA', '{ x, y }');
    await expectError(bad({}, { x: data.x.subarray(0, 118), y: data.y }), DataError, 'INVALID_DATA', 'multiple of 30');
    await expectError(
      bad({}, { x: rowsOf(data.x, 4).slice(1), y: rowsOf(data.y, 1) }),
      DataError,
      'INVALID_DATA',
      '29',
    );
    const folds = ({ labels }: { labels: ArrayLike<number> }) => stratifiedKFold(labels);
    await expectError(
      bad({ folds }, { x: data.x, y: Array(30).fill('a') }),
      DataError,
      'INVALID_DATA',
      'folds by label',
    );
  });
});

test('rows are taken from every form of data', () => {
  const flat = Float32Array.from({ length: 12 }, (_, i) => i);
  const rows = rowsOf(flat, 3);
  const indices = Int32Array.of(3, 0);
  const take = (x: RowData) => takeRows('x', x, indices, 4);
  expect(take(flat)).toEqual(Float32Array.of(9, 10, 11, 0, 1, 2));
  expect(take(rows)).toEqual([rows[3], rows[0]]);
  expect(take({ data: flat, shape: [4, 3] })).toEqual({ data: take(flat), shape: [2, 3] });
  expect(take({ a: rows, b: flat })).toEqual({ a: take(rows), b: take(flat) });
  expect(take([flat, { data: flat, shape: [4, 3] }])).toEqual([take(flat), { data: take(flat), shape: [2, 3] }]);
  expect((take(new Table(['n'], [[5, 6, 7, 8]])) as Table).column('n')).toEqual([8, 5]);
  expect(take([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }])).toEqual([{ n: 4 }, { n: 1 }]);
  for (const x of [rows, { data: flat, shape: [4, 3] }, { a: flat, b: rows }] as RowData[])
    expect(countSamples('x', x, flat)).toBe(4);
  expect(countSamples('x', flat, Int32Array.of(1, 2, 3, 4))).toBe(4);
});

describe('nestedCrossValidate', () => {
  test('chooses by inner folds of the outer training part, and scores on what neither has seen', async () => {
    const seen: { setting: number; trained: number[]; tested: number[] }[] = [];
    const build = (setting: number): Trainable => {
      const own = { setting, trained: [] as number[], tested: [] as number[] };
      seen.push(own);
      const numbers = (x: unknown) => (x as number[][]).map(([number]) => number!);
      return {
        fit: (x) => own.trained.push(...numbers(x)),
        evaluate: (x) => (own.tested.push(...numbers(x)), { accuracy: setting === 2 ? 0.9 : 0.5 }),
      };
    };
    const outer = kFold(24, { folds: 4 });
    const result = await nestedCrossValidate(build, counted(24), { settings: [1, 2, 3], outer, inner: 3 });
    expect(result.choices).toEqual(Array(4).fill({ setting: 2, index: 1, means: [0.5, 0.9, 0.5] }));
    expect(result.metric).toBe('accuracy');
    const inner = seen.slice(0, 4 * 3 * 3);
    inner.forEach(({ trained, tested }, i) => {
      const held = [...outer[Math.floor(i / 9)]!.test];
      expect([...trained, ...tested].some((sample) => held.includes(sample))).toBe(false);
      expect(trained.some((sample) => tested.includes(sample))).toBe(false);
    });
    expect(seen.slice(36)).toEqual(
      outer.map((fold) => ({ setting: 2, trained: [...fold.train], tested: [...fold.test] })),
    );
  });

  test('falls with an error, not with NaN passed for the best', async () => {
    const build = (rate: number, context: BuildContext) => makeNet(context, rate);
    const options = { outer: 2, inner: 2, fit: { epochs: 200 } };
    const { choices } = await nestedCrossValidate(build, data, { ...options, settings: [1e6, 0.1], metric: 'loss' });
    expect(choices.map(({ setting }) => setting)).toEqual([0.1, 0.1]);
    const bad = (own: object) => () => nestedCrossValidate(build, data, { ...options, settings: [0.1], ...own });
    await expectError(bad({ settings: [] }), OptionError, 'INVALID_OPTION', 'settings');
    await expectError(bad({ inner: kFold(30) }), OptionError, 'INVALID_OPTION', 'inner');
    await expectError(bad({ metric: 'f1' }), OptionError, 'INVALID_OPTION', 'f1');
    await expectError(bad({ settings: [1e6] }), DataError, 'INVALID_DATA', 'every setting');
  });
});

describe('compareModels', () => {
  const folds = kFold(100, { folds: 10 });
  const result = (values: number[], name = 'accuracy'): CrossValidation => ({
    test: { [name]: { values, mean: 0, spread: 0, interval: [0, 0] } },
    folds,
    confidence: 0.95,
  });
  const base = [0.8, 0.82, 0.79, 0.81, 0.8, 0.83, 0.78, 0.8, 0.81, 0.8];
  const gains = [0.02, 0.01, 0.03, -0.01, 0.02, 0.015, 0.005, 0.025, 0.01, 0.02];
  const better = base.map((value, i) => value + gains[i]!);

  // By mpmath: t = mean / sqrt((1/10 + 10/90) var), p of t with 9 degrees of freedom.
  test('is the corrected resampled t-test', () => {
    const comparison = compareModels(result(better), result(base), { metric: 'accuracy' });
    expect(comparison.statistic).toBeCloseTo(2.76488635680419, 10);
    expect(comparison.pValue).toBeCloseTo(0.0219361644918603, 10);
    expect(comparison.difference).toBeCloseTo(0.0145, 12);
    expect(comparison.interval[0]).toBeCloseTo(0.0145 - 0.0118635179271843, 10);
    expect(comparison.interval[1]).toBeCloseTo(0.0145 + 0.0118635179271843, 10);
    expect(comparison).toMatchObject({ freedom: 9, better: 'first', metric: 'accuracy' });
    expect(compareModels(result(base), result(better), { metric: 'accuracy' }).better).toBe('second');
    const losses = compareModels(result(better, 'loss'), result(base, 'loss'), { metric: 'loss' });
    expect(losses.better).toBe('second');
    expect(compareModels(result(better), result(base), { metric: 'accuracy', confidence: 0.99 }).better).toBe(
      'undecided',
    );
  });

  test('equal models are undecided; a constant difference is certain', () => {
    expect(compareModels(result(base), result(base), { metric: 'accuracy' })).toMatchObject({
      pValue: 1,
      better: 'undecided',
    });
    const [zeros, ones] = [Array<number>(10).fill(0), Array<number>(10).fill(1)];
    expect(compareModels(result(ones), result(zeros), { metric: 'accuracy' })).toMatchObject({
      pValue: 0,
      better: 'first',
    });
  });

  /** Standard normal draws are not needed: any differences of mean 0 do. */
  test('the interval leaves out 0 exactly where p is below 1 - confidence', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 10, maxLength: 10 }), (values) => {
        fc.pre(new Set(values).size > 1);
        const { pValue, better: side } = compareModels(result(values), result(Array<number>(10).fill(0)), {
          metric: 'accuracy',
        });
        fc.pre(Math.abs(pValue - 0.05) > 1e-9);
        expect(side !== 'undecided').toBe(pValue < 0.05);
      }),
    );
  });

  test('refuses what cannot be compared', async () => {
    const other = { ...result(base), folds: kFold(100, { folds: 10, shuffle: true }) };
    await expectError(
      () => compareModels(result(base), other, { metric: 'accuracy' }),
      DataError,
      'INVALID_DATA',
      'folds differ',
    );
    const bad = (metric: string) => () => compareModels(result(base), result(base), { metric });
    await expectError(bad('accurracy'), OptionError, 'INVALID_OPTION', 'accurracy');
    const broken = () => compareModels(result([NaN, ...base.slice(1)]), result(base), { metric: 'accuracy' });
    await expectError(broken, DataError, 'INVALID_DATA', 'fold 0 is NaN');
  });
});

describe('inline', () => {
  const module = new URL('./tasks.mjs', import.meta.url);

  test('runs functions and functions of modules one after another, with seed, data and reports', async () => {
    const executor = inline();
    const order: string[] = [];
    const slow = executor.run({
      run: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push('slow');
      },
      payload: null,
      seed: 0,
    });
    const told: unknown[] = [];
    const task = { run: { module, name: 'describe' }, payload: { a: 1 }, seed: 7, data: [3, 4] };
    const result = await executor.run(task, { onProgress: (progress) => (told.push(progress), 'go on') });
    expect(result).toEqual({ payload: { a: 1 }, seed: 7, data: [3, 4], answer: 'go on' });
    expect(told).toEqual([{ step: 1 }]);
    expect(order).toEqual(['slow']);
    await slow;
  });

  test('a task that throws, is aborted, or is not there rejects; the next one runs', async () => {
    const executor = inline();
    const run = (name: string, signal?: AbortSignal) =>
      executor.run({ run: { module, name }, payload: null, seed: 0 }, { ...(signal && { signal }) });
    await expect(run('fail')).rejects.toThrow('it failed');
    await expect(run('never', AbortSignal.timeout(20))).rejects.toThrow(/timeout/);
    await expect(run('absent')).rejects.toThrow(/exports no function 'absent'/);
    const lost = { run: { module: './nowhere.mjs' }, payload: null, seed: 0 };
    await expect(executor.run(lost)).rejects.toThrow(/nowhere.mjs could not be imported/);
    await expect(executor.run({ run: 3 as never, payload: null, seed: 0 })).rejects.toThrow(/run must be a function/);
    expect(await run('answer')).toBe(42);
    await executor.close();
    await expect(run('answer')).rejects.toThrow('closed');
  });
});
