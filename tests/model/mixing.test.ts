// Mixup and CutMix: what a step trains on, that only training is touched, and what is refused.

import { describe, expect, test } from 'vitest';
import {
  activation,
  add,
  cutmix,
  evaluateFunction,
  flatten,
  input,
  layer,
  mixup,
  model,
  OptionError,
  sequential,
  sgd,
  ShapeError,
  DTypeError,
  type Mixing,
} from '../../bindings/index.js';
import { partnersOf } from '../../bindings/data/mixing.js';
import { RandomSequence } from '../../bindings/runtime/random.js';
import { drawValues } from '../model/support.js';

test('the partner of a sample is the next one, also of integers', () => {
  const { a, b, alone } = evaluateFunction(
    ({ x, labels, one }) => ({ a: partnersOf(x), b: partnersOf(labels), alone: partnersOf(one) }),
    { x: [[1, 2], [3, 4], [5, 6]], labels: Int32Array.of(7, 8, 9), one: [[5]] }, // prettier-ignore
  );
  expect([...a.data]).toEqual([3, 4, 5, 6, 1, 2]);
  expect([...b.data]).toEqual([8, 9, 7]);
  expect([...alone.data]).toEqual([5]);
});

/** The loss of one training step of the identity, whose weights do not matter. */
async function trainingLoss(mix: Mixing | undefined, x: Float32Array, y: Float32Array, shape: number[]) {
  using net = sequential([activation('linear'), flatten()], { seed: 11 });
  net.build(shape);
  net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError', ...(mix && { mix }) });
  const { history } = await net.fit(x, y, { batchSize: x.length, shuffle: false });
  const logs = await net.evaluate(x, y);
  return { training: history.loss![0]!, evaluation: logs.loss! };
}

test('mixup blends samples and losses with the share that the seed draws', async () => {
  const [x, y] = [drawValues(6, 1), drawValues(6, 2)];
  const share = new RandomSequence(11, 0).symmetricBeta(0.4);
  const { training, evaluation } = await trainingLoss(mixup({ alpha: 0.4 }), x, y, [2]);
  const partner = (values: Float32Array, i: number) => values[(i + 2) % 6]!;
  const losses = Array.from(x, (value, i) => {
    const mixed = share * value + (1 - share) * partner(x, i);
    return share * (mixed - y[i]!) ** 2 + (1 - share) * (mixed - partner(y, i)) ** 2;
  });
  expect(training).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / 6, 5);
  expect(evaluation).toBe((await trainingLoss(undefined, x, y, [2])).evaluation);
});

test('cutmix pastes a rectangle of the partner, and weighs the losses by the pixels that are left', () => {
  const [height, width] = [6, 8];
  const own = new Float32Array(2 * height * width).map((_, i) => (i < height * width ? 1 : 2));
  const shares = new Set<number>();
  for (let step = 0; step < 40; step++) {
    const drawn = cutmix().draw(new RandomSequence(3, step));
    const { mixed, share } = evaluateFunction(
      ({ x, row }) => {
        const scalars = [0, 1, 2].map((i) => row.slice([i], [1]).reshape([]));
        return cutmix().blend(x, partnersOf(x), scalars);
      },
      { x: { data: own, shape: [2, height, width, 1] }, row: [...drawn] },
    );
    const pasted = [...mixed.data.subarray(0, height * width)].filter((value) => value === 2).length;
    const left = [...mixed.data.subarray(height * width)].filter((value) => value === 2).length;
    expect(left).toBe(height * width - pasted);
    expect(share.data[0]).toBeCloseTo(1 - pasted / (height * width), 6);
    shares.add(pasted);
  }
  expect(shares.size).toBeGreaterThan(8);
});

test('a step draws a share of its own, the same for the same seed, whatever runs in one call', async () => {
  const [x, y] = [drawValues(40, 1), drawValues(40, 2)];
  const losses = async (onBatchEnd?: () => void) => {
    using net = sequential([activation('linear')], { seed: 5 });
    net.build([1]);
    net.compile({ optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError', mix: mixup({ alpha: 1 }) });
    const { history } = await net.fit(x, y, {
      epochs: 3,
      batchSize: 4,
      shuffle: false,
      callbacks: onBatchEnd ? [{ onBatchEnd }] : [],
    });
    return history.loss!;
  };
  const whole = await losses();
  expect(new Set(whole).size).toBe(3);
  expect(await losses(() => undefined)).toEqual(whole);
});

describe('refuses', () => {
  test.each([
    ['an alpha of 0', () => mixup({ alpha: 0 })],
    ['an alpha that is too large', () => cutmix({ alpha: 100 })],
    ['an unknown option', () => mixup({ beta: 1 } as never)],
    ['something else', () => sequential([flatten()]).compile({ optimizer: 'sgd', loss: 'mse', mix: 0.2 as never })],
  ])('%s', (_, make) => {
    expect(make).toThrow(OptionError);
  });

  test('cutmix of vectors and of two inputs, and a blend of indices', async () => {
    await expect(trainingLoss(cutmix(), drawValues(4, 1), drawValues(4, 2), [2])).rejects.toThrow(ShapeError);
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    using two = model({ inputs: [a, b], outputs: add()([a, b]) });
    two.compile({ optimizer: 'sgd', loss: 'mse', mix: cutmix() });
    const x = drawValues(4, 1);
    await expect(two.fit([x, x], x)).rejects.toThrow(OptionError);
    const index = input({ shape: [1], dtype: 'int32' });
    using indices = model({ inputs: index, outputs: layer({ kind: 'toFloat', call: ([i]) => i!.toFloat() })(index) });
    indices.compile({ optimizer: 'sgd', loss: 'mse', mix: mixup() });
    await expect(indices.fit(Int32Array.of(1, 2), Float32Array.of(1, 2))).rejects.toThrow(DTypeError);
  });
});
