// Augmentation in training: what a step sees is what augmentSamples tells, however the data are read.

import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  add,
  dense,
  DTypeError,
  embedding,
  flatten,
  globalAveragePooling1d,
  input,
  layer,
  mixup,
  model,
  OptionError,
  randomBrightness,
  randomElasticTransform,
  randomGaussianNoise,
  randomJitter,
  randomRotation,
  randomTimeWarping,
  sequential,
  sgd,
  ShapeError,
  augmentSamples,
  type Augmentation,
  type FitOptions,
  type Model,
} from '../../bindings/index.js';
import { Trainer } from '../../bindings/model/trainer.js';
import { drawValues, expectError, hashOf } from '../model/support.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const COUNT = 23;
const SIDE = 6;
const SIZE = SIDE * SIDE;
const SEED = 2 ** 33 + 9;
const x = { data: drawValues(COUNT * SIZE, 1), shape: [COUNT, SIDE, SIDE, 1] };
const y = drawValues(COUNT * 2, 2);
const LIST = [
  randomRotation(),
  randomElasticTransform({ alpha: 3, sigma: 2 }),
  randomGaussianNoise(),
  randomBrightness(),
];

function makeNet(mix?: ReturnType<typeof mixup>): Model {
  const net = sequential([flatten({ inputShape: [SIDE, SIDE, 1] }), dense(2)], { seed: SEED });
  net.compile({ optimizer: sgd({ learningRate: 0.05 }), loss: 'meanSquaredError', ...(mix && { mix }) });
  return net;
}

async function trained(run: (net: Model) => Promise<unknown>, mix?: ReturnType<typeof mixup>): Promise<string> {
  using net = makeNet(mix);
  await run(net);
  return hashOf(net);
}

/** Trains epochs 2 and 3 on data that were augmented beforehand. */
const byHand = (options: FitOptions, mix?: ReturnType<typeof mixup>) =>
  trained(async (net) => {
    for (const epoch of [2, 3]) {
      const augmented = augmentSamples(x, LIST, { seed: SEED, epoch });
      await net.fit(augmented, y, { ...options, initialEpoch: epoch, epochs: epoch + 1 });
    }
  }, mix);

describe('a step sees the samples of its epoch', () => {
  const ways: [string, FitOptions][] = [
    ['shuffled, with a smaller last batch', { batchSize: 5 }],
    ['in order', { batchSize: 5, shuffle: false }],
    ['one by one', { batchSize: 1 }],
    ['all at once', { batchSize: COUNT }],
    ['step by step', { batchSize: 4, callbacks: [{ onBatchEnd: () => undefined }] }],
  ];
  test.each(ways)('%s', async (_, options) => {
    const expected = await byHand(options);
    const inside = { ...options, augment: LIST, initialEpoch: 2, epochs: 4 };
    expect(await trained((net) => net.fit(x, y, inside))).toBe(expected);
    vi.spyOn(Trainer.prototype, 'fits').mockReturnValue(false);
    expect(await trained((net) => net.fit(x, y, inside))).toBe(expected);
  });

  test('of a stream, by their place in it', async () => {
    const cut = (begin: number, end: number) => ({
      x: { data: x.data.subarray(begin * SIZE, end * SIZE), shape: [end - begin, SIDE, SIDE, 1] },
      y: y.subarray(begin * 2, end * 2),
    });
    const batches = [cut(0, 7), cut(7, 10), cut(10, 17), cut(17, COUNT)];
    const streamed = await trained((net) => net.fit(batches, { augment: LIST, initialEpoch: 2, epochs: 4 }));
    const expected = await trained(async (net) => {
      for (const epoch of [2, 3]) {
        const { data } = augmentSamples(x, LIST, { seed: SEED, epoch });
        let at = 0;
        const augmented = batches.map((batch) => {
          const { shape } = batch.x;
          const part = data.subarray(at * SIZE, (at += shape[0]!) * SIZE);
          return { ...batch, x: { data: part, shape } };
        });
        await net.fit(augmented, { initialEpoch: epoch, epochs: epoch + 1 });
      }
    });
    expect(streamed).toBe(expected);
  });

  test('before samples are mixed', async () => {
    const inside = trained((net) => net.fit(x, y, { augment: LIST, initialEpoch: 2, epochs: 4 }), mixup());
    expect(await inside).toBe(await byHand({}, mixup()));
  });

  test('as bytes too', async () => {
    const bytes = Uint8Array.from({ length: COUNT * SIZE }, (_, i) => (i * 37) % 256);
    const wide = { data: Float32Array.from(bytes), shape: x.shape };
    const run = (data: typeof x | { data: Uint8Array; shape: number[] }) =>
      trained((net) => net.fit(data, y, { augment: [randomRotation()], epochs: 1 }));
    expect(await run({ data: bytes, shape: x.shape })).toBe(await run(wide));
  });
});

test('validation data and evaluated training data are not augmented', async () => {
  using net = makeNet();
  net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
  const options = { augment: LIST, validationData: { x, y }, evaluateTraining: true };
  const { history } = await net.fit(x, y, options);
  const { loss } = await net.evaluate(x, y);
  expect(history.val_loss).toEqual([loss]);
  expect(history.train_loss).toEqual([loss]);
  expect(history.loss![0]).not.toBe(loss);
});

describe('models with several inputs', () => {
  const makeTwo = () => {
    const a = input({ shape: [4], name: 'a' });
    const b = input({ shape: [4], name: 'b' });
    const net = model({ inputs: [a, b], outputs: dense(1)(add()([a, b])) });
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError' });
    return net;
  };

  test('by the name of the input', async () => {
    using net = makeTwo();
    const data = { a: drawValues(8, 1), b: drawValues(8, 2) };
    const plain = (await net.fit(data, Float32Array.of(1, 2))).history.loss;
    const noisy = (await net.fit(data, Float32Array.of(1, 2), { augment: { b: [randomJitter()] } })).history.loss;
    expect(noisy).not.toEqual(plain);
    expect((await net.fit(data, Float32Array.of(1, 2), { augment: { b: [] } })).history.loss).toEqual(plain);
    await expectError(() => net.fit(data, Float32Array.of(1, 2), { augment: [randomJitter()] }), OptionError, 'INVALID_OPTION', 'name the inputs', 'a, b'); // prettier-ignore
    await expectError(
      () => net.fit(data, Float32Array.of(1, 2), { augment: { c: [] } }),
      OptionError,
      'INVALID_OPTION',
      "'c'",
    );
  });
});

describe('what is refused, before anything is trained', () => {
  test('flat samples, with the fix', async () => {
    using net = sequential([dense(2, { inputShape: [SIZE] })]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const fit = () => net.fit(x.data, y, { augment: [randomRotation()] });
    await expectError(
      fit,
      ShapeError,
      'SHAPE_MISMATCH',
      'images [height, width]',
      'got samples of shape [36]',
      'flatten()',
    );
    expect(net.step).toBe(0);
  });

  test('indices', async () => {
    using net = sequential([embedding(5, 2, { inputShape: [3] }), globalAveragePooling1d(), dense(1)]);
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const fit = () => net.fit(Int32Array.of(1, 2, 3), [1], { augment: [randomTimeWarping()] });
    await expectError(fit, DTypeError, 'DTYPE_MISMATCH', 'expected numbers, got int32', 'textAugmenter');
  });

  test.each<[string, unknown]>([
    ['a name', ['randomRotation']],
    ['a layer', [layer]],
    ['nothing', [undefined]],
  ])('%s in place of an augmentation', async (_, augment) => {
    using net = makeNet();
    const fit = () => net.fit(x, y, { augment: augment as Augmentation[] });
    await expectError(
      fit,
      OptionError,
      'INVALID_OPTION',
      'augment must be a list of augmentations such as randomRotation',
    );
  });
});
