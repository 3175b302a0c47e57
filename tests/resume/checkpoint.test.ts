// What `checkpoint` keeps, when, and what becomes of it: stores that fail, files that are torn.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  categoryEncoder,
  checkpoint,
  columnTransformer,
  dense,
  FormatError,
  keyValueStore,
  loadCheckpoint,
  loadModel,
  OptionError,
  sequential,
  standardScaler,
  StoreError,
  withPreprocessing,
  type Callback,
  type CheckpointOptions,
  type KeyValueObject,
  type Model,
  type ModelStore,
  type Tensor,
} from '../../bindings/index.js';
import { fileStore } from '../../bindings/node.js';
import { hashOf } from '../model/support.js';
import { fitRun, RUNS } from './runs.js';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const warnings: string[] = [];
beforeEach(() => {
  warnings.length = 0;
  vi.spyOn(console, 'warn').mockImplementation((line: string) => void warnings.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A store in memory that notes what is done to it, and fails where it is told to. */
function memory(fails: (call: string) => Error | undefined = () => undefined) {
  const values = new Map<string, Uint8Array<ArrayBuffer>>();
  const calls: string[] = [];
  const note = async (call: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    calls.push(call);
    const error = fails(call);
    if (error) throw error;
  };
  const store: ModelStore = {
    async get(key) {
      await note(`get ${key}`);
      return values.get(key)?.slice();
    },
    async set(key, bytes) {
      await note(`set ${key}`);
      values.set(key, Uint8Array.from(bytes));
    },
    async delete(key) {
      await note(`delete ${key}`);
      values.delete(key);
    },
    async keys() {
      await note('keys');
      return [...values.keys()].sort();
    },
  };
  return { store, values, calls };
}

const { mlp, lstm } = RUNS;
const key = (number: number) => `checkpoint-${String(number).padStart(8, '0')}`;

/** 50 samples by 8: 7 steps an epoch. */
const train = (net: Model, callbacks: Callback[], options: { epochs?: number; resume?: boolean } = {}) =>
  fitRun(net, mlp, { ...mlp.options(), epochs: 4, ...options, callbacks });

async function trained(options: CheckpointOptions, epochs = 4): Promise<void> {
  using net = mlp.build();
  await train(net, [checkpoint(options)], { epochs });
}

async function stepsOf(values: ReadonlyMap<string, Uint8Array>): Promise<number[]> {
  const steps: number[] = [];
  for (const name of [...values.keys()].sort()) {
    using net = await loadModel(values.get(name)!);
    steps.push(net.step);
  }
  return steps;
}

const noSpace = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

describe('when', () => {
  test.each<[string, CheckpointOptions['every'], number[]]>([
    ['every epoch', undefined, [7, 14, 21, 28]],
    ['every second epoch', 2, [14, 28]],
    ['every third epoch', { epochs: 3 }, [21]],
    ['every five steps', { steps: 5 }, [5, 10, 15, 20, 25]],
    ['never within the run', { seconds: 1000 }, []],
  ])('%s', async (_, every, steps) => {
    const { store, values } = memory();
    await trained({ store, keep: Infinity, ...(every !== undefined && { every }) });
    expect(await stepsOf(values)).toEqual(steps);
    expect([...values.keys()]).toEqual(steps.map((__, i) => key(i + 1)));
  });

  test('by seconds, also within an epoch, counted from the end of a save', async () => {
    const { store, values } = memory();
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    using net = mlp.build();
    const slow: ModelStore = { ...store, set: async (...given) => (await store.set(...given), void (now += 60_000)) };
    const clock: Callback = { onBatchEnd: () => void (now += 1000) };
    await fitRun(net, mlp, {
      ...mlp.options(),
      epochs: 3,
      yieldEveryMilliseconds: 0,
      callbacks: [clock, checkpoint({ store: slow, every: { seconds: 5 }, keep: Infinity })],
    });
    // Progress is told after every step here: 5, 10, 15, 20 seconds of training, whatever the store took.
    expect(await stepsOf(values)).toEqual([5, 10, 15, 20]);
  });
});

describe('what is kept', () => {
  test('the newest, each deleted only once a newer one is there', async () => {
    const { store, values, calls } = memory();
    await trained({ store, keep: 2 });
    expect([...values.keys()]).toEqual([key(3), key(4)]);
    expect(calls).toEqual([
      'keys',
      `set ${key(1)}`,
      `set ${key(2)}`,
      `set ${key(3)}`,
      `delete ${key(1)}`,
      `set ${key(4)}`,
      `delete ${key(2)}`,
    ]);
  });

  test('numbers go on, and what a killed run left too many is deleted; other keys are let alone', async () => {
    const { store, values } = memory();
    const others = ['checkpoint-best', 'checkpoint-1', 'checkpoint-0000001x', 'checkpoint-000000012', 'other-00000001'];
    for (const name of [...others, key(7), key(8), key(9), key(10)]) values.set(name, new Uint8Array(3));
    await trained({ store, keep: 1 }, 1);
    expect([...values.keys()].sort()).toEqual([...others, key(11)].sort());
  });

  test('of two names in one store, each its own', async () => {
    const { store, values } = memory();
    await trained({ store, keep: 1, name: 'a' }, 2);
    await trained({ store, keep: 1, name: 'a-b' }, 1);
    expect([...values.keys()]).toEqual(['a-00000002', 'a-b-00000001']);
    using first = await loadCheckpoint(store, { name: 'a' });
    using second = await loadCheckpoint(store, { name: 'a-b' });
    expect([first?.step, second?.step]).toEqual([14, 7]);
    expect(await loadCheckpoint(store)).toBeUndefined();
  });

  test('the best epoch, before the checkpoint that knows of it, and over a resumed run', async () => {
    const whole = memory();
    const halves = memory();
    const keep = (store: ModelStore) => checkpoint({ store, keep: 1, monitor: 'val_loss' });
    using net = lstm.build();
    const { callbacks: _, ...options } = lstm.options();
    const { history } = await fitRun(net, lstm, { ...options, epochs: 8, callbacks: [keep(whole.store)] });
    const losses = history.val_loss!;
    const best = losses.indexOf(Math.min(...losses));
    // A run in which the best is neither the first nor the last tells most.
    expect(best).toBeGreaterThan(0);
    expect(whole.calls.indexOf('set checkpoint-best')).toBeLessThan(whole.calls.indexOf(`set ${key(1)}`));
    using first = lstm.build();
    await fitRun(first, lstm, { ...options, epochs: best + 1, callbacks: [keep(halves.store)] });
    using second = (await loadCheckpoint(halves.store))!;
    await fitRun(second, lstm, { ...options, epochs: 8, callbacks: [keep(halves.store)], resume: true });
    expect(halves.values).toEqual(whole.values);
    using kept = await loadModel(whole.values.get('checkpoint-best')!);
    expect(kept.step).toBe((best + 1) * 4);
  });

  test('checkpoints change nothing in the run', async () => {
    const { store, values } = memory();
    using plain = mlp.build();
    using kept = mlp.build();
    await train(plain, []);
    await train(kept, [checkpoint({ store, every: { steps: 1 } })]);
    expect(hashOf(kept)).toBe(hashOf(plain));
    expect(Buffer.compare(await kept.save({ training: true }), await plain.save({ training: true }))).toBe(0);
    expect(values.size).toBe(3);
  });
});

describe('a store that fails', () => {
  const isThird = (call: string) => (call === `set ${key(3)}` ? noSpace() : undefined);

  test('stops training with a typed error; with room again the run goes on to the same bytes', async () => {
    for (const every of [1, { steps: 5 }] as const) {
      let isFull = true;
      const { store, values } = memory((call) => (isFull ? isThird(call) : undefined));
      using net = mlp.build();
      const error = await train(net, [checkpoint({ store, every, keep: 1 })]).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ key: key(3), code: 'RUNTIME', cause: { code: 'ENOSPC' } });
      expect((error as Error).message).toMatch(
        /'checkpoint-00000003' \(\d+ bytes\) was not kept: ENOSPC.*resume: true/s,
      );
      expect([...values.keys()]).toEqual([key(2)]);
      isFull = false;
      await train(net, [checkpoint({ store, every, keep: 1 })], { resume: true });
      using whole = mlp.build();
      await train(whole, []);
      expect(Buffer.compare(await net.save({ training: true }), await whole.save({ training: true }))).toBe(0);
    }
  });

  test('is told to onFailure, and training goes on; nothing is deleted for what was not kept', async () => {
    const { store, values, calls } = memory(isThird);
    const failures: string[] = [];
    await trained({ store, keep: 1, onFailure: (error) => failures.push(error.key) });
    expect(failures).toEqual([key(3), key(3)]);
    expect([...values.keys()]).toEqual([key(2)]);
    expect(calls.filter((call) => call.startsWith('delete'))).toEqual([`delete ${key(1)}`]);
  });

  test('what could not be deleted is tried again', async () => {
    let isStuck = true;
    const { store, values } = memory((call) =>
      isStuck && call.startsWith('delete') ? new Error('access denied') : undefined,
    );
    await expect(trained({ store, keep: 1 })).rejects.toThrow(/'checkpoint-00000001' was not deleted: access denied/);
    isStuck = false;
    await trained({ store, keep: 1 }, 1);
    expect([...values.keys()]).toEqual([key(3)]);
  });

  test('a best epoch that was not kept is none', async () => {
    let sets = 0;
    const { store, values } = memory((call) =>
      call === 'set checkpoint-best' && ++sets === 1 ? noSpace() : undefined,
    );
    await trained({ store, monitor: 'loss', mode: 'max', keep: 9, onFailure: () => undefined }, 3);
    // The loss falls: with mode max the first epoch would stay the best, had it been kept.
    expect(sets).toBe(2);
    using best = await loadModel(values.get('checkpoint-best')!);
    expect(best.step).toBe(14);
  });

  test('a disk that takes no more leaves the checkpoints before, whole, and nothing beside', () => {
    const place = join(folder, 'full');
    const script = join(folder, 'full.mjs');
    const url = (path: string) => JSON.stringify(new URL(`../../bindings/${path}`, import.meta.url).href);
    writeFileSync(
      script,
      `import { checkpoint, dense, sequential } from ${url('index.ts')};
       import { fileStore } from ${url('node.ts')};
       const store = fileStore(${JSON.stringify(place)});
       // The second file is longer than the system lets this process write.
       const fit = async (units) => {
         const net = sequential([dense(units, { inputShape: [8] }), dense(1)]);
         net.compile({ optimizer: 'sgd', loss: 'mse' });
         await net.fit([[1, 2, 3, 4, 5, 6, 7, 8]], [1], { callbacks: [checkpoint({ store, keep: 1 })] });
       };
       await fit(1);
       await fit(20000).catch((error) => console.log(error.name, error.cause.code));`,
    );
    const line = `ulimit -f 512; exec "${process.execPath}" --import tsx "${script}"`;
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('StoreError EFBIG\n');
    expect(readdirSync(place)).toEqual([`${key(1)}.safetensors`]);
  });
});

describe('loadCheckpoint', () => {
  test('passes over what is torn, cut short, empty or changed, with one warning that names each', async () => {
    const place = join(folder, 'torn');
    const store = fileStore(place);
    await trained({ store, keep: 9, every: { steps: 4 } });
    const path = (number: number) => join(place, `${key(number)}.safetensors`);
    const bytes = readFileSync(path(7));
    writeFileSync(path(7), bytes.subarray(0, bytes.length >> 1));
    writeFileSync(path(6), '');
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(path(5), bytes);
    using net = await loadCheckpoint(store);
    expect(net?.step).toBe(16);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/00000007.*byte.*00000006.*byte 0.*00000005.*digest.*goes on from step 16/s);
    await train(net!, [], { resume: true });
    using whole = mlp.build();
    await train(whole, []);
    expect(hashOf(net!)).toBe(hashOf(whole));
  });

  test('is undefined where there is none, or none that is whole', async () => {
    const { store, values } = memory();
    expect(await loadCheckpoint(store)).toBeUndefined();
    expect(warnings).toEqual([]);
    values.set(key(1), new Uint8Array(20));
    values.set(key(2), new Uint8Array(0));
    expect(await loadCheckpoint(store)).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(await loadCheckpoint(fileStore(join(folder, 'none')))).toBeUndefined();
  });

  test('passes over one whose pieces are not all there', async () => {
    const values = new Map<string, Uint8Array<ArrayBuffer>>();
    const object: KeyValueObject = {
      get: (path) => values.get(path),
      put: (path, value) => values.set(path, value),
      delete: (path) => values.delete(path),
      list: ({ prefix }) => [...values.keys()].filter((path) => path.startsWith(prefix)),
    };
    const store = keyValueStore(object, { maximumValueBytes: 1000 });
    await trained({ store });
    values.delete(`wasmgrad/${key(4)}/1/1`);
    values.set(`wasmgrad/${key(3)}`, new TextEncoder().encode('no manifest'));
    using net = await loadCheckpoint(store);
    expect(net?.step).toBe(14);
    expect(warnings).toHaveLength(1);
  });

  test('takes nothing for an empty store that is none: errors of the store, newer files, missing layers', async () => {
    const broken = memory((call) => (call.startsWith('get') ? new Error('no connection') : undefined));
    await trained({ store: broken.store });
    await expect(loadCheckpoint(broken.store)).rejects.toThrow('no connection');
    const { store, values } = memory();
    await trained({ store });
    const text = Buffer.from(values.get(key(4))!)
      .toString('latin1')
      .replace('"version":"1"', '"version":"9"');
    values.set(key(4), Uint8Array.from(Buffer.from(text, 'latin1')));
    await expect(loadCheckpoint(store)).rejects.toThrow(FormatError);
    await expect(loadCheckpoint(store)).rejects.toThrow(/newer library/);

    const pinball = (yTrue: Tensor, yPred: Tensor) => yPred.sub(yTrue).abs();
    using net = sequential([dense(1, { inputShape: [1] })]);
    net.compile({ optimizer: 'sgd', loss: pinball });
    await net.fit([[1]], [1], { callbacks: [checkpoint({ store, name: 'own' })] });
    await expect(loadCheckpoint(store, { name: 'own' })).rejects.toThrow(/the loss 'pinball'/);
    using again = await loadCheckpoint(store, { name: 'own', custom: { losses: { pinball } } });
    expect(again?.step).toBe(1);
  });
});

test('a model with preprocessing goes on from a checkpoint of the model within', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ a: i, city: i % 3 ? 'Bern' : 'Basel' }));
  const labels = rows.map(({ a }) => a / 10);
  const prepare = () =>
    columnTransformer([
      { columns: ['a'], transformer: standardScaler() },
      { columns: ['city'], transformer: categoryEncoder() },
    ]);
  const build = () => {
    const net = sequential([dense(4, { inputShape: [3] }), dense(1)], { seed: 3 });
    net.compile({ optimizer: 'adam', loss: 'mse' });
    return net;
  };
  const { store } = memory();
  const options = { batchSize: 8, callbacks: [checkpoint({ store, every: { steps: 1 } })] };
  const whole = withPreprocessing(build(), prepare());
  await whole.fit(rows, labels, { epochs: 4, batchSize: 8 });
  await withPreprocessing(build(), prepare()).fit(rows, labels, { ...options, epochs: 2 });
  const resumed = withPreprocessing((await loadCheckpoint(store))!, prepare());
  await resumed.fit(rows, labels, { ...options, epochs: 4, resume: true });
  expect(Buffer.compare(await resumed.save({ training: true }), await whole.save({ training: true }))).toBe(0);
});

test('refuses what it can not do', async () => {
  const { store } = memory();
  for (const odd of [
    {},
    { store: {} },
    { store: [] },
    { store, every: 0 },
    { store, every: 1.5 },
    { store, every: {} },
    { store, every: { steps: 1, seconds: 1 } },
    { store, every: { minutes: 1 } },
    { store, every: { seconds: 0 } },
    { store, every: 'epoch' },
    { store, keep: 0 },
    { store, keep: 'all' },
    { store, name: '' },
    { store, name: '../a' },
    { store, name: 'a'.repeat(92) },
    { store, mode: 'min' },
    { store, monitor: 'val_loss', mode: 'least' },
    { store, onFailure: 'warn' },
    { store, folder: 'a' },
  ]) {
    expect(() => checkpoint(odd as never)).toThrow(OptionError);
  }
  await expect(loadCheckpoint({} as never)).rejects.toThrow(OptionError);
  await expect(loadCheckpoint(store, { keep: 1 } as never)).rejects.toThrow(OptionError);
  await expect(trained({ store, monitor: 'val_loss' })).rejects.toThrow(/validationSplit/);
});
