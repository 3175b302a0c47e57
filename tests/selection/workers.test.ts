// Worker threads: the same trials and weights as inline, and nothing lost when workers die or hang.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { kFold, OptionError, RuntimeError, standardScaler, StateError } from '../../bindings/index.js';
import { workers } from '../../bindings/executors/workers.js';
import {
  asha,
  choice,
  crossValidate,
  inline,
  integer,
  logUniform,
  nestedCrossValidate,
  nestedFoldTask,
  randomSearch,
  study,
  taskSeed,
  type BuildContext,
  type Executor,
  type Trial,
} from '../../bindings/selection/index.js';
import { takeRows } from '../../bindings/selection/rows.js';
import { drawSamples, expectError } from '../model/support.js';
import { makeNet, objective, type Setting } from './objective.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmgrad-workers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plain = new URL('./tasks.mjs', import.meta.url);
const module = new URL('./objective.mjs', import.meta.url);
const data = drawSamples(40, 4, 1, 3);
const space = { rate: logUniform(1e-3, 0.2), width: integer(2, 6) };
const factsOf = (trials: readonly Trial[]) => trials.map(({ seconds: _, ...rest }) => rest);

async function using<T>(executor: Executor, body: (executor: Executor) => Promise<T>): Promise<T> {
  try {
    return await body(executor);
  } finally {
    await executor.close();
  }
}

const task = (name: string, payload: unknown = null) => ({ run: { module: plain, name }, payload, seed: 1 });

describe('workers', () => {
  test('runs tasks in threads, with seed, data in shared memory, and reports that are answered', async () => {
    await using(workers({ threads: 2 }), async (executor) => {
      const told: unknown[] = [];
      const described = { ...task('describe', { a: 1 }), data: [3] };
      const result = await executor.run(described, { onProgress: (progress) => (told.push(progress), 'go on') });
      expect(result).toEqual({ payload: { a: 1 }, seed: 1, data: [3], answer: 'go on' });
      expect(told).toEqual([{ step: 1 }]);
      const values = Float64Array.of(1, 2, 3.5);
      for (let i = 0; i < 3; i++) {
        const summed = { ...task('sum'), data: { values } };
        expect(await executor.run(summed)).toEqual({ sum: 6.5, isShared: true });
      }
      const threads = await Promise.all([1, 2, 3, 4].map(() => executor.run<unknown, number, never>(task('thread'))));
      expect(new Set(threads).size).toBe(2);
    });
  });

  test('what a task throws comes as it is, and is not tried again', async () => {
    await using(workers({ threads: 1 }), async (executor) => {
      await expect(executor.run(task('fail'))).rejects.toMatchObject({ name: 'TypeError', message: 'it failed' });
      await expect(executor.run(task('absent'))).rejects.toThrow(/exports no function 'absent'/);
      await expectError(() => executor.run(task('closure')), OptionError, 'INVALID_OPTION', 'plain values');
      await expectError(() => executor.run(task('answer', () => 1)), OptionError, 'INVALID_OPTION', 'plain values');
      await expectError(
        () => executor.run({ ...task(''), run: () => 1 }),
        OptionError,
        'INVALID_OPTION',
        'another thread',
      );
      const fitted = { ...task('answer'), data: { scaler: standardScaler() } };
      await expectError(() => executor.run(fitted), OptionError, 'INVALID_OPTION', 'data cannot hold');
      const report = executor.run(task('describe'), {
        onProgress: () => {
          throw new RangeError('enough');
        },
      });
      await expect(report).rejects.toMatchObject({ name: 'RangeError', message: 'enough' });
      expect(await executor.run(task('answer'))).toBe(42);
    });
  });

  test('an abort ends a task that spins; the next one runs', async () => {
    await using(workers({ threads: 1 }), async (executor) => {
      await expect(executor.run(task('spin'), { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
      expect(await executor.run(task('answer'))).toBe(42);
    });
  });

  test('a task whose worker dies is begun anew in another one, but not for ever', async () => {
    await using(workers({ threads: 2, retries: 1 }), async (executor) => {
      const file = join(folder, 'once');
      const others = [1, 2, 3].map(() => executor.run(task('answer')));
      expect(await executor.run(task('crash', file))).toBe('survived');
      expect(existsSync(file)).toBe(true);
      expect(await Promise.all(others)).toEqual([42, 42, 42]);
      await expectError(() => executor.run(task('crash')), RuntimeError, 'RUNTIME', 'died 2 times');
    });
  });

  test('a report of a task that is begun anew is told of once, and answered as before', async () => {
    await using(workers({ threads: 1, retries: 1 }), async (executor) => {
      const told: unknown[] = [];
      const result = executor.run(task('reportThenCrash', join(folder, 'reported')), {
        onProgress: (progress) => told.push(progress),
      });
      expect(await result).toBe(2);
      expect(told).toEqual([1, 2]);
    });
  });

  test('closed, it ends what runs and takes nothing more', async () => {
    const executor = workers({ threads: 1 });
    const running = executor.run(task('never'));
    const waiting = executor.run(task('answer'));
    const ended = Promise.allSettled([running, waiting]);
    await executor.close();
    for (const result of await ended)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_STATE' } });
    await expectError(() => executor.run(task('answer')), StateError, 'INVALID_STATE', 'closed');
    await expectError(
      () => Promise.resolve().then(() => workers({ threads: 0 })),
      OptionError,
      'INVALID_OPTION',
      'threads',
    );
  });
});

describe('on workers as inline', { timeout: 60_000 }, () => {
  test('a study has the same trials and the same weights, pruned ones too', async () => {
    const options = { space, data, trials: 10, seed: 3, lag: 3, pruner: asha() };
    const alone = await study({ ...options, objective: (params, context) => objective(params, context as never) });
    const { trials } = await using(workers({ threads: 3 }), (executor) =>
      study({ ...options, objective: { module, name: 'objective' }, executor }),
    );
    expect(factsOf(trials)).toEqual(factsOf(alone.trials));
    expect(trials.some(({ state }) => state === 'pruned')).toBe(true);
  });

  test('a study whose workers die has the result of an undisturbed one, each trial once', async () => {
    const marked = { ...space, mark: choice([join(folder, 'mark')]) };
    const options = { space: marked, data, trials: 6, seed: 3, sampler: randomSearch() };
    const { trials, best } = await using(workers({ threads: 3 }), (executor) =>
      study({ ...options, objective: { module, name: 'fragile' }, executor }),
    );
    const dead = trials.filter(({ seed }) => existsSync(join(folder, `mark-${seed}`)));
    expect(dead.length).toBeGreaterThan(0);
    const alone = await study({ ...options, objective: (params, context) => objective(params, context as never) });
    const valuesOf = (own: readonly Trial[]) => own.map(({ number, state, value }) => ({ number, state, value }));
    expect(valuesOf(trials)).toEqual(valuesOf(alone.trials));
    expect(best!.number).toBe(alone.best!.number);
  });

  test('a time limit ends a trial that never gives its thread back', async () => {
    const { trials } = await using(workers({ threads: 2 }), (executor) =>
      study({ space, objective: { module: plain, name: 'spin' }, executor, trials: 2, timeLimit: 0.5 }),
    );
    expect(trials.map(({ state, reason }) => [state, reason])).toEqual(
      Array(2).fill(['failed', 'took longer than 0.5 s']),
    );
  });

  test('cross-validation has the same figures', async () => {
    const options = { folds: 4, seed: 2 };
    const x = { data: data.x, shape: [40, 4] };
    const alone = await crossValidate(makeNet, { x, y: data.y }, {
      ...options,
      preprocessing: () => standardScaler(),
      fit: { epochs: 2, batchSize: 8 },
      executor: inline(),
    }); // prettier-ignore
    const spread = await using(workers({ threads: 2 }), (executor) =>
      crossValidate({ module, name: 'fold' }, { x, y: data.y }, { ...options, executor }),
    );
    expect(spread).toEqual(alone);
  });

  describe('nested cross-validation', () => {
    const samples = { x: { data: data.x, shape: [40, 4] }, y: data.y };
    const settings = [
      { width: 2, rate: 0.04 },
      { width: 4, rate: 0.05 },
      { width: 3, rate: 0.05 },
    ];
    const options = { settings, outer: 3, inner: 2, seed: 5, metric: 'loss' };
    const nested = (name: string, executor: Executor, own: object = {}) =>
      nestedCrossValidate({ module, name }, samples, { ...options, executor, ...own });

    test('has the same choices and figures, as models trained one by one have', async () => {
      const build = ({ width, rate }: Setting, context: BuildContext) => makeNet(context, width, rate);
      const how = { preprocessing: () => standardScaler(), fit: { epochs: 2, batchSize: 8 } };
      const alone = await nestedCrossValidate(build, samples, { ...options, ...how });
      const spread = await using(workers({ threads: 2 }), (executor) => nested('nestedFold', executor));
      expect(spread).toEqual(alone);
      // Each outer fold has a setting of its own, so none passes for another's.
      expect(spread.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(await nested('nestedFold', inline())).toEqual(alone);
      // By hand: each inner training part as data of its own.
      for (const [i, { train, test: rest }] of kFold(40, { folds: 3, shuffle: true, seed: 5 }).entries()) {
        const own = { x: takeRows('x', samples.x, train, 40), y: takeRows('y', samples.y, train, 40) };
        const means = settings.map(async (setting) => {
          const make = (context: BuildContext) => build(setting, context);
          const { test: held } = await crossValidate(make, own, { ...how, folds: 2, seed: taskSeed(5, i) });
          return held.loss!.mean;
        });
        expect(spread.choices[i]!.means).toEqual(await Promise.all(means));
        using net = makeNet({ seed: taskSeed(5, i) }, settings[i]!.width, settings[i]!.rate);
        const scaler = standardScaler().fit(own.x);
        const ready = (x: unknown) => scaler.transform(x as never) as never;
        await net.fit(ready(own.x), own.y, how.fit);
        const held = { x: takeRows('x', samples.x, rest, 40), y: takeRows('y', samples.y, rest, 40) };
        expect(spread.test.loss!.values[i]).toBe((await net.evaluate(ready(held.x), held.y)).loss);
      }
    });

    test('ends with what a fold throws, and by its signal; what does not fit is refused', async () => {
      await using(workers({ threads: 2 }), async (executor) => {
        const failed = { name: 'TypeError', message: 'no model today' };
        await expect(nested('failingFold', executor)).rejects.toMatchObject(failed);
        const signal = AbortSignal.timeout(300);
        await expect(
          nestedCrossValidate({ module: plain, name: 'spin' }, samples, { ...options, executor, signal }),
        ).rejects.toThrow(/timeout/);
        const refuse = (run: () => Promise<unknown>, text: string) =>
          expectError(run, OptionError, 'INVALID_OPTION', text);
        const build = ({ width }: Setting, context: BuildContext) => makeNet(context, width);
        await refuse(() => nestedCrossValidate(build, samples, { ...options, executor }), 'another thread');
        await refuse(() => nested('nestedFold', executor, { fit: { epochs: 1 } }), 'give fit to the nestedFoldTask');
        await refuse(() => nested('nestedFold', executor, { settings: [() => 1] }), 'plain values');
        await refuse(() => nested('nestedFold', 3 as never), 'executor must be one');
        await refuse(() => Promise.resolve(nestedFoldTask({ build: 3 as never })), 'build must be a function');
        const told = vi.fn();
        const counting: Executor = {
          ...executor,
          run: (task, own) => executor.run(task, own).finally(told),
        };
        await refuse(() => nested('nestedFold', counting, { metric: 'f1' }), 'f1');
        // The first scores say so: not all 18 models are trained for that.
        expect(told.mock.calls.length).toBeLessThan(5);
      });
    });
  });
});
