// What happens around an update: groups of parameters, noise, clipping, averages, and rates that depend on how it goes.

import { describe, expect, test } from 'vitest';
import {
  adam,
  adamw,
  dense,
  ema,
  lamb,
  lookahead,
  OptionError,
  reduceOnPlateau,
  sequential,
  sgd,
  StateError,
  swa,
  type Model,
  type Optimizer,
} from '../../bindings/index.js';
import { drawSamples, expectError, hashOf } from './support.js';

const { x, y } = drawSamples(32, 3);

const makeNet = (optimizer: Optimizer): Model => {
  const net = sequential([dense(5, { activation: 'tanh', inputShape: [3] }), dense(1, { name: 'out' })], { seed: 6 });
  net.compile({ optimizer, loss: 'meanSquaredError' });
  return net;
};

const weightsOf = (net: Model): Record<string, number[]> =>
  Object.fromEntries(Object.entries(net.parameters()).map(([path, values]) => [path, [...values]]));

async function trained(optimizer: Optimizer, epochs = 2) {
  using net = makeNet(optimizer);
  const before = weightsOf(net);
  await net.fit(x, y, { epochs, batchSize: 16 });
  const gradients = Object.fromEntries(Object.entries(net.gradients()).map(([path, values]) => [path, [...values]]));
  return { before, after: weightsOf(net), gradients, hash: hashOf(net) };
}

describe('groups', () => {
  test('a factor of 0 keeps its parameters, and the others train as if nothing was', async () => {
    for (const make of [sgd, adam, lamb]) {
      const options = { learningRate: 0.1 };
      const plain = await trained(make(options), 1);
      const grouped = await trained(
        make({ ...options, groups: [{ match: (path) => path === 'out/bias', learningRateFactor: 0 }] }),
        1,
      );
      expect(grouped.after['out/bias']).toEqual(grouped.before['out/bias']);
      expect(plain.after['out/bias']).not.toEqual(plain.before['out/bias']);
      expect(grouped.before).toEqual(plain.before);
    }
  });

  test('one update with a group is that of an optimiser with its settings', async () => {
    const step = async (optimizer: Optimizer) => {
      using net = makeNet(optimizer);
      await net.fit(x, y, { batchSize: 32 });
      return weightsOf(net);
    };
    const learningRate = 0.1;
    const grouped = await step(
      adamw({
        learningRate,
        weightDecay: 0.5,
        groups: [
          { match: /bias/, weightDecay: 0 },
          { match: /^out/, learningRateFactor: 0.5 },
        ],
      }),
    );
    const base = await step(adamw({ learningRate, weightDecay: 0.5 }));
    const undecayed = await step(adamw({ learningRate, weightDecay: 0 }));
    const halved = await step(adamw({ learningRate: learningRate / 2, weightDecay: 0.5 }));
    expect(grouped['dense_1/kernel']).toEqual(base['dense_1/kernel']);
    expect(grouped['dense_1/bias']).toEqual(undecayed['dense_1/bias']);
    expect(grouped['out/bias']).toEqual(undecayed['out/bias']);
    expect(grouped['out/kernel']).toEqual(halved['out/kernel']);
  });

  test('neighbours of one group share an update', () => {
    const updates = (optimizer: Optimizer) => {
      using net = makeNet(optimizer);
      return net
        .explain()
        .split('\n')
        .filter((line) => line.includes('sgdUpdate')).length;
    };
    expect(updates(sgd())).toBe(1);
    expect(updates(sgd({ groups: [{ match: /^out/, learningRateFactor: 2 }] }))).toBe(2);
    expect(updates(sgd({ groups: [{ match: /bias/, learningRateFactor: 2 }] }))).toBe(4);
    expect(updates(sgd({ clipNorm: 1 }))).toBe(4);
  });
});

describe('clipping', () => {
  const moved = ({ before, after }: Awaited<ReturnType<typeof trained>>, path: string) =>
    after[path]!.map((value, i) => before[path]![i]! - value);

  test('each parameter has its own norm, and a group another', async () => {
    const groups = [{ match: /^out/, clipNorm: 0.02 }];
    using net = makeNet(sgd({ learningRate: 1, clipNorm: 0.01, groups }));
    const before = weightsOf(net);
    await net.fit(x, y, { batchSize: 32 });
    const run = { before, after: weightsOf(net), gradients: {}, hash: '' };
    for (const path of Object.keys(before)) {
      const norm = Math.hypot(...moved(run, path));
      expect(norm, path).toBeCloseTo(path.startsWith('out') ? 0.02 : 0.01, 5);
    }
  });
});

describe('noise on gradients', () => {
  test('has the standard deviation of its update, the same for the same seed', async () => {
    using net = sequential([dense(400, { inputShape: [3], useBias: false })], { seed: 2 });
    const optimizer = sgd({ learningRate: 1, gradientNoise: { stddev: 0.5, decay: 2 } });
    // A loss without a slope: only the noise moves weights.
    net.compile({ optimizer, loss: (_, output) => output.mul(0) });
    const spreads: number[] = [];
    let last = weightsOf(net)['dense_1/kernel']!;
    const onBatchEnd = () => {
      const now = weightsOf(net)['dense_1/kernel']!;
      spreads.push(Math.hypot(...now.map((value, i) => value - last[i]!)) / Math.sqrt(now.length));
      last = now;
    };
    await net.fit(x, new Float32Array(32 * 400), { batchSize: 8, callbacks: [{ onBatchEnd }] });
    spreads.forEach((spread, t) => expect(spread / (0.5 / (1 + t))).toBeCloseTo(1, 1));
  });

  test('is the same again', async () => {
    const make = () => adam({ gradientNoise: { stddev: 0.1 }, globalClipNorm: 1 });
    expect((await trained(make())).hash).toBe((await trained(make())).hash);
    expect((await trained(make())).hash).not.toBe((await trained(adam({ globalClipNorm: 1 }))).hash);
  });
});

describe('averages', () => {
  /** Weights after every update. */
  async function path(optimizer: Optimizer) {
    const net = makeNet(optimizer);
    const steps: number[][] = [];
    const onBatchEnd = () => void steps.push(Object.values(weightsOf(net)).flat());
    await net.fit(x, y, { epochs: 3, batchSize: 8, callbacks: [{ onBatchEnd }] });
    return { net, steps };
  }
  const used = (net: Model) => net.useAveragedWeights(() => Object.values(weightsOf(net)).flat());
  const expectClose = (found: number[], expected: (i: number) => number) =>
    found.forEach((value, i) => expect(value).toBeCloseTo(expected(i), 5));

  test('swa: the mean of the sampled weights', async () => {
    const { net, steps } = await path(swa(adam({ learningRate: 0.05 }), { startStep: 4, everySteps: 3 }));
    expect(steps).toHaveLength(12);
    expectClose(await used(net), (i) => (steps[3]![i]! + steps[6]![i]! + steps[9]![i]!) / 3);
    net.dispose();
  });

  test('ema: recent weights count more, and training is the same without', async () => {
    const { net, steps } = await path(ema(sgd({ learningRate: 0.1 }), { decay: 0.8 }));
    const plain = await path(sgd({ learningRate: 0.1 }));
    expect(steps).toEqual(plain.steps);
    const shares = steps.map((_, t) => 0.2 * 0.8 ** (steps.length - 1 - t));
    const total = shares.reduce((sum, share) => sum + share, 0);
    expectClose(await used(net), (i) => steps.reduce((sum, step, t) => sum + shares[t]! * step[i]!, 0) / total);
    for (const { net: made } of [{ net }, plain]) made.dispose();
  });

  test('evaluate and predict use them, and the weights come back, even after an error', async () => {
    const { net } = await path(ema(adam({ learningRate: 0.1 }), { decay: 0.9 }));
    const before = hashOf(net);
    const own = await net.evaluate(x, y);
    const averaged = await net.useAveragedWeights(() => net.evaluate(x, y));
    expect(averaged.loss).not.toBe(own.loss);
    expect(hashOf(net)).toBe(before);
    await expect(net.useAveragedWeights(() => Promise.reject(new Error('stop')))).rejects.toThrow('stop');
    expect(hashOf(net)).toBe(before);
    net.keepAveragedWeights();
    expect(await net.evaluate(x, y)).toEqual(averaged);
    net.dispose();
  });

  test('there are none yet, none at all, or a fit begins within', async () => {
    using without = makeNet(adam());
    await expectError(() => without.useAveragedWeights(() => 1), StateError, 'INVALID_STATE', 'ema(...)');
    using early = makeNet(swa(sgd(), { startStep: 100 }));
    await early.fit(x, y);
    await expectError(() => early.keepAveragedWeights(), StateError, 'INVALID_STATE', 'nothing is averaged yet');
    const { net } = await path(ema(sgd()));
    const fit = () => net.useAveragedWeights(() => net.fit(x, y));
    await expectError(fit, StateError, 'INVALID_STATE', 'keepAveragedWeights');
    net.dispose();
  });

  test('lookahead: every k updates halfway back', async () => {
    const { net, steps } = await path(lookahead(sgd({ learningRate: 0.1 }), { k: 4, alpha: 0.25 }));
    const plain = await path(sgd({ learningRate: 0.1 }));
    expect(steps.slice(0, 3)).toEqual(plain.steps.slice(0, 3));
    using fresh = makeNet(sgd());
    const initial = Object.values(weightsOf(fresh)).flat();
    expectClose(steps[3]!, (i) => initial[i]! + 0.25 * (plain.steps[3]![i]! - initial[i]!));
    for (const { net: made } of [{ net }, plain]) made.dispose();
  });
});

describe('reduceOnPlateau', () => {
  test('lowers the rate of any schedule, as the rule says', async () => {
    const factors: number[] = [];
    using net = makeNet(sgd({ learningRate: () => 1e-12 }));
    const callbacks = [
      reduceOnPlateau({ monitor: 'loss', factor: 0.5, patience: 1, minDelta: 0.1 }),
      { onEpochEnd: () => void factors.push(net.learningRateFactor) },
    ];
    await net.fit(x, y, { epochs: 6, callbacks });
    expect(factors).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(net.learningRateFactor).toBe(1);
  });

  test('the factor scales the step', async () => {
    const moves = await Promise.all(
      [1, 0.5].map(async (factor) => {
        using net = makeNet(sgd({ learningRate: 0.125 * factor }));
        net.learningRateFactor = 1 / factor;
        await net.fit(x, y, { batchSize: 32 });
        return hashOf(net);
      }),
    );
    expect(moves[0]).toBe(moves[1]);
  });

  test('a figure that is not there', async () => {
    using net = makeNet(sgd());
    const fit = () => net.fit(x, y, { callbacks: [reduceOnPlateau()] });
    await expectError(fit, OptionError, 'INVALID_OPTION', 'val_loss', 'There are: loss');
    expect(() => reduceOnPlateau({ patience: -1 })).toThrow(OptionError);
  });
});
