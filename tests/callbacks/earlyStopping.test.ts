// Early stopping: when it ends training, what it remembers, and that the best weights come back byte by byte.

import { describe, expect, test } from 'vitest';
import {
  batchNormalization,
  dense,
  earlyStopping,
  generalizationLoss,
  OptionError,
  progressQuotient,
  sequential,
  type Callback,
  type EarlyStoppingOptions,
  type Model,
} from '../../bindings/index.js';
import { drawSamples, expectError, hashOf } from '../model/support.js';
import { drive, figures, inject } from './support.js';

const epochsOf = async (options: EarlyStoppingOptions, values: readonly number[]): Promise<number> => {
  const monitor = options.monitor ?? 'val_loss';
  return (await drive(earlyStopping(options), figures(monitor, values))).epochs;
};

describe('patience', () => {
  // Improvements after epochs 1, 2, 5; then none.
  const values = [5, 4, 4.5, 4, 3, 3, 3.5, 3.2, 3.1];

  test.each([
    [0, 3],
    [1, 3],
    [2, 4],
    [3, 8],
    [4, 9],
    [5, 9],
  ])('%i ends after %i epochs', async (patience, epochs) => {
    expect(await epochsOf({ patience }, values)).toBe(epochs);
  });

  test.each([
    // 5, 4 (by 1), 3 (by 1): not more than 1, so only the first counts until 3 < 5 - 1.
    [0.99, 3, 8],
    [1, 3, 4],
    [1, 4, 9],
  ])('minDelta %f, patience %i: %i epochs', async (minDelta, patience, epochs) => {
    expect(await epochsOf({ minDelta, patience }, values)).toBe(epochs);
  });

  test('minDelta compares with the best, so that many small steps add up', async () => {
    const callback = earlyStopping({ minDelta: 0.25, patience: 3 });
    await drive(callback, figures('val_loss', [1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25]));
    expect(callback).toMatchObject({ best: 0.25, bestEpoch: 6, stoppedEpoch: undefined });
  });

  test('the baseline must be beaten within patience, and improvements below it do not count', async () => {
    expect(await epochsOf({ baseline: 2, patience: 3 }, [5, 4, 3, 2.5])).toBe(3);
    expect(await epochsOf({ baseline: 3.5, patience: 3 }, [5, 4, 3, 3, 3, 3, 3])).toBe(6);
  });

  test('epochs before startFromEpoch are neither best nor counted', async () => {
    const callback = earlyStopping({ startFromEpoch: 3, patience: 2 });
    const { epochs } = await drive(callback, figures('val_loss', [0, 1, 2, 5, 4, 6, 7, 8]));
    expect(epochs).toBe(7);
    expect(callback).toMatchObject({ best: 4, bestEpoch: 4, stoppedEpoch: 6 });
  });

  test('a NaN is no improvement, and leaves no trace in the average', async () => {
    expect(await epochsOf({ patience: 2 }, [NaN, NaN, 1])).toBe(2);
    const callback = earlyStopping({ patience: 3, smoothing: 0.5 });
    await drive(callback, figures('val_loss', [4, NaN, 2, 2]));
    // (0.25 * 4 + 0.5 * 2) / 0.75, then (0.125 * 4 + 0.25 * 2 + 0.5 * 2) / 0.875.
    expect(callback.best).toBeCloseTo(2 / 0.875, 12);
  });

  test('a second run starts anew', async () => {
    const callback = earlyStopping({ patience: 2 });
    for (let run = 0; run < 2; run++) {
      expect((await drive(callback, figures('val_loss', [3, 2, 4, 4, 4]))).epochs).toBe(4);
      expect(callback).toMatchObject({ best: 2, bestEpoch: 1, stoppedEpoch: 3 });
    }
  });
});

describe('the way that is better', () => {
  test.each([
    ['val_loss', [1, 2]],
    ['dataLoss', [1, 2]],
    ['out_1_loss', [1, 2]],
    ['val_meanAbsoluteError', [1, 2]],
    ['val_mse', [1, 2]],
    ['val_huber', [1, 2]],
    ['val_accuracy', [2, 1]],
    ['val_binaryAccuracy', [2, 1]],
    ['out_2_f1', [2, 1]],
    ['train_rocAuc', [2, 1]],
  ])('%s by its name', async (monitor, values) => {
    expect(await epochsOf({ monitor, patience: 1 }, [...values, 0, 0, 0])).toBe(2);
  });

  test('by mode for any name; auto refuses what it does not know', async () => {
    expect(await epochsOf({ monitor: 'reward', mode: 'max' }, [1, 2, 3, 2])).toBe(4);
    expect(await epochsOf({ monitor: 'val_accuracy', mode: 'min' }, [3, 2, 1, 2])).toBe(4);
    await expectError(() => earlyStopping({ monitor: 'reward' }), OptionError, 'INVALID_OPTION', "'reward'", 'mode');
  });
});

describe('smoothing', () => {
  test('the average with bias correction is watched', async () => {
    // beta 0.5: m = 4; (1 + 1) / 0.75 = 8/3; (0.5 + 0.5 + 3) / 0.875 = 32/7; ...
    const callback = earlyStopping({ smoothing: 0.5, patience: 9 });
    await drive(callback, figures('val_loss', [4, 2, 6]));
    expect(callback.best).toBeCloseTo(8 / 3, 12);
    expect(callback.bestEpoch).toBe(1);
  });

  test('a lucky epoch is not the end', async () => {
    const values = [4, 3.8, 2.6, 3.2, 3, 2.8, 2.7, 2.65];
    expect(await epochsOf({ patience: 3 }, values)).toBe(6);
    expect(await epochsOf({ patience: 3, smoothing: 0.5 }, values)).toBe(8);
  });

  test('covers the warm-up too', async () => {
    const callback = earlyStopping({ smoothing: 0.5, startFromEpoch: 1, patience: 9 });
    await drive(callback, figures('val_loss', [4, 2]));
    expect(callback.best).toBeCloseTo(8 / 3, 12);
  });
});

describe('criteria', () => {
  test('stop in place of patience; best goes on as before', async () => {
    const callback = earlyStopping({ criterion: generalizationLoss({ alpha: 30 }) });
    const { epochs } = await drive(callback, figures('val_loss', [2, 1, 1.25, 1.25, 1.25, 1.5, 1]));
    expect(epochs).toBe(6);
    expect(callback).toMatchObject({ best: 1, bestEpoch: 1, stoppedEpoch: 5 });
  });

  test('progressQuotient reads the figure of training too', async () => {
    const logs = [2, 1, 9, 1.5].map((value, i) => ({ loss: [8, 6, 4, 2][i]!, val_loss: value }));
    const stop = (alpha: number) => drive(earlyStopping({ criterion: progressQuotient({ alpha, strip: 2 }) }), logs);
    expect((await stop(0.05)).epochs).toBe(4);
    const callback = earlyStopping({ monitor: 'loss', criterion: progressQuotient() });
    await expectError(() => drive(callback, logs), OptionError, 'INVALID_OPTION', 'val_loss');
  });

  test('the warm-up is no part of the course', async () => {
    const criterion = generalizationLoss({ alpha: 30 });
    expect(await epochsOf({ criterion, startFromEpoch: 2 }, [1, 2, 2, 2, 2, 3])).toBe(6);
  });

  test('one of your own', async () => {
    const criterion = { name: 'below 1', isDue: ({ values }: { values: readonly number[] }) => values.at(-1)! < 1 };
    expect(await epochsOf({ criterion }, [3, 4, 5, 0.5, 0])).toBe(4);
  });

  test('errors only: below 0 and figures that rise are refused', async () => {
    const criterion = generalizationLoss();
    await expectError(() => epochsOf({ criterion }, [1, -1]), OptionError, 'INVALID_OPTION', '-1', 'below 0');
    const make = () => earlyStopping({ monitor: 'val_accuracy', criterion });
    await expectError(make, OptionError, 'INVALID_OPTION', 'val_accuracy', 'loss');
  });
});

describe('restoreBest', () => {
  const { x, y } = drawSamples(24, 3);
  const makeNet = (): Model => {
    const layers = [dense(4, { inputShape: [3] }), batchNormalization(), dense(1)];
    const net = sequential(layers, { seed: 5 });
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    return net;
  };
  const noteHashes = (hashes: string[]): Callback => ({
    onEpochEnd: (_, __, { model }) => void hashes.push(hashOf(model)),
  });

  test.each([
    ['stopped', [3, 1, 2, 2, 2], 4],
    ['out of epochs', [3, 1, 2], 3],
    ['best at the end', [3, 2, 1], 3],
    ['best at the start', [1, 2, 3, 4, 5], 3],
  ])('gives the bytes of the best epoch, moving moments too: %s', async (_, values, epochs) => {
    using net = makeNet();
    const hashes: string[] = [];
    const stopping = earlyStopping({ monitor: 'score', mode: 'min', patience: 2, restoreBest: true });
    const callbacks = [inject('score', values), stopping, noteHashes(hashes)];
    const history = await net.fit(x, y, { epochs: values.length, batchSize: 8, callbacks });
    expect(history.epoch).toHaveLength(epochs);
    expect(Object.keys(net.parameters()).filter((path) => path.includes('moving'))).toHaveLength(2);
    expect(new Set(hashes).size).toBe(epochs);
    expect(hashOf(net)).toBe(hashes[values.indexOf(1)]);
    expect(stopping.bestEpoch).toBe(values.indexOf(1));
  });

  test('without it the last weights stay', async () => {
    using net = makeNet();
    const hashes: string[] = [];
    const stopping = earlyStopping({ monitor: 'score', mode: 'min' });
    await net.fit(x, y, { epochs: 3, callbacks: [inject('score', [1, 2, 3]), stopping, noteHashes(hashes)] });
    expect(hashOf(net)).toBe(hashes.at(-1));
    expect(hashes).toHaveLength(2);
  });

  test('the loss of validation comes back with the weights', async () => {
    using net = makeNet();
    const validation = drawSamples(12, 3, 1, 9);
    const stopping = earlyStopping({ patience: 3, restoreBest: true });
    await net.fit(x, y, { epochs: 40, callbacks: [stopping], validationData: validation });
    expect((await net.evaluate(validation.x, validation.y))['loss']).toBe(stopping.best);
  });
});

describe('wrong options', () => {
  test.each([
    [{ patience: -1 }, 'patience'],
    [{ patience: 1.5 }, 'patience'],
    [{ minDelta: -1 }, 'minDelta'],
    [{ smoothing: 1 }, 'smoothing'],
    [{ startFromEpoch: -1 }, 'startFromEpoch'],
    [{ baseline: NaN }, 'baseline'],
    [{ mode: 'up' }, 'mode'],
    [{ monitor: '' }, 'monitor'],
    [{ criterion: 'GL' }, 'criterion'],
    [{ criterion: generalizationLoss(), patience: 3 }, 'not both'],
    [{ patiense: 3 }, "mean 'patience'"],
  ])('%j', async (options, words) => {
    const make = () => earlyStopping(options as EarlyStoppingOptions);
    await expectError(make, OptionError, 'INVALID_OPTION', 'earlyStopping', words);
  });

  test('a figure that is not there: the error lists those that are', async () => {
    const run = (logs: Record<string, number>) => drive(earlyStopping({ monitor: 'val_loss' }), [logs]);
    const code = 'INVALID_OPTION';
    await expectError(
      () => run({ loss: 1, accuracy: 1 }),
      OptionError,
      code,
      "'val_loss'",
      'validationSplit',
      'loss, accuracy',
    );
    await expectError(() => run({ loss: 1, val_los: 1 }), OptionError, code, "mean 'val_los'", 'loss, val_los');
  });
});
