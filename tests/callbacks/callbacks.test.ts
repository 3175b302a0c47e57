// Checkpoints, schedules by epoch, the time limit, and the peaceful end at a NaN.

import { describe, expect, test, vi } from 'vitest';
import {
  dense,
  earlyStopping,
  learningRateScheduler,
  modelCheckpoint,
  NotFiniteError,
  OptionError,
  reduceOnPlateau,
  sequential,
  sgd,
  terminateOnNaN,
  timeLimit,
  type Checkpoint,
  type Model,
  type Tensor,
} from '../../bindings/index.js';
import { drawSamples, expectError, hashOf } from '../model/support.js';
import { drive, figures, inject } from './support.js';

const { x, y } = drawSamples(12, 2);
const makeNet = (learningRate = 0.05): Model => {
  const net = sequential([dense(3, { activation: 'tanh', inputShape: [2] }), dense(1)], { seed: 4 });
  net.compile({ optimizer: sgd({ learningRate }), loss: 'meanSquaredError' });
  return net;
};

describe('modelCheckpoint', () => {
  const savedEpochs = async (options: object, values: readonly number[]): Promise<number[]> => {
    const epochs: number[] = [];
    using net = makeNet();
    net.parameters();
    const callback = modelCheckpoint({ save: ({ epoch }: Checkpoint) => void epochs.push(epoch), ...options });
    await drive(callback, figures('val_loss', values), net);
    return epochs;
  };

  test.each([
    [{}, [0, 1, 2, 3, 4, 5]],
    [{ every: 2 }, [1, 3, 5]],
    [{ saveBestOnly: true }, [0, 1, 3]],
    [{ saveBestOnly: true, mode: 'max' }, [0, 4]],
    [{ saveBestOnly: true, every: 2 }, [1, 3]],
    [{ saveBestOnly: true, initialBest: 2 }, [3]],
  ])('%j', async (options, epochs) => {
    expect(await savedEpochs(options, [3, 2, 2, 1, 5, NaN])).toEqual(epochs);
  });

  test('gives the weights as they were, and waits until they are saved', async () => {
    using net = makeNet();
    const saved: Checkpoint[] = [];
    const hashes: string[] = [];
    let isSaving = false;
    const save = async (checkpoint: Checkpoint) => {
      isSaving = true;
      hashes.push(hashOf(checkpoint.model));
      await new Promise((resolve) => setTimeout(resolve, 2));
      saved.push(checkpoint);
      isSaving = false;
    };
    const onEpochBegin = () => expect(isSaving).toBe(false);
    const { history } = await net.fit(x, y, { epochs: 3, callbacks: [modelCheckpoint({ save }), { onEpochBegin }] });
    expect(saved.map(({ logs }) => logs['loss'])).toEqual(history['loss']);
    saved.forEach(({ weights }, i) => {
      net.setParameters(weights);
      expect(hashOf(net)).toBe(hashes[i]);
    });
    expect(new Set(hashes).size).toBe(3);
  });

  test('wrong options', async () => {
    const code = 'INVALID_OPTION';
    await expectError(() => modelCheckpoint({ save: 'x' as never }), OptionError, code, 'save');
    await expectError(() => modelCheckpoint({ save: () => 0, every: 0 }), OptionError, code, 'every');
    const run = () => drive(modelCheckpoint({ save: () => 0, saveBestOnly: true }), [{ loss: 1 }]);
    await expectError(run, OptionError, code, 'val_loss', 'There are: loss');
  });
});

describe('learningRateScheduler', () => {
  test('sets the rate before each epoch', async () => {
    using net = makeNet(0.5);
    using expected = makeNet(0.5);
    const seen: [number, number][] = [];
    const schedule = (epoch: number, rate: number) => {
      seen.push([epoch, rate]);
      return rate / 2;
    };
    await net.fit(x, y, { epochs: 3, shuffle: false, callbacks: [learningRateScheduler(schedule)] });
    expect(seen).toEqual([
      [0, 0.5],
      [1, 0.25],
      [2, 0.125],
    ]);
    for (const rate of [0.25, 0.125, 0.0625]) {
      expected.optimizer.learningRate = rate;
      await expected.fit(x, y, { shuffle: false });
    }
    expect(hashOf(net)).toBe(hashOf(expected));
  });

  test('wrong rates, and an optimiser with a schedule, are told', async () => {
    using net = makeNet();
    const fit = (rate: number) => net.fit(x, y, { callbacks: [learningRateScheduler(() => rate)] });
    await expectError(() => fit(-1), OptionError, 'INVALID_OPTION', 'epoch 0', '-1');
    await expectError(() => fit(NaN), OptionError, 'INVALID_OPTION', 'NaN');
    net.compile({ optimizer: sgd({ learningRate: () => 0.1 }), loss: 'meanSquaredError' });
    await expectError(() => fit(1), OptionError, 'INVALID_OPTION', 'schedule of its own');
  });
});

test('reduceOnPlateau: rising figures by their names; Keras counts', async () => {
  using net = makeNet();
  const factors: number[] = [];
  const options = { monitor: 'val_accuracy', patience: 2, factor: 0.5, cooldown: 1, minDelta: 0.1, minimum: 0.3 };
  const values = [0.5, 0.7, 0.75, 0.7, 0.7, 0.7, 0.7, 0.9, 0.8, 0.8];
  await net.fit(x, y, {
    epochs: values.length,
    callbacks: [
      inject('val_accuracy', values),
      reduceOnPlateau({ ...options, convention: 'keras' }),
      { onEpochEnd: (_, __, { model }) => void factors.push(model.learningRateFactor) },
    ],
  });
  // Two bad epochs, the cooldown's end counts as bad, a second makes 0.25, held at 0.3.
  expect(factors).toEqual([1, 1, 1, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3, 0.3]);
});

describe('timeLimit', () => {
  test('ends after the step at which the time is over, and keeps its weights', async () => {
    const clock = vi.spyOn(performance, 'now');
    try {
      let now = 0;
      clock.mockImplementation(() => now);
      using net = makeNet();
      using expected = makeNet();
      const tick = { onBatchEnd: () => void (now += 1000) };
      const options = { batchSize: 4, shuffle: false };
      const history = await net.fit(x, y, { ...options, epochs: 9, callbacks: [tick, timeLimit({ seconds: 5 })] });
      expect(net.step).toBe(5);
      expect(history.epoch).toEqual([0, 1]);
      await expected.fit(x, y, options);
      await expected.fit(x.subarray(0, 16), y.subarray(0, 8), options);
      expect(hashOf(net)).toBe(hashOf(expected));
    } finally {
      clock.mockRestore();
    }
  });

  test('seconds must be above 0', async () => {
    await expectError(() => timeLimit({ seconds: 0 }), OptionError, 'INVALID_OPTION', 'seconds');
  });
});

describe('terminateOnNaN', () => {
  /** NaN as soon as a label is below 0. */
  const logarithmic = (yTrue: Tensor, yPred: Tensor): Tensor => yTrue.log().add(yPred.square());
  const batches = (bad: number) => {
    let epoch = 0;
    return () => {
      const isBad = epoch++ === bad;
      return [
        { x: x.subarray(0, 8), y: [1, 2, 3, 4] },
        { x: x.subarray(8, 16), y: [1, 2, 3, isBad ? -1 : 4] },
      ];
    };
  };
  const makeLogarithmic = (): Model => {
    const net = makeNet();
    net.compile({ optimizer: sgd({ learningRate: 0.05 }), loss: logarithmic });
    return net;
  };

  test('ends in peace with the finished epochs, the last finished step, and the end of training', async () => {
    using net = makeLogarithmic();
    const guard = terminateOnNaN();
    let ended = 0;
    const history = await net.fit(batches(2), { epochs: 5, callbacks: [guard, { onTrainEnd: () => void ended++ }] });
    expect(history.epoch).toEqual([0, 1]);
    expect(net.step).toBe(5);
    expect(ended).toBe(1);
    expect(guard.error).toBeInstanceOf(NotFiniteError);
    await net.fit(batches(9), { callbacks: [guard] });
    expect(guard.error).toBeUndefined();
  });

  test('the best weights are restored then', async () => {
    using net = makeLogarithmic();
    const hashes: string[] = [];
    const note = {
      onEpochEnd: (_: number, __: object, { model }: { model: Model }) => void hashes.push(hashOf(model)),
    };
    const stopping = earlyStopping({ monitor: 'score', mode: 'min', patience: 9, restoreBest: true });
    const callbacks = [inject('score', [1, 2, 3]), stopping, note, terminateOnNaN()];
    await net.fit(batches(2), { epochs: 5, callbacks });
    expect(hashOf(net)).toBe(hashes[0]);
  });

  test('other errors, and NaNs without it, still reject; every callback hears of them', async () => {
    using net = makeLogarithmic();
    const heard: unknown[] = [];
    const listener = { onError: (error: unknown) => void heard.push(error) };
    await expect(net.fit(batches(0), { callbacks: [listener] })).rejects.toThrow(NotFiniteError);
    const cause = new Error('mine');
    const failing = {
      onEpochEnd() {
        throw cause;
      },
    };
    await expect(net.fit(batches(9), { callbacks: [terminateOnNaN(), failing, listener] })).rejects.toBe(cause);
    expect(heard).toEqual([expect.any(NotFiniteError), cause]);
  });
});
