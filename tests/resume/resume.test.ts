// A run that is broken off, saved and resumed ends in the bytes, the history and the predictions of one that was not.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  dense,
  earlyStopping,
  learningRateScheduler,
  loadModel,
  modelCheckpoint,
  OptionError,
  sequential,
  sgd,
  StateError,
  terminateOnNaN,
  type Callback,
  type FitOptions,
  type History,
  type Model,
} from '../../bindings/index.js';
import { drawValues, hashOf } from '../model/support.js';
import type { Task } from './process.js';
import { fitRun, RUNS, type Run, type RunName } from './runs.js';

const names = Object.keys(RUNS) as RunName[];
const SCRIPT = new URL('process.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'resume-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface End {
  history: History;
  /** All of it: weights, states of the optimiser, counters, history, callbacks. */
  file: Uint8Array;
  hash: string;
}

async function endOf(net: Model, history: History): Promise<End> {
  return { history, file: await net.save({ training: true }), hash: hashOf(net) };
}

/** The run without a break. */
async function wholeRun(run: Run, options: Partial<FitOptions> = {}): Promise<End> {
  using net = run.build();
  return await endOf(net, await fitRun(net, run, { ...run.options(), ...options }));
}

/** Goes on from a file with callbacks of its own. */
async function resumeRun(run: Run, file: Uint8Array, options: Partial<FitOptions> = {}): Promise<End> {
  using net = await loadModel(file);
  return await endOf(net, await fitRun(net, run, { ...run.options(), ...options, resume: true }));
}

/** Saves the model within a run as a callback, at the given moments of `moments`, and runs to the end. */
async function savedWithin(run: Run, saver: (files: Uint8Array[]) => Callback, isFirst = false): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  using net = run.build();
  const { callbacks, ...options } = run.options();
  const own = saver(files);
  await fitRun(net, run, { ...options, callbacks: isFirst ? [own, ...callbacks] : [...callbacks, own] });
  return files;
}

const atEpochs = (files: Uint8Array[]): Callback => ({
  onEpochEnd: async (_, __, { model }) => void files.push(await model.save({ training: true })),
});
const atBatches = (files: Uint8Array[]): Callback => ({
  onBatchEnd: async (_, __, { model }) => void files.push(await model.save({ training: true })),
});

function expectSame(actual: End, expected: End): void {
  expect(actual.history).toEqual(expected.history);
  expect(actual.hash).toBe(expected.hash);
  expect(Buffer.compare(actual.file, expected.file)).toBe(0);
}

describe.each(names)('%s', (name) => {
  const run = RUNS[name];
  let whole: End;
  beforeAll(async () => {
    whole = await wholeRun(run);
  });

  // The best weights are put back where training ends: a run with early stopping is saved before it does.
  test.each<[string, Partial<Task>]>([
    ['5 epochs', name === 'lstm' ? { exitAfter: { epochs: 5 } } : { epochs: 5 }],
    ['23 batches', { exitAfter: { batches: 23 } }],
  ])(
    '%s, save, a new process, load, and the rest',
    (label, task) => {
      const train = (given: Partial<Task>) => {
        const line = JSON.stringify({ name, ...given });
        const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', SCRIPT, line], { encoding: 'utf8' });
        expect(stderr).toBe('');
        expect(status).toBe(0);
      };
      const [part, full] = [join(folder, `${name} ${label}`), join(folder, `${name} all after ${label}`)];
      train({ ...task, target: part });
      train({ source: part, target: full });
      expect(Buffer.compare(readFileSync(full), whole.file)).toBe(0);
      expect(Buffer.compare(readFileSync(part), whole.file)).not.toBe(0);
    },
    60_000,
  );

  test.each([
    ['behind', false],
    ['before', true],
  ])('from the end of every epoch, saved %s the other callbacks', async (_, isFirst) => {
    const files = await savedWithin(run, atEpochs, isFirst);
    expect(files.length).toBe(whole.history.epoch.length);
    for (const file of files) expectSame(await resumeRun(run, file), whole);
  });

  test('from within epochs, at every batch', async () => {
    const files = await savedWithin(run, atBatches);
    expect(files.length).toBeGreaterThan(20);
    for (const [i, file] of files.entries()) if (i % 3 === 0 || i < 8) expectSame(await resumeRun(run, file), whole);
  }, 60_000);

  test('broken off by a signal, again and again, each time saved and loaded', async () => {
    let file: Uint8Array | undefined;
    for (let breaks = 0; ; breaks++) {
      using net: Model = file ? await loadModel(file) : run.build();
      const abort = new AbortController();
      let steps = 0;
      const { callbacks, ...options } = run.options();
      const breaker: Callback = { onBatchEnd: () => void (++steps === 7 && abort.abort()) };
      const history = await fitRun(net, run, {
        ...options,
        callbacks: [...callbacks, breaker],
        signal: abort.signal,
        resume: file !== undefined,
      }).catch((error: Error) => {
        expect(error.name).toBe('AbortError');
        return undefined;
      });
      if (history) {
        expect(breaks).toBeGreaterThan(3);
        expectSame(await endOf(net, history), whole);
        return;
      }
      file = await net.save({ training: true });
    }
  });

  test('stopped within an epoch, and resumed by the same model', async () => {
    using net = run.build();
    let steps = 0;
    const stopper: Callback = { onBatchEnd: (_, __, { stop }) => void (++steps === 9 && stop()) };
    const { callbacks, ...options } = run.options();
    const cut = await fitRun(net, run, { ...options, callbacks: [...callbacks, stopper] });
    if (name === 'lstm') return expect(cut.epoch.length).toBeGreaterThan(0);
    expectSame(await endOf(net, await fitRun(net, run, { ...run.options(), resume: true })), whole);
  });

  test('of batches that come as a stream', async () => {
    const { x, y } = run;
    const {
      batchSize,
      callbacks: _,
      ...rest
    } = { ...run.options(), validationSplit: undefined, evaluateTraining: undefined };
    const { count, sides } = { count: y.length, sides: x.length / y.length };
    const shape = name === 'mlp' ? [5] : name === 'cnn' ? [6, 6, 1] : [6, 2];
    function* batches() {
      for (let begin = 0; begin < count; begin += batchSize!) {
        const end = Math.min(count, begin + batchSize!);
        yield {
          x: { data: x.subarray(begin * sides, end * sides), shape: [end - begin, ...shape] },
          y: y.subarray(begin, end),
        };
      }
    }
    const options = { ...rest, epochs: 3, batchSize: batchSize! };
    using undisturbed = run.build();
    const expected = await endOf(undisturbed, await undisturbed.fit(batches, options));
    const files: Uint8Array[] = [];
    using saving = run.build();
    await saving.fit(batches, { ...options, callbacks: [atBatches(files)] });
    for (const file of files) {
      using net = await loadModel(file);
      expectSame(await endOf(net, await net.fit(batches, { ...options, resume: true })), expected);
    }
  });
});

test('aborted while it is evaluated, an epoch is not trained twice', async () => {
  const run = RUNS.cnn;
  const { x, y } = run;
  const abort = new AbortController();
  const options = { ...run.options(), validationSplit: 0, epochs: 3 };
  let asked = 0;
  const validation = (isBreaking: boolean) => () =>
    (function* () {
      if (isBreaking && ++asked === 2) abort.abort();
      for (let i = 0; i < 6; i++) yield { x: x.slice(i * 36, (i + 1) * 36), y: y.slice(i, i + 1) };
    })();
  const end = await wholeRun(run, { ...options, validationData: validation(false) });
  using net = run.build();
  const signal = abort.signal;
  await expect(fitRun(net, run, { ...options, validationData: validation(true), signal })).rejects.toThrow(/abort/i);
  const again = await resumeRun(run, await net.save({ training: true }), {
    ...options,
    validationData: validation(false),
  });
  expectSame(again, end);
});

test('early stopping stays stopped, and restores the best weights that it had seen', async () => {
  const x = drawValues(20, 1);
  const y = drawValues(20, 2);
  const build = () => {
    const net = sequential([dense(1, { inputShape: [1] })], { seed: 1 });
    net.compile({ optimizer: sgd({ learningRate: 2.2 }), loss: 'meanSquaredError' });
    return net;
  };
  const stopping = () => earlyStopping({ monitor: 'loss', patience: 2, restoreBest: true });
  using whole = build();
  const expected = await whole.fit(x, y, { epochs: 30, callbacks: [stopping()] });
  expect(expected.epoch.length).toBeLessThan(10);
  const files: Uint8Array[] = [];
  using saving = build();
  await saving.fit(x, y, { epochs: 30, callbacks: [stopping(), atEpochs(files)] });
  for (const file of files) {
    using net = await loadModel(file);
    const callback = stopping();
    expect(await net.fit(x, y, { epochs: 30, callbacks: [callback], resume: true })).toEqual(expected);
    expect(callback.stoppedEpoch).toBe(expected.epoch.at(-1));
    expect(hashOf(net)).toBe(hashOf(whole));
  }
});

test('a callback of the user has its state saved, and the rate of an epoch is not set twice', async () => {
  const run = RUNS.mlp;
  const decay = () => learningRateScheduler((_, rate) => 0.9 * rate);
  const counter = () => {
    let seen = { batches: 0, best: Infinity, trace: new Float64Array(2) };
    const callback: Callback & { seen(): typeof seen } = {
      name: 'counter',
      seen: () => seen,
      state: () => seen,
      loadState: (state) => (seen = state as typeof seen),
      onBatchEnd(_, { loss }) {
        seen = {
          batches: seen.batches + 1,
          best: Math.min(seen.best, loss!),
          trace: Float64Array.of(seen.trace[1]!, loss!),
        };
      },
    };
    return callback;
  };
  const own = counter();
  const whole = await wholeRun(run, { callbacks: [decay(), own] });
  const files: Uint8Array[] = [];
  using net = run.build();
  await fitRun(net, run, { ...run.options(), callbacks: [decay(), counter(), atBatches(files)] });
  const again = counter();
  expectSame(await resumeRun(run, files[17]!, { callbacks: [decay(), again] }), whole);
  expect(again.seen()).toEqual(own.seen());
});

test('the best value of a checkpoint goes on', async () => {
  const run = RUNS.mlp;
  const epochs = { whole: [] as number[], halves: [] as number[] };
  const best = (kept: number[]) =>
    modelCheckpoint({ save: ({ epoch }) => kept.push(epoch), saveBestOnly: true, monitor: 'loss' });
  await wholeRun(run, { callbacks: [best(epochs.whole)] });
  using net = run.build();
  await fitRun(net, run, { ...run.options(), epochs: 5, callbacks: [best(epochs.halves)] });
  await resumeRun(run, await net.save({ training: true }), { callbacks: [best(epochs.halves)] });
  expect(epochs.halves).toEqual(epochs.whole);
});

describe('refuses', () => {
  const run = RUNS.mlp;
  const half = async () => {
    using net = run.build();
    await fitRun(net, run, { ...run.options(), epochs: 2 });
    return net.save({ training: true });
  };

  test('to resume what was never run, or was compiled anew, or failed within a step', async () => {
    using net = run.build();
    await expect(fitRun(net, run, { resume: true })).rejects.toThrow(StateError);
    await fitRun(net, run, { epochs: 1 });
    net.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' });
    await expect(fitRun(net, run, { resume: true })).rejects.toThrow(/nothing to resume/);
    net.compile({ optimizer: sgd({ learningRate: 1e30 }), loss: 'sparseCategoricalCrossentropy' });
    await fitRun(net, run, { epochs: 5, callbacks: [terminateOnNaN()] });
    await expect(fitRun(net, run, { resume: true })).rejects.toThrow(StateError);
    using bare = await loadModel(await net.save());
    await expect(fitRun(bare, run, { resume: true })).rejects.toThrow(/compile/);
  });

  test('other batches, other data, another first epoch', async () => {
    using net = await loadModel(await half());
    const options = { ...run.options(), resume: true };
    await expect(fitRun(net, run, { ...options, batchSize: 16 })).rejects.toThrow(/batchSize was 8.*got 16/);
    await expect(fitRun(net, run, { ...options, shuffle: false })).rejects.toThrow(/shuffle/);
    await expect(fitRun(net, run, { ...options, initialEpoch: 3 })).rejects.toThrow(OptionError);
    await expect(fitRun(net, run, { ...options, validationSplit: 0.5 })).rejects.toThrow(/samples was 50.*got 25/);
    await expect(fitRun(net, run, { ...options, resume: 'yes' as never })).rejects.toThrow(OptionError);
    // The run can still be resumed.
    expect((await fitRun(net, run, options)).epoch).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('metrics that the run did not have', async () => {
    const files = await savedWithin(run, atBatches);
    using net = await loadModel(files[3]!);
    const { callbacks: _, ...options } = run.options();
    // The metrics that were saved go on; more fail only if they are compiled, which forgets the run.
    net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['topKAccuracy'] });
    await expect(fitRun(net, run, { ...options, resume: true })).rejects.toThrow(StateError);
  });
});

test('averaged weights are not taken for those that train', async () => {
  using net = RUNS.lstm.build();
  await fitRun(net, RUNS.lstm, { epochs: 2 });
  await net.useAveragedWeights(async () => {
    await expect(net.save({ training: true })).rejects.toThrow(/useAveragedWeights/);
    using averaged = await loadModel(await net.save());
    expect(hashOf(averaged)).toBe(hashOf(net));
  });
  using loaded = await loadModel(await net.save({ training: true }));
  loaded.keepAveragedWeights();
  net.keepAveragedWeights();
  expect(hashOf(loaded)).toBe(hashOf(net));
});
