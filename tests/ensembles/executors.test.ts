// Ensembles on executors: the same members, predictions and files as here, whoever fits them.

import { afterAll, describe, expect, test, vi } from 'vitest';
import {
  adaBoost,
  bagging,
  DataError,
  decisionTree,
  dense,
  gradientBoosting,
  loadEnsemble,
  MemberError,
  memberTask,
  OptionError,
  sequential,
  sgd,
  snapshotEnsemble,
  stacking,
  voting,
  type Ensemble,
  type Model,
} from '../../bindings/index.js';
import { workers } from '../../bindings/executors/workers.js';
import { inline, type Executor, type TaskReference } from '../../bindings/selection/index.js';
import { expectError, usedBytes } from '../model/support.js';
import * as members from './members.js';
import { FIT, makeClassifier, makeRegressor, rings, waves } from './support.js';

const train = rings(200, 1, 0.1);
const held = rings(100, 2);
const values = waves(150, 3, 0.2);

vi.setConfig({ testTimeout: 60_000 });

const threads = workers({ threads: 2 });
afterAll(() => threads.close());

const module = new URL('./members.mjs', import.meta.url);
type Name = Exclude<keyof typeof members, 'buildTree' | 'makeGained' | 'gain'>;
const elsewhere = (name: Name): TaskReference => ({ module, name });
/** As `elsewhere`, for `inline`: the module is loaded here already. */
const loaded = (name: Name): TaskReference => ({ module, name, loaded: members[name] as TaskReference['loaded'] & {} });

/** Sees the probabilities of two members, and the sample. */
function makeMeta(seed: number): Model {
  const meta = sequential([dense(3, { inputShape: [8] })], { seed });
  meta.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'sparseCategoricalCrossentropy' });
  return meta;
}

/** All that a fitted ensemble says and keeps, member by member. */
async function factsOf(ensemble: Ensemble, x: typeof train.x, y: Int32Array | Float32Array) {
  return {
    file: await ensemble.save(),
    prediction: await ensemble.predict(x),
    report: await ensemble.evaluate(x, y),
    outOfBag: ensemble.outOfBag,
    combination: ensemble.combination,
  };
}

type Address = (name: Name) => TaskReference;

interface Case {
  data: typeof train | typeof values;
  here: () => Ensemble;
  there: (executor: Executor, address: Address) => Ensemble;
}

const CASES: Record<string, Case> = {
  'a forest': {
    data: train,
    here: () => bagging({ task: 'classification', estimators: 7, seed: 5, build: members.buildTree }),
    there: (executor, address) =>
      bagging({ task: 'classification', estimators: 7, seed: 5, build: address('tree'), executor }),
  },
  'bagged models': {
    data: train,
    here: () => bagging({ task: 'classification', estimators: 3, maxSamples: 0.6, build: makeClassifier, fit: FIT }),
    there: (executor, address) =>
      bagging({ task: 'classification', estimators: 3, maxSamples: 0.6, build: address('net'), executor }),
  },
  'models of values, drawn without replacement': {
    data: values,
    here: () =>
      bagging({
        ...{ task: 'regression', estimators: 3, maxSamples: 0.5, bootstrap: false },
        ...{ build: makeRegressor, fit: FIT },
      }),
    there: (executor, address) =>
      bagging({
        ...{ task: 'regression', estimators: 3, maxSamples: 0.5, bootstrap: false },
        ...{ build: address('regressor'), executor },
      }),
  },
  'soft votes': {
    data: train,
    here: () =>
      voting({
        ...{ task: 'classification', seed: 3, weights: [1, 2, 1], fit: FIT },
        estimators: [makeClassifier, members.buildTree, makeClassifier],
      }),
    there: (executor, address) =>
      voting({
        ...{ task: 'classification', seed: 3, weights: [1, 2, 1], executor },
        estimators: [address('net'), address('tree'), address('net')],
      }),
  },
  'hard votes': {
    data: train,
    here: () =>
      voting({ task: 'classification', voting: 'hard', estimators: [members.buildTree, makeClassifier], fit: FIT }),
    there: (executor, address) =>
      voting({ task: 'classification', voting: 'hard', estimators: [address('tree'), address('net')], executor }),
  },
  stacking: {
    data: train,
    here: () =>
      stacking({
        ...{ task: 'classification', seed: 2, folds: 3, passThrough: true, meta: makeMeta, fit: FIT },
        estimators: [members.buildTree, makeClassifier],
      }),
    there: (executor, address) =>
      stacking({
        ...{ task: 'classification', seed: 2, folds: 3, passThrough: true, meta: makeMeta, fit: FIT },
        ...{ estimators: [address('tree'), address('net')], executor },
      }),
  },
  'members that leave nothing out': {
    data: train,
    here: () => bagging({ task: 'classification', estimators: 2, bootstrap: false, build: members.buildTree }),
    there: (executor, address) =>
      bagging({ task: 'classification', estimators: 2, bootstrap: false, build: address('tree'), executor }),
  },
};

describe.each(Object.entries(CASES))('%s', (_, { data, here, there }) => {
  test.each([
    ['inline', inline(), loaded],
    ['workers', threads, elsewhere],
  ] as const)('on %s has every bit of what is fitted here', async (_, executor, address) => {
    const before = usedBytes();
    {
      using own = await here().fit(data.x, data.y);
      const told: number[][] = [];
      using spread = there(executor, address);
      await spread.fit(data.x, data.y, { onMember: (fitted, all) => told.push([fitted, all]) });
      const facts = await factsOf(spread, data.x, data.y);
      expect(facts).toEqual(await factsOf(own, data.x, data.y));
      const all = told[0]![1]!;
      expect(told).toEqual(Array.from({ length: all }, (_, i) => [i + 1, all]));
      using copy = await loadEnsemble(facts.file);
      expect(await copy.predict(data.x)).toEqual(facts.prediction);
    }
    expect(usedBytes()).toBe(before);
  });
});

test.each([
  ['a forest', 7],
  ['stacking', 8],
] as const)(
  '%s of members that end in another order than they begin is the same; data are given once',
  async (name, total) => {
    const own = inline();
    const sent: unknown[] = [];
    const held: (() => void)[] = [];
    let done = 0;
    /** Three at once, of which the last ends first. */
    const reversed: Executor = {
      concurrency: 3,
      async run(task, options) {
        sent.push(task.data);
        const result = await own.run(task, options);
        await new Promise<void>((resolve) => {
          held.push(resolve);
          if (held.length < Math.min(3, total - done)) return;
          done += held.length;
          for (const end of held.splice(0).reverse()) end();
        });
        return result;
      },
      close: () => own.close(),
    };
    const { data, here, there } = CASES[name]!;
    using alone = await here().fit(data.x, data.y);
    using spread = await there(reversed, loaded).fit(data.x, data.y);
    expect(await factsOf(spread, data.x, data.y)).toEqual(await factsOf(alone, data.x, data.y));
    expect(sent).toHaveLength(total);
    expect(new Set(sent).size).toBe(1);
  },
);

test('the first member that fails ends the others', async () => {
  const ended: string[] = [];
  let next = 0;
  const executor: Executor = {
    concurrency: 2,
    run: (_, { signal } = {}) =>
      new Promise((__, reject) => {
        if (next++ === 1) reject(new RangeError('it failed'));
        else signal!.addEventListener('abort', () => reject((ended.push('aborted'), signal!.reason as Error)));
      }),
    close: () => Promise.resolve(),
  };
  const forest = bagging({ task: 'classification', estimators: 9, build: loaded('tree'), executor });
  await expect(forest.fit(train.x, train.y)).rejects.toMatchObject({ name: 'MemberError', member: 1 });
  expect([next, ended]).toEqual([2, ['aborted']]);
});

test('members with layers of your own come back where these are named', async () => {
  const forest = (options: object) =>
    bagging({ task: 'classification', estimators: 2, build: elsewhere('gained'), executor: threads, ...options });
  const lacking = { name: 'MemberError', code: 'INVALID_OPTION', message: /gain/ };
  await expect(forest({}).fit(train.x, train.y)).rejects.toMatchObject(lacking);
  using own = bagging({ task: 'classification', estimators: 2, build: members.makeGained });
  using spread = forest({ custom: { layers: { gain: members.gain } } });
  await Promise.all([own.fit(train.x, train.y), spread.fit(train.x, train.y)]);
  expect(await factsOf(spread, train.x, train.y)).toEqual(await factsOf(own, train.x, train.y));
});

describe('what goes wrong elsewhere', () => {
  const forest = (name: Name, options: object = {}) =>
    bagging({ task: 'classification', estimators: 5, build: elsewhere(name), executor: threads, ...options });

  test('a task that throws is named by its member, and leaves the ensemble as it was', async () => {
    const before = usedBytes();
    const failed = await forest('failing')
      .fit(train.x, train.y)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(MemberError);
    expect(failed).toMatchObject({ code: 'RUNTIME', member: 2, fold: undefined });
    expect((failed as Error).message).toBe('bagging: member 2: no member today.');
    expect((failed as Error).cause).toMatchObject({ name: 'TypeError' });
    // The code is that of a fit here, also across threads.
    const refused = { code: 'INVALID_OPTION', message: /member \d: bagging: build must return a compiled model/ };
    await expect(forest('nothing').fit(train.x, train.y)).rejects.toMatchObject(refused);
    const absent = { code: 'RUNTIME', message: /exports no function 'absent'/ };
    await expect(forest('absent' as Name).fit(train.x, train.y)).rejects.toMatchObject(absent);
    const other = { code: 'INVALID_OPTION', message: /not what a memberTask returns/ };
    await expect(forest('other').fit(train.x, train.y)).rejects.toMatchObject(other);
    const own = { code: 'INVALID_DATA', message: /expected a model or a tree, got 'mine'/ };
    await expect(forest('own').fit(train.x, train.y)).rejects.toMatchObject(own);
    const stacked = { task: 'classification' as const, meta: makeMeta, folds: 3, executor: threads };
    const estimators = [elsewhere('tree'), elsewhere('nothing')];
    const fold = { name: 'MemberError', code: 'INVALID_OPTION', member: 1, fold: expect.any(Number) as number };
    await expect(stacking({ ...stacked, estimators }).fit(train.x, train.y)).rejects.toMatchObject(fold);
    expect(usedBytes()).toBe(before);
  });

  test('an abort ends members that are being fitted, and leaves the ensemble and the executor as they were', async () => {
    using nets = bagging({ task: 'classification', estimators: 4, build: elsewhere('net'), executor: threads });
    await nets.fit(train.x, train.y);
    const prediction = await nets.predict(held.x);
    const before = usedBytes();
    const stop = new AbortController();
    const onMember = (fitted: number) => fitted === 2 && stop.abort(new Error('enough'));
    await expect(nets.fit(train.x, train.y, { signal: stop.signal, onMember })).rejects.toThrow(/^enough$/);
    const signal = AbortSignal.timeout(200);
    const ended = await forest('endless')
      .fit(train.x, train.y, { signal })
      .catch((error: unknown) => error);
    expect(ended).toBe(signal.reason);
    expect(usedBytes()).toBe(before);
    expect(await nets.predict(held.x)).toEqual(prediction);
    const thrown = () => {
      throw new RangeError('mine');
    };
    await expect(nets.fit(train.x, train.y, { onMember: thrown })).rejects.toThrow(RangeError);
    await expectError(() => nets.fit(train.x, [0, 0.5]), DataError, 'INVALID_DATA', 'label');
  });

  test('options that do not go together', async () => {
    const { buildTree: build } = members;
    const refuse = (make: () => unknown, ...texts: string[]) =>
      expectError(() => Promise.resolve().then(make), OptionError, 'INVALID_OPTION', ...texts);
    const task = 'classification' as const;
    const address = elsewhere('net');
    const executor = threads;
    await refuse(() => bagging({ task, build, executor: threads }), 'build', 'memberTask', 'module:');
    await refuse(() => bagging({ task, build: address }), 'build', 'Give executor');
    await refuse(() => bagging({ task, build: address, fit: FIT, executor: threads }), 'give fit to the memberTask');
    await refuse(() => bagging({ task, build, custom: {} }), 'custom');
    await refuse(() => bagging({ task, build: address, executor: 2 as never }), 'executor must be one');
    await refuse(() => memberTask({ build, epochs: 3 } as never), "unknown option 'epochs'");
    await refuse(() => memberTask({ build: decisionTree() as never }), 'build must be a function');
    await refuse(() => memberTask({ build, fit: { epochs: 0 } }), 'epochs');
    await refuse(() => voting({ task, estimators: [address, build], executor }), 'estimators[1]', 'memberTask');
    await refuse(() => voting({ task, estimators: [address], executor, fit: FIT }), 'give fit to the memberTask');
    await refuse(() => stacking({ task, estimators: [build], meta: makeMeta, executor }), 'estimators[0]');
    await refuse(() => stacking({ task, estimators: [address], meta: address as never, executor }), 'meta must be');
    await refuse(() => stacking({ task, estimators: [address], meta: makeMeta }), 'estimators[0]', 'Give executor');
    // One stage depends on the one before.
    await refuse(() => adaBoost({ task, build, executor } as never), "unknown option 'executor'");
    await refuse(() => gradientBoosting({ task, executor } as never), "unknown option 'executor'");
    await refuse(
      () => snapshotEnsemble({ task, build: makeClassifier, epochsPerCycle: 2, executor } as never),
      "unknown option 'executor'",
    );
  });
});
