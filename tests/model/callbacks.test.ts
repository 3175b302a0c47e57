// Callbacks: their order and what they are told, stop(), errors thrown in them, history and printed lines.

import { describe, expect, test, vi } from 'vitest';
import { dense, log, sequential, type Callback, type History, type Model } from '../../bindings/index.js';
import { drawSamples, frozenNet, hashOf, meanSquaredErrorReference, predictReference } from './support.js';

const { x, y } = drawSamples(10, 3);

const makeNet = (): Model => {
  const net = sequential([dense(3, { activation: 'tanh', inputShape: [3] }), dense(1)], { seed: 2 });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  return net;
};

/** Notes every call as `name of event` with what tells them apart. */
const recorder = (events: string[], name = ''): Callback => ({
  onTrainBegin: () => void events.push(`${name}trainBegin`),
  onEpochBegin: (epoch) => void events.push(`${name}epochBegin ${epoch}`),
  onBatchEnd: (batch) => void events.push(`${name}batchEnd ${batch}`),
  onEpochEnd: (epoch) => void events.push(`${name}epochEnd ${epoch}`),
  onTrainEnd: () => void events.push(`${name}trainEnd`),
});

const epochEvents = (epoch: number, batches = 3): string[] => [
  `epochBegin ${epoch}`,
  ...Array.from({ length: batches }, (_, i) => `batchEnd ${i}`),
  `epochEnd ${epoch}`,
];

describe('what callbacks see', () => {
  test('every event in order, the last batch included; epochs go from initialEpoch to epochs', async () => {
    const events: string[] = [];
    using net = makeNet();
    const history = await net.fit(x, y, { initialEpoch: 2, epochs: 4, batchSize: 4, callbacks: [recorder(events)] });
    expect(events).toEqual(['trainBegin', ...epochEvents(2), ...epochEvents(3), 'trainEnd']);
    expect(history.epoch).toEqual([2, 3]);
    expect(history.history['loss']).toHaveLength(2);
    const none = await net.fit(x, y, { initialEpoch: 4, epochs: 4 });
    expect(none).toEqual({ epoch: [], history: {} });
  });

  test('several in their order, awaited one after the other', async () => {
    const events: string[] = [];
    const slow: Callback = {
      async onEpochEnd() {
        events.push('slow starts');
        await new Promise((resolve) => setTimeout(resolve, 5));
        events.push('slow ends');
      },
    };
    const quick: Callback = { onEpochEnd: () => void events.push('quick') };
    using net = makeNet();
    await net.fit(x, y, { epochs: 2, callbacks: [slow, quick] });
    expect(events).toEqual(['slow starts', 'slow ends', 'quick', 'slow starts', 'slow ends', 'quick']);
  });

  test('the loss of each step, the figures so far, and those of the epoch with validation', async () => {
    using net = frozenNet(3, 1, { metrics: ['meanSquaredError'] });
    const predicted = predictReference(net, x, 3);
    const lossOf = (begin: number, end: number) =>
      meanSquaredErrorReference(y.subarray(begin, end), predicted.slice(begin, end));
    const steps: number[] = [];
    const progress: [number, number, number | undefined][] = [];
    const figures: number[] = [];
    let epochLogs: Record<string, number> = {};
    let told: unknown;
    const callback: Callback = {
      onBatchEnd: (_, logs) => void steps.push(logs['loss']!),
      onProgress({ epoch, samples, totalSamples, logs }) {
        progress.push([epoch, samples, totalSamples]);
        figures.push(logs['meanSquaredError']!);
      },
      onEpochEnd: (_, logs) => void (epochLogs = logs),
      onTrainEnd: (history, context) => void (told = { history, context }),
    };
    const history = await net.fit(x, y, {
      batchSize: 4,
      shuffle: false,
      callbacks: [callback],
      validationData: { x: x.subarray(0, 6), y: y.subarray(0, 2) },
    });
    const near = (got: readonly number[], expected: readonly number[]) =>
      got.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    expect(steps).toHaveLength(3);
    near(steps, [lossOf(0, 4), lossOf(4, 8), lossOf(8, 10)]);
    expect(progress).toEqual([
      [0, 4, 10],
      [0, 8, 10],
      [0, 10, 10],
    ]);
    near(figures, [lossOf(0, 4), lossOf(0, 8), lossOf(0, 10)]);
    expect(Object.keys(epochLogs)).toEqual(['loss', 'meanSquaredError', 'val_loss', 'val_meanSquaredError']);
    near([epochLogs['loss']!, epochLogs['val_loss']!], [lossOf(0, 10), lossOf(0, 2)]);
    const { history: toldHistory, context } = told as { history: History; context: Record<string, unknown> };
    expect(toldHistory).toBe(history);
    expect(history.history).toEqual(Object.fromEntries(Object.entries(epochLogs).map(([k, v]) => [k, [v]])));
    expect(context).toMatchObject({ model: net, epochs: 1, batchSize: 4 });
  });

  test('a model that they can evaluate, predict with and change', async () => {
    using net = makeNet();
    using plain = makeNet();
    const losses: number[] = [];
    const onEpochEnd: Callback['onEpochEnd'] = async (_, __, { model }) => {
      losses.push((await model.evaluate(x, y))['loss']!);
      model.predictSync(x);
    };
    const { history } = await net.fit(x, y, { epochs: 3, callbacks: [{ onEpochEnd }], validationData: { x, y } });
    expect(losses).toEqual(history['val_loss']);
    await plain.fit(x, y, { epochs: 3 });
    expect(hashOf(net)).toBe(hashOf(plain));
    const onTrainEnd: Callback['onTrainEnd'] = (_, { model }) => model.setParameters({ 'dense_2/bias': [42] });
    await net.fit(x, y, { callbacks: [{ onTrainEnd }] });
    expect([...net.parameters()['dense_2/bias']!]).toEqual([42]);
  });
});

describe('stop', () => {
  test.each([
    ['after the batch', { onBatchEnd: (batch: number) => batch === 1 }, ['batchEnd 0', 'batchEnd 1'], 2],
    ['after the epoch', { onEpochEnd: () => true }, ['batchEnd 0', 'batchEnd 1', 'batchEnd 2'], 3],
  ] as const)(
    'ends training %s, with an end of the epoch, a history and onTrainEnd',
    async (_, when, batches, steps) => {
      const events: string[] = [];
      const stopper: Callback = {
        ...('onBatchEnd' in when && {
          onBatchEnd: (batch, __, { stop }) => (when.onBatchEnd(batch) ? stop() : undefined),
        }),
        ...('onEpochEnd' in when && { onEpochEnd: (__, ___, { stop }) => stop() }),
      };
      using net = makeNet();
      using expected = makeNet();
      const options = { batchSize: 4, shuffle: false, epochs: 5 };
      const history = await net.fit(x, y, { ...options, callbacks: [recorder(events), stopper] });
      expect(events).toEqual(['trainBegin', 'epochBegin 0', ...batches, 'epochEnd 0', 'trainEnd']);
      expect(history.epoch).toEqual([0]);
      expect(net.step).toBe(steps);
      const seen = Math.min(4 * steps, 10);
      const first = await expected.fit(x.subarray(0, 3 * seen), y.subarray(0, seen), { ...options, epochs: 1 });
      expect(history.history['loss']).toEqual(first.history['loss']);
      expect(hashOf(net)).toBe(hashOf(expected));
    },
  );

  test('before the first epoch trains nothing', async () => {
    using net = makeNet();
    const history = await net.fit(x, y, { epochs: 3, callbacks: [{ onTrainBegin: ({ stop }) => stop() }] });
    expect(history.epoch).toEqual([]);
    expect(net.step).toBe(0);
  });
});

describe('a callback that throws', () => {
  test.each(['onTrainBegin', 'onEpochBegin', 'onBatchEnd', 'onProgress', 'onEpochEnd', 'onTrainEnd'] as const)(
    '%s: fit rejects with it; the weights are those of the last finished step, and the model goes on',
    async (method) => {
      using net = makeNet();
      using expected = makeNet();
      let calls = 0;
      const cause = new RangeError('enough');
      const failing = {
        [method]() {
          if (++calls === 2 || method.startsWith('onTrain')) throw cause;
        },
      } as Callback;
      const each: Callback = { onBatchEnd: () => undefined };
      const options = { batchSize: 4, shuffle: false };
      await expect(net.fit(x, y, { ...options, epochs: 2, callbacks: [each, failing] })).rejects.toBe(cause);
      const steps = { onTrainBegin: 0, onEpochBegin: 3, onBatchEnd: 2, onProgress: 2, onEpochEnd: 6, onTrainEnd: 6 }[
        method
      ];
      expect(net.step).toBe(steps);
      for (let done = 0; done < steps; done += 3) {
        const samples = Math.min(10, 4 * (steps - done));
        await expected.fit(x.subarray(0, 3 * samples), y.subarray(0, samples), options);
      }
      expect(hashOf(net)).toBe(hashOf(expected));
      await net.fit(x, y, options);
      await expected.fit(x, y, options);
      expect(hashOf(net)).toBe(hashOf(expected));
    },
  );
});

describe('printed lines', () => {
  const line = (epoch: number, epochs: number) =>
    new RegExp(`^epoch ${epoch}/${epochs}  \\d+\\.\\d s  loss \\d+\\.\\d{4}  val_loss \\d+\\.\\d{4}$`);

  test('log writes one an epoch, with its number, the seconds and the figures', async () => {
    const lines: string[] = [];
    using net = makeNet();
    await net.fit(x, y, { epochs: 3, validationSplit: 0.2, callbacks: [log((text) => lines.push(text))] });
    expect(lines).toHaveLength(3);
    lines.forEach((text, i) => expect(text).toMatch(line(i + 1, 3)));
  });

  test('verbose prints the same to the console; without it nothing is printed', async () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      using net = makeNet();
      await net.fit(x, y, { epochs: 2 });
      expect(print).not.toHaveBeenCalled();
      await net.fit(x, y, { epochs: 2, verbose: true, validationData: { x, y } });
      expect(print.mock.calls.map(([text]) => text as string)).toEqual([
        expect.stringMatching(line(1, 2)),
        expect.stringMatching(line(2, 2)),
      ]);
    } finally {
      print.mockRestore();
    }
  });
});
