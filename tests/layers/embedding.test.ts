// Embeddings: inputs of any kind, gradients of equal indices, and indices that the table does not have.

import { describe, expect, test } from 'vitest';
import {
  adam,
  DataError,
  dense,
  DTypeError,
  embedding,
  evaluateFunction,
  flatten,
  input,
  layer,
  model,
  OptionError,
  sequential,
  type Model,
} from '../../bindings/index.js';
import { drawValues, expectError, hashOf } from '../model/support.js';

const makeNet = (): Model =>
  sequential([embedding(5, 3, { name: 'words', inputShape: [2] }), flatten(), dense(1)], { seed: 3 });

describe('inputs', () => {
  test('nested arrays, flat arrays of any whole numbers, and declared int32 inputs give the same', async () => {
    using net = makeNet();
    const expected = await net.predict([
      [0, 4],
      [3, 3],
    ]);
    for (const x of [Int32Array.of(0, 4, 3, 3), Uint8Array.of(0, 4, 3, 3), Float32Array.of(0, 4, 3, 3)]) {
      expect([...(await net.predict(x)).data]).toEqual([...expected.data]);
    }
    const rows = net.parameters()['words/embeddings']!;
    const ids = input({ shape: [2], dtype: 'int32' });
    using functional = model({ inputs: ids, outputs: embedding(5, 3, { name: 'words' })(ids) });
    functional.setParameters({ 'words/embeddings': rows });
    const picked = await functional.predict([[4, 1]]);
    expect(picked.shape).toEqual([1, 2, 3]);
    expect([...picked.data]).toEqual([...rows.slice(12, 15), ...rows.slice(3, 6)]);
  });

  test('the shape of a sample comes from the first data', async () => {
    using net = sequential([embedding(5, 3), flatten(), dense(1)]);
    expect((await net.predict([[1, 2, 3]])).shape).toEqual([1, 1]);
  });

  test('float32 inputs and numbers that are not whole are refused', async () => {
    const words = embedding(5, 3, { name: 'words' });
    expect(() => words(input({ shape: [2] }))).toThrow(DTypeError);
    using net = makeNet();
    await expectError(() => net.predict([[0.5, 1]]), DataError, 'INVALID_DATA', 'whole numbers');
    expect(() => embedding(0, 3)).toThrow(OptionError);
    expect(() => embedding(3, 1.5)).toThrow(/embedding: outputDim/);
  });
});

describe('an index outside the table', () => {
  const y = [[1], [2], [3]];
  test.each([
    [5, 'index 5 at [2, 1]'],
    [-1, 'index -1 at [2, 1]'],
    [2 ** 31 - 1, 'index 2147483647 at [2, 1]'],
  ])('%i', async (bad, words) => {
    using net = makeNet();
    net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const x = [
      [0, 1],
      [4, 2],
      [3, bad],
    ];
    const parts = ['words', words, 'The table has 5 rows: use 0 to 4'];
    await expectError(() => net.predict(x), DataError, 'INVALID_DATA', ...parts);
    await expectError(() => net.evaluate(x, y), DataError, 'INVALID_DATA', ...parts);
    const before = hashOf(net);
    await expectError(() => net.fit(x, y, { shuffle: false }), DataError, 'INVALID_DATA', ...parts);
    expect(hashOf(net)).toBe(before);
    expect(net.step).toBe(0);
    x[2]![1] = 4;
    await net.fit(x, y);
    expect(net.step).toBe(1);
  });

  test('in a later step, keeps what the steps before have learned', async () => {
    using net = makeNet();
    using expected = makeNet();
    for (const each of [net, expected]) each.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const options = { batchSize: 1, shuffle: false };
    await expectError(
      () =>
        net.fit(
          [
            [0, 1],
            [4, 2],
            [3, 7],
          ],
          y,
          options,
        ),
      DataError,
      'INVALID_DATA',
      'index 7 at [0, 1]',
    );
    await expected.fit(
      [
        [0, 1],
        [4, 2],
      ],
      y.slice(0, 2),
      options,
    );
    expect(net.step).toBe(2);
    expect(hashOf(net)).toBe(hashOf(expected));
  });

  test('computed inside the graph', async () => {
    using net = sequential([
      layer({ kind: 'choice', name: 'choice', inputShape: [4], call: ([x]) => x!.argMax() }),
      embedding(3, 2),
      dense(1),
    ]);
    expect((await net.predict([[0, 0, 1, 0]])).shape).toEqual([1, 1]);
    await expectError(() => net.predict([[0, 0, 0, 1]]), DataError, 'INVALID_DATA', 'embedding_1', 'index 3', '0 to 2');
  });

  test('outside a model', () => {
    const look = () =>
      evaluateFunction(({ table, at }) => ({ y: table.gather(at) }), { table: [[1], [2]], at: Int32Array.of(0, 2) });
    expect(look).toThrow(DataError);
    expect(look).toThrow(/gatherRows: index 2 at \[1\]/);
  });
});

test('equal indices add their gradients up, and the others stay where they are', async () => {
  using net = sequential([embedding(4, 1, { inputShape: [3] }), flatten(), dense(1, { useBias: false })], { seed: 1 });
  net.setParameters({ 'dense_1/kernel': [1, 10, 100] });
  net.compile({ optimizer: 'sgd', loss: (_, yPred) => yPred });
  const before = net.parameters()['embedding_1/embeddings']!.slice();
  await net.fit([[2, 0, 2]], [[0]]);
  expect([...net.gradients()['embedding_1/embeddings']!]).toEqual([10, 0, 101, 0]);
  const after = net.parameters()['embedding_1/embeddings']!;
  expect([after[1], after[3]]).toEqual([before[1], before[3]]);
});

test('learns which words belong together', async () => {
  using net = sequential(
    [embedding(12, 4, { inputShape: [2] }), flatten(), dense(8, { activation: 'tanh' }), dense(1)],
    { seed: 6 },
  );
  net.compile({ optimizer: adam({ learningRate: 0.02 }), loss: 'binaryCrossentropy' });
  const values = drawValues(400, 2);
  const x = Int32Array.from(values, (value) => Math.floor((value + 1) * 6));
  const y = Float32Array.from({ length: 200 }, (_, i) => Number(x[2 * i]! % 3 === x[2 * i + 1]! % 3));
  const { history } = await net.fit(x, y, { epochs: 60, batchSize: 20 });
  expect(history.loss!.at(-1)).toBeLessThan(0.1);
});
