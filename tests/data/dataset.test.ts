// Datasets: their steps, what is closed when, and training from them in the place of arrays.

import { describe, expect, test } from 'vitest';
import {
  arrayDataset,
  DataError,
  dense,
  iterableDataset,
  OptionError,
  sequential,
  ShapeError,
  type Batch,
  type Dataset,
} from '../../bindings/index.js';
import { drawSamples } from '../model/support.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Gives 0, 1, 2, ... and tells whether it was closed. */
function counter(failAt = Infinity) {
  const seen = { opened: 0, closed: 0, asked: 0 };
  const open = (): AsyncIterableIterator<number> => {
    seen.opened++;
    let next = 0;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next() {
        seen.asked++;
        if (next === failAt) return Promise.reject(new Error('disk gone'));
        return Promise.resolve({ done: false, value: next++ });
      },
      return() {
        seen.closed++;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  };
  return { seen, dataset: iterableDataset(open) };
}

describe('steps', () => {
  const ten = iterableDataset(numbers(10));

  test('map, filter, skip, take', async () => {
    const odd = ten.filter((value) => value % 2 === 1).map((value, i) => Promise.resolve(value * 10 + i));
    expect(await odd.toArray()).toEqual([10, 31, 52, 73, 94]);
    expect(await odd.skip(1).take(2).toArray()).toEqual([31, 52]);
    expect(await ten.take(0).toArray()).toEqual([]);
    expect(await ten.skip(20).toArray()).toEqual([]);
  });

  test.each([1, 3, 10, 50])('a shuffle by a buffer of %i loses nothing, and a seed is an order', async (size) => {
    const make = (seed: number) => iterableDataset(numbers(30)).shuffle(size, { seed });
    const order = await make(1).toArray();
    expect([...order].sort((a, b) => a - b)).toEqual(numbers(30));
    expect(await make(1).toArray()).toEqual(order);
    // An element comes at most so early as the buffer lets it.
    order.forEach((value, i) => expect(value).toBeLessThan(i + size));
    if (size === 1) return;
    expect(order).not.toEqual(numbers(30));
    expect(await make(2).toArray()).not.toEqual(order);
  });

  test('epochs have orders of their own, the same in each run', async () => {
    const epochs = async (options: object) => {
      const shuffled = iterableDataset(numbers(20)).shuffle(20, options);
      return [await shuffled.toArray(), await shuffled.toArray(), await shuffled.toArray()];
    };
    const [first, second, third] = await epochs({ seed: 5 });
    expect(second).not.toEqual(first);
    expect(third).not.toEqual(second);
    expect(await epochs({ seed: 5 })).toEqual([first, second, third]);
    const fixed = await epochs({ seed: 5, reshuffle: false });
    expect(fixed).toEqual([first, first, first]);
  });

  test('an epoch can be asked for by its number, whatever was gone through before', async () => {
    const make = () =>
      iterableDataset(numbers(20))
        .shuffle(20, { seed: 5 })
        .map((value, i, epoch) => [value, i, epoch]);
    const collect = async (epoch: AsyncIterable<number[]>) => {
      const elements: number[][] = [];
      for await (const element of epoch) elements.push(element);
      return elements;
    };
    const dataset = make();
    const third = await collect(dataset.epoch(2));
    expect(third.map(([, i, epoch]) => [i, epoch])).toEqual(numbers(20).map((i) => [i, 2]));
    const [first, second] = [await dataset.toArray(), await dataset.toArray()];
    expect(first.every(([, , epoch]) => epoch === 0)).toBe(true);
    expect(second).toEqual(await collect(make().epoch(1)));
    expect(await dataset.toArray()).toEqual(third);
    expect(() => dataset.epoch(-1)).toThrow(OptionError);
  });

  test('a look at a step does not move the epochs of what is made of it', async () => {
    const marked = iterableDataset([0]).map((_, __, epoch) => epoch);
    const last = marked.batch(1);
    await marked.toArray();
    await marked.toArray();
    expect([...(await last.toArray())[0]!.data]).toEqual([0]);
    expect(
      await iterableDataset((epoch) => [epoch])
        .epoch(4)
        .next(),
    ).toEqual({ done: false, value: 4 });
  });

  test('a shuffle of all is fair', async () => {
    const counts = numbers(4).map(() => [0, 0, 0, 0]);
    const shuffled = iterableDataset(numbers(4)).shuffle(4);
    for (let i = 0; i < 1000; i++) (await shuffled.toArray()).forEach((value, at) => counts[value]![at]!++);
    for (const count of counts.flat()) expect(Math.abs(count - 250)).toBeLessThan(5 * Math.sqrt(1000 * 0.25 * 0.75));
  });

  test('batch stacks fields, and keeps or drops the rest', async () => {
    const samples = arrayDataset({
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      y: Int32Array.of(7, 8, 9),
    });
    const batches = await samples.batch(2).toArray();
    expect(batches.map(({ x, y }) => [x.shape, [...x.data], [...y.data]])).toEqual([
      [
        [2, 2],
        [1, 2, 3, 4],
        [7, 8],
      ],
      [[1, 2], [5, 6], [9]],
    ]);
    expect(await samples.batch(2, { dropRemainder: true }).toArray()).toHaveLength(1);
    const bytes = arrayDataset({ x: { data: Uint8Array.of(1, 2, 3, 4), shape: [2, 2] } });
    expect((await bytes.batch(2).toArray())[0]!.x.data).toBeInstanceOf(Uint8Array);
  });

  test('batch refuses samples that do not go together', async () => {
    const collect = (samples: unknown[]) =>
      iterableDataset(samples as { x: number[] }[])
        .batch(4)
        .toArray();
    await expect(collect([{ x: [1, 2] }, { x: [1] }])).rejects.toThrow(ShapeError);
    await expect(collect([{ x: [1, 2] }, { z: [1] }])).rejects.toThrow('sample 1 has z, sample 0 has x');
    await expect(collect([{ x: 1 }, { x: 'a' }])).rejects.toThrow(DataError);
    await expect(collect([{ x: null }])).rejects.toThrow(DataError);
    await expect(collect([{ x: [NaN] }])).rejects.toThrow(DataError);
  });

  test('cache reads the source once, and only when an iteration was whole', async () => {
    const { seen, dataset } = counter();
    const cached = dataset.take(3).cache();
    expect(await cached.take(2).toArray()).toEqual([0, 1]);
    expect(await cached.toArray()).toEqual([0, 1, 2]);
    expect(await cached.toArray()).toEqual([0, 1, 2]);
    expect(seen.opened).toBe(2);
  });

  test('prefetch asks ahead and keeps the order', async () => {
    const { seen, dataset } = counter();
    const iterator = dataset.prefetch(2)[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toBe(0);
    expect(seen.asked).toBe(3);
    await iterator.return!();
    expect(seen.closed).toBe(1);
    expect(await dataset.take(7).prefetch(3).toArray()).toEqual(numbers(7));
  });

  test('the source is closed when the consumer stops or a step throws', async () => {
    const chains: [string, (dataset: Dataset<number>) => Dataset<unknown>][] = [
      ['take', (dataset) => dataset.take(2)],
      ['prefetch', (dataset) => dataset.prefetch(2).take(2)],
      ['shuffle', (dataset) => dataset.shuffle(3).batch(2).take(1)],
    ];
    for (const [name, chain] of chains) {
      const { seen, dataset } = counter();
      await chain(dataset).toArray();
      expect([name, seen.closed]).toEqual([name, 1]);
    }
    const { seen, dataset } = counter();
    const failing = dataset.map((value) => {
      if (value === 3) throw new Error('bad picture');
      return value;
    });
    await expect(failing.prefetch().toArray()).rejects.toThrow('bad picture');
    expect(seen.closed).toBe(1);
  });

  test('an iterator has one life, a function many', async () => {
    const once = iterableDataset(numbers(3).values());
    expect(await once.toArray()).toEqual([0, 1, 2]);
    await expect(once.toArray()).rejects.toThrow(DataError);
    const many = iterableDataset(() => numbers(3).values());
    expect([await many.toArray(), await many.toArray()]).toEqual([numbers(3), numbers(3)]);
  });

  test('refuses wrong options and sources', () => {
    expect(() => ten.batch(0)).toThrow(OptionError);
    expect(() => ten.take(-1)).toThrow(OptionError);
    expect(() => ten.shuffle(1.5)).toThrow(OptionError);
    expect(() => ten.shuffle(2, { sead: 1 } as never)).toThrow("Did you mean 'seed'?");
    expect(() => ten.prefetch(0)).toThrow(OptionError);
    expect(() => iterableDataset(5 as never)).toThrow(OptionError);
    expect(() => arrayDataset({ x: [[1], [2]], y: [1] })).toThrow('y has 1 samples, x has 2');
    expect(() => arrayDataset({})).toThrow(DataError);
  });
});

describe('training from a dataset', () => {
  const { x, y } = drawSamples(20, 3);
  const samples = arrayDataset({ x: { data: x, shape: [20, 3] }, y });
  const build = () => {
    const net = sequential([dense(1, { inputShape: [3] })], { seed: 2 });
    net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    return net;
  };

  test('gives the bits that arrays give, in fit, evaluate and predict', async () => {
    using net = build();
    using expected = build();
    const batches = samples.batch(8).prefetch(1);
    const history = await net.fit(batches, { epochs: 3, validationData: batches });
    const reference = await expected.fit(x, y, { epochs: 3, batchSize: 8, shuffle: false });
    expect(history.history.loss).toEqual(reference.history.loss);
    expect(history.history.val_loss).toHaveLength(3);
    expect(net.parameters()).toEqual(expected.parameters());
    expect(await net.evaluate(batches)).toEqual(await expected.evaluate(x, y, { batchSize: 8 }));
    const predicted = await net.predict(samples.map((sample) => ({ x: sample.x })).batch(8));
    expect(predicted).toEqual(await expected.predict(x));
    expect(await net.predict([{ x: x.subarray(0, 30) }, { x: x.subarray(30) }])).toEqual(predicted);
  });

  test.each(['next', 'map'])(
    'an error of the source in %s ends training with it as the cause; finished steps stay',
    async (at) => {
      const { seen, dataset } = counter(at === 'next' ? 3 : Infinity);
      const batches = dataset.map((i): Batch => {
        if (at === 'map' && i === 3) throw new Error('disk gone');
        return { x: x.subarray(i * 12, i * 12 + 12), y: y.subarray(i * 4, i * 4 + 4) };
      });
      for (const stream of [batches, batches.prefetch(2)]) {
        using net = build();
        using expected = build();
        const error: unknown = await net.fit(stream).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(DataError);
        expect((error as Error).message).toMatch(/^fit: the stream failed at batch 3 of the epoch: disk gone/);
        expect((error as Error).cause).toMatchObject({ message: 'disk gone' });
        await expected.fit(x.subarray(0, 36), y.subarray(0, 12), { batchSize: 4, shuffle: false });
        expect(net.parameters()).toEqual(expected.parameters());
        expect(net.step).toBe(3);
        // It can be trained on.
        await net.fit(x, y);
      }
      // An iterator that fails is closed already.
      expect(seen.closed).toBe(at === 'map' ? 2 : seen.closed);
    },
  );

  test('fit asks for the epochs that it trains, and for the same one to evaluate the training data', async () => {
    const seen: number[] = [];
    const samples = arrayDataset({ x: [[1], [2]], y: [[1], [2]] });
    const batches = samples.map((sample, i, epoch) => (i === 0 && seen.push(epoch), sample)).batch(2);
    using model = sequential([dense(1, { inputShape: [1] })], { seed: 1 });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.fit(batches, { epochs: 2, evaluateTraining: true });
    await model.fit(() => batches, { epochs: 5, initialEpoch: 3 });
    expect(seen).toEqual([0, 0, 1, 1, 3, 4]);
  });

  test('what fails in the model closes the source, and is not wrapped', async () => {
    const { seen, dataset } = counter();
    using net = build();
    const wrong = dataset.map((i): Batch => ({ x: [i === 2 ? [1, 2] : [1, 2, 3]], y: [1] }));
    await expect(net.fit(wrong.prefetch(1))).rejects.toThrow(ShapeError);
    expect(seen.closed).toBe(1);
    expect(net.step).toBe(2);
  });

  test('predict refuses streams of something else, and empty ones', async () => {
    using net = build();
    await expect(net.predict(iterableDataset([1]) as never)).rejects.toThrow('batches { x }');
    await expect(net.predict(iterableDataset<Batch>([]))).rejects.toThrow(DataError);
    await expect(net.predict(samples.batch(4) as never, { samples: 2 })).rejects.toThrow(OptionError);
  });
});
