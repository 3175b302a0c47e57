// What members come to together: that it is SGD, and that it does not depend on who runs them or who is done first.

import { describe, expect, test } from 'vitest';
import { adam, dropout, mixup, NotFiniteError, OptionError, sgd, StateError } from '../../bindings/index.js';
import { workers } from '../../bindings/executors/workers.js';
import {
  fitDistributed,
  inline,
  MemberNotFiniteError,
  type Executor,
  type LocalSgdResult,
} from '../../bindings/distributed/index.js';
import { localSgdTaskOf } from '../../bindings/distributed/localSgdTask.js';
import { gain } from '../ensembles/members.js';
import { expectError } from '../model/support.js';
import { largestDifference, makeModel, reversed, samples, slotsOf, weightsOf } from './support.js';

const task = { module: new URL('./task.mjs', import.meta.url), name: 'localSgdTask' };

describe('k = 1 is synchronous SGD with the batches of all members', () => {
  // 50 = 4 steps of 12 and one of 2, in which two of four members have nothing; 53: the last step is 2, 1, 1, 1.
  test.each([
    ['sgd', () => sgd({ learningRate: 0.05 }), 48],
    ['sgd, ragged', () => sgd({ learningRate: 0.05 }), 53],
    ['sgd, members without samples', () => sgd({ learningRate: 0.05 }), 50],
    ['momentum, ragged', () => sgd({ learningRate: 0.05, momentum: 0.9 }), 53],
  ] as const)('%s', async (_, optimizer, count) => {
    const { x, y } = samples(count);
    using together = makeModel(optimizer());
    using alone = makeModel(optimizer());
    const history = await fitDistributed(together, { x, y }, { members: 4, batchSize: 3, epochs: 3 });
    const expected = await alone.fit(x, y, { batchSize: 12, epochs: 3 });
    expect(largestDifference(weightsOf(together), weightsOf(alone))).toBeLessThan(1e-6);
    const slots = slotsOf(alone);
    for (const [name, values] of Object.entries(slotsOf(together))) {
      expect(largestDifference(values, slots[name]!)).toBeLessThan(1e-6);
    }
    expect(history.epoch).toEqual([0, 1, 2]);
    expect(largestDifference(history.history.loss!, expected.history.loss!)).toBeLessThan(1e-5);
    expect(together.step).toBe(alone.step);
  });
});

test.each([1, 4])('one member gives the bits of fit, dropout and Adam included, for k = %i', async (every) => {
  const { x, y } = samples(37);
  using one = makeModel(adam({ learningRate: 0.01 }), [dropout(0.3)]);
  using alone = makeModel(adam({ learningRate: 0.01 }), [dropout(0.3)]);
  const validationData = samples(9);
  const given = { epochs: 3, batchSize: 4, validationData };
  const history = await fitDistributed(one, { x, y }, { members: 1, every, ...given });
  const expected = await alone.fit(x, y, given);
  expect(weightsOf(one)).toEqual(weightsOf(alone));
  expect(slotsOf(one)).toEqual(slotsOf(alone));
  expect(one.step).toBe(alone.step);
  for (const name of ['loss', 'val_loss']) {
    expect(largestDifference(history.history[name]!, expected.history[name]!)).toBeLessThan(1e-6);
  }
});

test('a layer of your own trains in members that are told of it, and is named where they are not', async () => {
  const data = samples(24);
  const given = { members: 2, every: 2, batchSize: 4, epochs: 2 };
  const gained = () => makeModel(sgd({ learningRate: 0.05 }), [gain({ start: 2 })]);
  using model = gained();
  using other = gained();
  const own = localSgdTaskOf({ custom: { layers: { gain } } });
  await fitDistributed(model, data, { ...given, task: own });
  const executor = workers({ threads: 1 });
  await fitDistributed(other, data, { ...given, task: { ...task, name: 'gainedTask' }, executor });
  await executor.close();
  expect(weightsOf(model)).toEqual(weightsOf(other));
  expect(model.step).toBe(6);
  using unknown = gained();
  await expect(fitDistributed(unknown, data, given)).rejects.toThrow(/gain/);
  await expectError(
    () => Promise.resolve().then(() => localSgdTaskOf({ layers: {} } as never)),
    OptionError,
    'INVALID_OPTION',
    'layers',
  );
});

describe('k > 1', () => {
  const run = async (executor: Executor | undefined, epochs = 2, change = {}) => {
    const model = makeModel(adam({ learningRate: 0.02 }), [dropout(0.2)]);
    const options = { members: 3, every: 3, batchSize: 4, epochs, ...(executor && { executor }), ...change };
    const history = await fitDistributed(model, samples(59), options);
    const result = { weights: weightsOf(model), slots: slotsOf(model), step: model.step, history };
    model.dispose();
    return result;
  };

  test('parameters and slots are means over members, weighted by their samples', async () => {
    const { x, y } = samples(25);
    // One round of two steps: 8 + 5 samples for member 0, 8 + 4 for member 1.
    const options = { members: 2, every: 2, batchSize: 8, shuffle: false };
    using together = makeModel(adam({ learningRate: 0.02 }));
    await fitDistributed(together, { x, y }, options);
    const rows = [
      [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19],
      [8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24],
    ];
    const members = await Promise.all(
      rows.map(async (own) => {
        using model = makeModel(adam({ learningRate: 0.02 }));
        const features = x.length / y.length;
        const ownX = own.flatMap((row) => [...x.subarray(row * features, (row + 1) * features)]);
        const ownY = own.map((row) => y[row]!);
        await model.fit(Float32Array.from(ownX), Float32Array.from(ownY), { batchSize: 8, shuffle: false });
        return { weights: weightsOf(model), slots: slotsOf(model), samples: own.length };
      }),
    );
    const mean = (of: (member: (typeof members)[number]) => number[]) =>
      of(members[0]!).map((_, i) =>
        Math.fround(members.reduce((sum, member) => sum + member.samples * of(member)[i]!, 0) / 25),
      );
    expect(weightsOf(together)).toEqual(mean(({ weights }) => weights));
    const slots = slotsOf(together);
    expect(Object.keys(slots).length).toBe(2);
    for (const [name, values] of Object.entries(slots)) expect(values).toEqual(mean((member) => member.slots[name]!));
    expect(together.step).toBe(2);
  });

  test('the order in which members are done does not matter', async () => {
    expect(await run(reversed(3))).toEqual(await run(undefined));
  });

  test('nor does it where sums in float64 depend on their order', async () => {
    // (1e30 - 1e30) + 3 = 3, but (3 - 1e30) + 1e30 = 0.
    const ends = [1e30, -1e30, 3];
    const means = [];
    for (const inner of [inline(), reversed(3)]) {
      let given = 0;
      const executor: Executor = {
        ...inner,
        run: (wanted, options) => {
          const end = ends[given++]!;
          return inner.run(wanted, options).then((result) => {
            for (const vector of Object.values((result as LocalSgdResult).vectors)) vector.fill(end);
            return result;
          });
        },
      };
      using model = makeModel();
      await fitDistributed(model, samples(12), { members: 3, batchSize: 4, executor });
      means.push(new Set(weightsOf(model)));
    }
    expect(means).toEqual([new Set([1]), new Set([1])]);
  });

  test('workers give the bits of inline', async () => {
    const executor = workers({ threads: 2 });
    try {
      expect(await run(executor, 2, { task })).toEqual(await run(inline()));
    } finally {
      await executor.close();
    }
  });

  test('members draw dropout of their own, from the seed', async () => {
    const first = await run(undefined);
    expect(await run(undefined, 2, { seed: 11 })).toEqual(first);
    expect((await run(undefined, 2, { seed: 12 })).weights).not.toEqual(first.weights);
    // The same samples for both members and steps that only dropout can tell apart.
    const x = new Float32Array(8 * 5).fill(0.5);
    const seeds: number[] = [];
    const inner = inline();
    const executor: Executor = {
      ...inner,
      run: (given, options) => (seeds.push(given.seed), inner.run(given, options)),
    };
    using model = makeModel(sgd({ learningRate: 0.05 }), [dropout(0.5)]);
    await fitDistributed(model, { x, y: new Float32Array(8) }, { members: 2, batchSize: 4, executor });
    expect(seeds[0]).toBe(11);
    expect(seeds[1]).not.toBe(11);
  });

  test('a run goes on with initialEpoch where another ended, to the same bits', async () => {
    using model = makeModel(adam({ learningRate: 0.02 }));
    using whole = makeModel(adam({ learningRate: 0.02 }));
    const data = samples(40);
    const options = { members: 2, every: 2, batchSize: 4 };
    await fitDistributed(whole, data, { ...options, epochs: 3 });
    await fitDistributed(model, data, { ...options, epochs: 1 });
    const { epoch } = await fitDistributed(model, data, { ...options, epochs: 3, initialEpoch: 1 });
    expect(epoch).toEqual([1, 2]);
    expect(weightsOf(model)).toEqual(weightsOf(whole));
  });
});

describe('what goes wrong', () => {
  const options = { members: 2, batchSize: 4 };

  test('a member whose loss is not finite is named, and the model keeps the last average', async () => {
    const { x, y } = samples(32);
    const kept: number[][] = [];
    using model = makeModel(sgd({ learningRate: 0.05 }));
    // Sample 28 is member 1's in the last of four rounds.
    y[28] = 3e38;
    const callbacks = [{ onBatchEnd: () => void kept.push(weightsOf(model)) }];
    const error = await expectError(
      () => fitDistributed(model, { x, y }, { ...options, shuffle: false, callbacks }),
      MemberNotFiniteError,
      'NOT_FINITE',
      'member 1',
      'round 3',
    );
    expect(error).toMatchObject({ member: 1, round: 3, epoch: 0, cause: expect.any(NotFiniteError) as unknown });
    expect(kept.length).toBe(3);
    expect(weightsOf(model)).toEqual(kept.at(-1));
    expect(model.step).toBe(3);
  });

  test('what cannot be sent to members is refused before training', async () => {
    const data = samples(8);
    using scheduled = makeModel(sgd({ learningRate: () => 0.1 }));
    await expectError(() => fitDistributed(scheduled, data, options), OptionError, 'INVALID_OPTION', 'learningRate');
    using momentum = makeModel(sgd({ learningRate: 0.1, momentum: () => 0.9 }));
    await expectError(() => fitDistributed(momentum, data, options), OptionError, 'INVALID_OPTION', 'cannot be sent');
    for (const [setting, word] of [
      [{ mix: mixup() }, 'compiled with mix'],
      [{ gradientAccumulation: 2 }, 'gradientAccumulation must be 1'],
    ] as const) {
      using own = makeModel();
      own.compile({ optimizer: 'sgd', loss: 'meanSquaredError', ...setting });
      await expectError(() => fitDistributed(own, data, options), OptionError, 'INVALID_OPTION', word);
    }
    using model = makeModel();
    for (const [given, word] of [
      [{ members: 0 }, 'members'],
      [{ members: 2, every: 0.5 }, 'every'],
      [{ members: 2, evry: 2 }, "Did you mean 'every'"],
      [{ members: 2, executor: {} }, 'executor'],
      [{ members: 2, task: 'x' }, 'task'],
    ] as const) {
      await expectError(() => fitDistributed(model, data, given as never), OptionError, 'INVALID_OPTION', word);
    }
    await expectError(() => fitDistributed(model, data.x as never, options), OptionError, 'INVALID_OPTION', '{ x, y }');
    expect(model.step).toBe(0);
  });

  test('an abort within a round leaves the average of the round before', async () => {
    const controller = new AbortController();
    const inner = inline();
    let tasks = 0;
    // The second member of the third round is given its task when the first has trained.
    const executor: Executor = {
      ...inner,
      run: async (given, more) => {
        const result = await inner.run(given, more);
        if (++tasks === 5) controller.abort(new Error('enough'));
        return result;
      },
    };
    using model = makeModel();
    const kept: number[][] = [];
    const callbacks = [{ onBatchEnd: () => void kept.push(weightsOf(model)) }];
    const running = fitDistributed(model, samples(64), { ...options, executor, signal: controller.signal, callbacks });
    await expect(running).rejects.toThrow('enough');
    expect(kept.length).toBe(2);
    expect(weightsOf(model)).toEqual(kept[1]);
    expect(model.step).toBe(2);
  });

  test('training the model otherwise meanwhile is an error', async () => {
    using model = makeModel();
    const inner = inline();
    const data = samples(16);
    const executor: Executor = {
      ...inner,
      run: async (given, more) => {
        if (model.step === 0) await model.fit(data.x, data.y);
        return inner.run(given, more);
      },
    };
    await expectError(
      () => fitDistributed(model, data, { ...options, executor }),
      StateError,
      'INVALID_STATE',
      'during a round',
    );
  });

  test('callbacks follow rounds, and stop after the one that runs', async () => {
    using model = makeModel();
    const seen: unknown[] = [];
    const callbacks = [
      {
        onBatchEnd: (round: number) => void seen.push(round),
        onProgress: ({ samples: done }: { samples: number }, context: { stop(): void }) => {
          if (done >= 16) context.stop();
        },
        onEpochEnd: (epoch: number) => void seen.push(`epoch ${epoch}`),
      },
    ];
    const { epoch } = await fitDistributed(model, samples(64), { ...options, epochs: 2, callbacks });
    expect(seen).toEqual([0, 1, 'epoch 0']);
    expect(epoch).toEqual([0]);
  });
});
