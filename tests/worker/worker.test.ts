// A model in a worker is the model on the main thread: the same bits, callbacks, errors; and what only a worker can get wrong.

import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  activation,
  adam,
  arrayDataset,
  batchNormalization,
  conv2d,
  cosineDecay,
  dense,
  dropout,
  earlyStopping,
  flatten,
  generalizationLoss,
  learningRateScheduler,
  loadModel,
  mixup,
  modelCheckpoint,
  NotFiniteError,
  OptionError,
  randomFlip,
  randomRotation,
  reduceOnPlateau,
  RuntimeError,
  sequential,
  sgd,
  ShapeError,
  StateError,
  terminateOnNaN,
  DataError,
  type Checkpoint,
  type EarlyStopping,
  type FitOptions,
  type Model,
  type ModelFile,
  type Progress,
  type Tensor,
} from '../../bindings/index.js';
import { spawn, type SpawnOptions, type WorkerModel } from '../../bindings/worker/index.js';
import { drawValues } from '../model/support.js';
import { gain, pinball } from './custom.js';
import { bundleScripts, type Scripts } from './scripts.js';

const SAMPLES = 50;
const FEATURES = 6;
const x = { data: drawValues(SAMPLES * FEATURES, 1), shape: [SAMPLES, FEATURES] };
const y = Int32Array.from({ length: SAMPLES }, (_, i) => Number(x.data[i * FEATURES]! > 0));

let scripts: Scripts;
const spawned: WorkerModel[] = [];

beforeAll(async () => {
  scripts = await bundleScripts(['customWorker', 'oldWorker']);
});

afterAll(async () => {
  spawned.forEach((model) => model.terminate());
  await scripts?.remove();
});

/** A model in a worker that ends with the tests. */
async function start(source: Model | ModelFile, options: SpawnOptions = {}): Promise<WorkerModel> {
  const isPlaced = options.worker !== undefined || options.beside !== undefined;
  const model = await spawn(source, { ...(!isPlaced && { url: scripts.url('worker-host') }), ...options });
  spawned.push(model);
  return model;
}

function classifier(seed = 3): Model {
  const model = sequential(
    [dense(16, { activation: 'relu', inputShape: [FEATURES] }), dropout(0.2), dense(2, { activation: 'softmax' })],
    { seed, name: 'net' },
  );
  model.compile({
    optimizer: adam({ learningRate: cosineDecay({ learningRate: 0.02, steps: 40 }) }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    mix: mixup({ alpha: 0.2 }),
  });
  return model;
}

const copies = (model: Model): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(model.parameters()).map(([path, values]) => [path, values.slice()]));

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was not rejected');
};

describe('the same bits as on the main thread', () => {
  const options: FitOptions = { epochs: 3, batchSize: 8, validationSplit: 0.2 };

  test.each([1, 2])('history, weights, figures and predictions, on %i thread(s)', async (threads) => {
    using here = classifier();
    const there = await start(here, { threads });
    expect(there.threads).toBe(threads);
    const history = await here.fit(x, y, options);
    expect(await there.fit(x, y, options)).toEqual(history);
    expect(await there.parameters()).toEqual(copies(here));
    expect(await there.gradients()).toEqual(here.gradients());
    expect(await there.step()).toBe(here.step);
    expect(await there.evaluate(x, y)).toEqual(await here.evaluate(x, y));
    const prediction = await there.predict(x, { batchSize: 7 });
    expect(prediction.data).toEqual((await here.predict(x)).data);
    expect(prediction.argMax()).toHaveLength(SAMPLES);
    const sampled = await there.predict(x, { samples: 3 });
    const expected = await here.predict(x, { samples: 3 });
    expect(sampled.standardDeviation).toEqual(expected.standardDeviation);
  });

  test('a net for images with augmentation, and batches that are streamed', async () => {
    using here = sequential(
      [conv2d(4, 3, { inputShape: [8, 8, 1] }), batchNormalization(), activation('relu'), flatten(), dense(1)],
      { seed: 5 },
    );
    here.compile({ optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }), loss: 'binaryCrossentropy' });
    const images = { data: drawValues(24 * 64, 2), shape: [24, 8, 8, 1] };
    const labels = Float32Array.from({ length: 24 }, (_, i) => i % 2);
    const there = await start(here);
    const augment = [randomRotation({ degrees: 10 }), randomFlip({ mode: 'horizontal' })];
    const fitted: FitOptions = { epochs: 2, batchSize: 5, augment };
    await here.fit(images, labels, fitted);
    await there.fit(images, labels, fitted);
    expect(await there.parameters()).toEqual(copies(here));

    const batches = () => arrayDataset({ x: images, y: labels }).shuffle(24, { seed: 1 }).batch(6);
    const validationData = [{ x: images, y: labels }];
    const history = await here.fit(batches(), { epochs: 4, initialEpoch: 2, validationData });
    expect(await there.fit(batches(), { epochs: 4, initialEpoch: 2, validationData })).toEqual(history);
    expect(await there.parameters()).toEqual(copies(here));
    expect(await there.evaluate(batches())).toEqual(await here.evaluate(batches()));
    const streamed = await there.predict(batches());
    expect(streamed.data).toEqual((await here.predict(batches())).data);
  });

  test('a trained model goes on where it stands, and comes back as a file', async () => {
    using here = classifier();
    await here.fit(x, y, { epochs: 2, batchSize: 8 });
    const there = await start(await here.save({ training: true }));
    await here.fit(x, y, { epochs: 2, batchSize: 8 });
    await there.fit(x, y, { epochs: 2, batchSize: 8 });
    const file = await there.save({ training: true });
    expect(file).toEqual(await here.save({ training: true }));
    using back = await loadModel(file);
    expect(copies(back)).toEqual(copies(here));
  });

  test('compile, setParameters, learning rates, texts', async () => {
    using here = sequential([dense(1, { inputShape: [FEATURES] })], { name: 'line' });
    const there = await start(here);
    expect([there.name, there.seed]).toEqual(['line', 0]);
    const target = drawValues(SAMPLES, 4);
    for (const model of [here, there]) {
      await model.compile({ optimizer: sgd({ learningRate: 0.5 }), loss: 'huber', metrics: ['meanAbsoluteError'] });
      await model.setParameters({ 'dense_1/bias': [0.25] });
    }
    here.optimizer.learningRate = 0.1;
    here.learningRateFactor = 0.5;
    await there.setLearningRate(0.1);
    await there.setLearningRateFactor(0.5);
    expect(await there.fit(x, target)).toEqual(await here.fit(x, target));
    expect(await there.parameters()).toEqual(copies(here));
    expect(await there.summary()).toBe(here.summary());
    expect(await there.memory({ batchSize: 4 })).toEqual(here.memory({ batchSize: 4 }));
    expect(await there.explain()).toBe(here.explain());
    expect(await there.sparsity()).toEqual(here.sparsity());
  });
});

describe('callbacks', () => {
  test('methods run here, in order, and training waits for them', async () => {
    using here = classifier();
    const there = await start(here);
    const seen: string[] = [];
    const progress: Progress[] = [];
    let isInside = false;
    const history = await there.fit(x, y, {
      epochs: 2,
      batchSize: 25,
      callbacks: [
        {
          onTrainBegin: ({ epochs, batchSize }) => void seen.push(`begin ${epochs} ${batchSize}`),
          async onEpochBegin(epoch, { model }) {
            isInside = true;
            expect((await model.parameters())['dense_1/bias']).toHaveLength(16);
            isInside = false;
            seen.push(`epoch ${epoch}`);
          },
          onBatchEnd(batch, { loss }) {
            expect(isInside).toBe(false);
            seen.push(`batch ${batch} ${loss! > 0}`);
          },
          onProgress: (at) => void progress.push(at),
          onEpochEnd: (epoch, logs) => void seen.push(`end ${epoch} ${Object.keys(logs).join()}`),
          onTrainEnd: (all) => void seen.push(`trained ${all.epoch.length}`),
        },
      ],
    });
    expect(seen).toEqual([
      'begin 2 25',
      ...[0, 1].flatMap((epoch) => [`epoch ${epoch}`, 'batch 0 true', 'batch 1 true', `end ${epoch} loss,accuracy`]),
      'trained 2',
    ]);
    expect(progress.at(-1)).toMatchObject({ epoch: 1, epochs: 2, samples: 50, totalSamples: 50 });
    expect(history.epoch).toEqual([0, 1]);
  });

  test('stop() and an error end training; the error is the very one', async () => {
    using here = classifier();
    const there = await start(here);
    const { epoch } = await there.fit(x, y, {
      epochs: 9,
      callbacks: [{ onEpochEnd: (at, _, { stop }) => void (at === 2 && stop()) }],
    });
    expect(epoch).toEqual([0, 1, 2]);
    const thrown = Object.assign(new Error('enough'), { extra: () => 1 });
    const failing = {
      onEpochEnd() {
        throw thrown;
      },
    };
    expect(await rejection(there.fit(x, y, { callbacks: [failing] }))).toBe(thrown);
    const heard: unknown[] = [];
    const listening = { onError: (error: unknown) => void heard.push(error) };
    expect(await rejection(there.fit(x, y, { callbacks: [failing, listening] }))).toBe(thrown);
    expect(heard).toEqual([thrown]);
  });

  test("the library's that read the model's memory act on it in the worker, and know what they saw here", async () => {
    const make = () => earlyStopping({ monitor: 'loss', patience: 2, restoreBest: true });
    const rates = { monitor: 'loss', patience: 1, factor: 0.1 };
    const run = async (model: Model | WorkerModel, stopper: EarlyStopping) => {
      const kept: Checkpoint[] = [];
      const checkpoint = modelCheckpoint({ save: (one) => kept.push(one), saveBestOnly: true, monitor: 'loss' });
      const callbacks = [stopper, reduceOnPlateau(rates), checkpoint];
      const options = { epochs: 30, batchSize: 8, callbacks };
      const history = await (model as Model).fit(x, y, options);
      const first = kept.length;
      await (model as Model).fit(x, y, { ...options, epochs: 2 });
      return { history, kept, first };
    };
    using here = classifier();
    const there = await start(here);
    const [near, far] = [make(), make()];
    const expected = await run(here, near);
    const { history, kept, first } = await run(there, far);
    expect(history).toEqual(expected.history);
    expect(await there.parameters()).toEqual(copies(here));
    expect(near.best).toBeDefined();
    expect([far.best, far.bestEpoch, far.stoppedEpoch]).toEqual([near.best, near.bestEpoch, near.stoppedEpoch]);
    expect([first, kept.length]).toEqual([expected.first, expected.kept.length]);
    expect(kept.map(({ weights }) => weights)).toEqual(expected.kept.map(({ weights }) => weights));
    expect(kept[0]!.model).toBe(there);
  });

  test('early stopping by a criterion', async () => {
    const noise = Int32Array.from({ length: SAMPLES }, (_, i) => i % 2);
    const run = async (model: Model | WorkerModel) => {
      const stopper = earlyStopping({ criterion: generalizationLoss({ alpha: 0.001 }), restoreBest: true });
      const options = { epochs: 60, batchSize: 8, validationSplit: 0.4, callbacks: [stopper] };
      // Labels that have nothing to do with the samples: what is learned soon does harm.
      return [await (model as Model).fit(x, noise, options), stopper.stoppedEpoch, stopper.bestEpoch];
    };
    using here = classifier();
    const there = await start(here);
    const expected = await run(here);
    expect(expected[1]).toBeGreaterThan(0);
    expect(await run(there)).toEqual(expected);
    expect(await there.parameters()).toEqual(copies(here));
  });

  test('states are saved with a run that goes on in another worker', async () => {
    using here = classifier();
    let count = 0;
    const counting = {
      name: 'counting',
      state: () => ({ count }),
      loadState: (state: unknown) => void ({ count } = state as { count: number }),
      onEpochEnd: () => void count++,
    };
    const stopAt = (last: number) => ({
      onEpochEnd: (epoch: number, _: unknown, { stop }: { stop(): void }) => void (epoch === last && stop()),
    });
    const there = await start(here);
    await there.fit(x, y, { epochs: 5, callbacks: [counting, stopAt(2)] });
    expect(count).toBe(3);
    const other = await start(await there.save({ training: true }));
    count = 0;
    await other.fit(x, y, { epochs: 5, resume: true, callbacks: [counting] });
    expect(count).toBe(5);
  });

  test('one by its name: of the library, and of the script', async () => {
    using here = classifier();
    const there = await start(here, { url: scripts.url('customWorker') });
    const stopper = { name: 'earlyStopping', config: { monitor: 'loss', mode: 'max', patience: 1 } };
    const { epoch } = await there.fit(x, y, { epochs: 20, callbacks: [stopper] });
    expect(epoch.length).toBeLessThan(20);
    const before = await there.parameters();
    await there.fit(x, y, { epochs: 1, callbacks: [{ name: 'halve', config: { epoch: 0 } }, { onTrainEnd() {} }] });
    const sum = (values: Float32Array) => values.reduce((total, value) => total + Math.abs(value), 0);
    expect(sum((await there.parameters())['dense_1/kernel']!)).toBeLessThan(0.7 * sum(before['dense_1/kernel']!));
    await expect(there.fit(x, y, { callbacks: [{ name: 'halv', config: {} }] })).rejects.toThrow(
      /Did you mean 'halve'/,
    );
  });

  test('terminateOnNaN takes the NotFiniteError of the worker', async () => {
    using here = sequential([dense(1, { inputShape: [FEATURES] })]);
    here.compile({ optimizer: sgd({ learningRate: 1e30 }), loss: 'meanSquaredError' });
    const there = await start(here);
    const guard = terminateOnNaN();
    await there.fit(x, drawValues(SAMPLES, 1), { epochs: 50, callbacks: [guard] });
    expect(guard.error).toBeInstanceOf(NotFiniteError);
    expect(guard.error!.step).toBeGreaterThan(0);
  });

  test('one that needs the memory at once says what to do', async () => {
    using here = classifier();
    const there = await start(here);
    const error = await rejection(there.fit(x, y, { callbacks: [learningRateScheduler((_, rate) => rate)] }));
    expect(error).toBeInstanceOf(StateError);
    expect((error as Error).message).toMatch(/net\.optimizer is in the worker.*setLearningRate/);
    const criterion = earlyStopping({ monitor: 'val_loss', criterion: { name: 'mine', isDue: () => true } });
    await expect(there.fit(x, y, { validationSplit: 0.2, callbacks: [criterion] })).rejects.toThrow(
      /earlyStopping: criterion has functions.*expose/,
    );
  });
});

describe('abort', () => {
  test('fit rejects with the reason, and the model can be used', async () => {
    using here = classifier();
    const there = await start(here);
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    let epochs = 0;
    const running = there.fit(x, y, {
      epochs: 1e6,
      signal: controller.signal,
      callbacks: [{ onEpochEnd: () => void (++epochs === 3 && controller.abort(reason)) }],
    });
    expect(await rejection(running)).toBe(reason);
    expect(epochs).toBeLessThan(1000);
    expect(await there.step()).toBeGreaterThan(0);
    await there.fit(x, y);
  });

  test('AbortSignal.timeout ends a long run; one that was aborted starts none', async () => {
    using here = classifier();
    const there = await start(here);
    const error = await rejection(there.fit(x, y, { epochs: 1e7, signal: AbortSignal.timeout(200) }));
    expect(error).toMatchObject({ name: 'TimeoutError' });
    const step = await there.step();
    expect(await rejection(there.fit(x, y, { signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
    expect(await there.step()).toBe(step);
  });
});

describe('data', () => {
  test('are copied, moved when asked, and shared where they are shared', async () => {
    using here = classifier();
    const there = await start(here);
    const data = x.data.slice();
    const labels = y.slice();
    await there.fit({ data, shape: x.shape }, labels);
    expect([data.length, labels.length]).toEqual([x.data.length, y.length]);
    const sampleWeight = new Float32Array(SAMPLES).fill(1);
    await there.fit({ data, shape: x.shape }, labels, { transfer: true, sampleWeight });
    expect([data.length, labels.length, sampleWeight.length]).toEqual([0, 0, 0]);

    const shared = new Float32Array(new SharedArrayBuffer(x.data.byteLength));
    shared.set(x.data);
    const expected = await there.predict(x);
    const prediction = await there.predict({ data: shared, shape: x.shape }, { transfer: true });
    expect(prediction.data).toEqual(expected.data);
    expect(shared.length).toBe(x.data.length);
  });

  test('of a view only its own part is copied', async () => {
    using here = classifier();
    const there = await start(here);
    const large = new Float32Array(5e6);
    large.set(x.data, 1000);
    const view = large.subarray(1000, 1000 + x.data.length);
    const posted: unknown[] = [];
    const worker = new Worker(scripts.url('worker-host'));
    const { postMessage } = worker;
    worker.postMessage = (value: unknown, ...rest: []) => {
      posted.push(value);
      postMessage.call(worker, value, ...rest);
    };
    const watched = await start(here, { worker });
    expect((await watched.predict(view)).data).toEqual((await there.predict(x)).data);
    const { request } = posted.at(-1) as { request: { given: [{ data: Float32Array }] } };
    expect(request.given[0].data.buffer.byteLength).toBe(x.data.byteLength);
  });

  test('a dataset counts its epochs: by number in fit, one after the other elsewhere', async () => {
    using here = classifier();
    const there = await start(here);
    const epochs: number[] = [];
    const batches = arrayDataset({ x, y })
      .batch(SAMPLES)
      .map((batch, _, epoch) => (epochs.push(epoch), batch));
    await there.evaluate(batches);
    await there.evaluate(batches);
    await there.fit(batches, { initialEpoch: 5, epochs: 7 });
    expect(epochs).toEqual([0, 1, 5, 6]);
  });

  test("a stream's error is the cause of a DataError, and the very one", async () => {
    using here = classifier();
    const there = await start(here);
    const cause = new Error('the disk is gone');
    let closed = 0;
    const broken = async function* () {
      try {
        yield await Promise.resolve({ x, y });
        throw cause;
      } finally {
        closed++;
      }
    };
    const error = await rejection(there.fit(broken));
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toMatch(/the stream failed at batch 1 of the epoch: the disk is gone/);
    expect((error as Error).cause).toBe(cause);
    const endless = function* () {
      try {
        for (;;) yield { x, y };
      } finally {
        closed++;
      }
    };
    const stopping = {
      onBatchEnd: (batch: number, _: unknown, { stop }: { stop(): void }) => void (batch === 3 && stop()),
    };
    await there.fit(endless, { callbacks: [stopping] });
    expect(closed).toBe(2);
  });
});

describe('errors', () => {
  test('are of the class that was thrown', async () => {
    using here = classifier();
    const there = await start(here);
    const shape = await rejection(there.fit({ data: x.data, shape: [SAMPLES / 2, 2 * FEATURES] }, y));
    expect(shape).toBeInstanceOf(ShapeError);
    expect(shape).toMatchObject({ code: 'SHAPE_MISMATCH', name: 'ShapeError' });
    expect((shape as Error).message).toBe(
      ((await rejection(here.fit({ data: x.data, shape: [SAMPLES / 2, 2 * FEATURES] }, y))) as Error).message,
    );
    await expect(there.fit(x, y, { epoch: 3 } as FitOptions)).rejects.toThrow(/unknown option 'epoch'.*'epochs'/);
    await expect(there.fit(x, y, { transfer: 1 } as never)).rejects.toThrow(/transfer must be true or false/);
    await expect(there.predict(x, { batchSize: 0 })).rejects.toThrow(OptionError);
    await expect(there.fit(x, (() => 1) as never)).rejects.toThrow(/can't be sent to or from the worker/);
    // The worker is none the worse for it.
    await there.fit(x, y);
  });

  test('a file that is damaged keeps its offset', async () => {
    using here = classifier();
    const file = await here.save();
    file[file.length - 1]! ^= 1;
    const expected = await rejection(loadModel(file));
    const error = await rejection(start(file));
    expect(error).toMatchObject({ name: 'FormatError', code: 'INVALID_FILE' });
    expect((error as { offset: number }).offset).toBe((expected as { offset: number }).offset);
  });

  test('a loss of one’s own needs a script that exposes it', async () => {
    using here = sequential([dense(3, { inputShape: [FEATURES] }), gain(), dense(1)]);
    here.compile({ optimizer: 'adam', loss: pinball });
    const error = await rejection(start(here));
    expect(error).toBeInstanceOf(OptionError);
    expect((error as Error).message).toMatch(/kind of layer 'gain'.*expose\(\{ custom: .*spawn\(model, \{ url \}\)/);
    const there = await start(here, { url: scripts.url('customWorker') });
    const target = drawValues(SAMPLES, 8);
    expect(await there.fit(x, target)).toEqual(await here.fit(x, target));
    await there.compile({ optimizer: 'sgd', loss: pinball });
    const missing = (yTrue: Tensor) => yTrue;
    await expect(there.compile({ optimizer: 'sgd', loss: missing })).rejects.toThrow(/loss 'missing'.*expose/);
  });

  test('bad options and sources are told before a worker starts', async () => {
    using here = classifier();
    const made: unknown[] = [];
    const worker = () => made.push(1) as never;
    await expect(spawn(here, { thread: 2 } as never)).rejects.toThrow(/Did you mean 'threads'/);
    await expect(spawn(here, { worker, threads: 0 })).rejects.toThrow(/spawn: threads must be/);
    await expect(spawn(here, { worker, url: 'a.js' })).rejects.toThrow(/url or worker, not both/);
    await expect(spawn({} as never, { worker })).rejects.toThrow(/expected a model/);
    await expect(spawn(sequential([dense(1)]), { worker })).rejects.toThrow(StateError);
    expect(made).toEqual([]);
    await expect(spawn(here, { worker: 5 as never })).rejects.toThrow(/worker must be a Worker/);
  });

  test('a worker that does not start', async () => {
    using here = classifier();
    const error = await rejection(spawn(here, { url: scripts.url('absent') }));
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toMatch(/did not start: Cannot find module.*wasmgrad\/worker-host/);
    await expect(spawn(here, { url: 'no/path.js' })).rejects.toThrow(/did not start/);
  });

  test('a worker of another version says so', async () => {
    using here = classifier();
    const error = await rejection(spawn(here, { url: scripts.url('oldWorker') }));
    expect(error).toBeInstanceOf(RuntimeError);
    expect((error as Error).message).toMatch(/runs wasmgrad 99\.0\.0.*one installation/);
  });
});

describe('the end', () => {
  test('terminate rejects what runs and every later call', async () => {
    using here = classifier();
    const there = await start(here);
    const running = there.fit(x, y, {
      epochs: 1e7,
      callbacks: [{ onEpochEnd: (epoch) => void (epoch === 1 && there.terminate()) }],
    });
    expect(await rejection(running)).toBeInstanceOf(StateError);
    await expect(there.predict(x)).rejects.toThrow(/predict: the worker was terminated/);
    there.terminate();
  });

  test('several models in a worker; dispose frees one', async () => {
    using here = classifier();
    using second = classifier(4);
    const first = await start(here);
    const other = await start(second, { beside: first });
    const [a, b] = await Promise.all([first.predict(x), other.predict(x)]);
    expect(a.data).toEqual((await here.predict(x)).data);
    expect(b.data).toEqual((await second.predict(x)).data);
    await first.dispose();
    await expect(first.predict(x)).rejects.toThrow(/the model was disposed/);
    await other.predict(x);
    await expect(start(here, { beside: other, threads: 2 })).rejects.toThrow(/threads is settled/);
    other.terminate();
    await expect(first.summary()).rejects.toThrow(StateError);
  });

  test('a worker that ends by itself rejects what runs', async () => {
    using here = classifier();
    const worker = new Worker(scripts.url('worker-host'));
    const there = await start(here, { worker: () => worker });
    const running = rejection(there.fit(x, y, { epochs: 1e7 }));
    await worker.terminate();
    expect(await running).toBeInstanceOf(RuntimeError);
  });
});
