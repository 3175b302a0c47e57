// Functions of arrays: values, gradients, randomness, layers with the caller's parameters, and clear refusals.

import { describe, expect, test } from 'vitest';
import {
  batchNormalization,
  dense,
  dropout,
  evaluateFunction,
  OptionError,
  ShapeError,
  statelessCall,
  valueAndGradients,
} from '../../bindings/index.js';
import { getRuntime } from '../../bindings/runtime/runtime.js';

test('computes named results of numbers, nested arrays, typed arrays and arrays with a shape', () => {
  const { product, total, picked } = evaluateFunction(
    ({ a, b, scale, table, index }) => ({
      product: a.matmul(b).mul(scale),
      total: b.sum(),
      picked: table.gather(index),
    }),
    {
      a: [[1, 2]],
      b: { data: Float32Array.of(3, 4), shape: [2, 1] },
      scale: 2,
      table: [
        [1, 2],
        [3, 4],
      ],
      index: Int32Array.of(1, 0, 1),
    },
  );
  expect([product.shape, ...product.data]).toEqual([[1, 1], 22]);
  expect([total.shape, ...total.data]).toEqual([[], 7]);
  expect([picked.shape, ...picked.data]).toEqual([[3, 2], 3, 4, 1, 2, 3, 4]);
});

test('differentiates a scalar, or outputs weighed by cotangents', () => {
  const scalar = valueAndGradients(({ w }) => ({ loss: w.square().sum() }), { w: [1, 2, 3] });
  expect([...scalar.gradients.w!.data]).toEqual([2, 4, 6]);
  const several = valueAndGradients(
    ({ x }) => ({ y: x.mul(3), z: x.square(), unused: x.exp() }),
    { x: [1, 2] },
    {
      cotangents: { y: [1, 10], z: [1, 1] },
    },
  );
  expect([...several.gradients.x!.data]).toEqual([3 + 2, 30 + 4]);
});

test('gives no gradient for integers and for what nothing depends on', () => {
  const { gradients } = valueAndGradients(({ table, index }) => ({ loss: table.gather(index).sum() }), {
    table: [[1], [2]],
    index: Int32Array.of(0),
    other: [5],
  });
  expect(Object.keys(gradients)).toEqual(['table']);
  expect([...gradients.table!.data]).toEqual([1, 0]);
});

test('random functions are those of seed and step', () => {
  const draw = (seed: number, step = 0) =>
    evaluateFunction((_, graph) => ({ noise: graph.randomUniform([5]) }), {}, { seed, step }).noise.data;
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1)).not.toEqual(draw(1, 1));
});

test('leaves no byte behind, also when it fails', () => {
  const { heap } = getRuntime();
  const before = heap.usedBytes;
  valueAndGradients(({ w }) => ({ loss: w.square().sum() }), { w: [1, 2, 3] });
  expect(() => evaluateFunction(({ a, b }) => ({ c: a.matmul(b) }), { a: [[1, 2]], b: [[1, 2]] })).toThrow(ShapeError);
  expect(heap.usedBytes).toBe(before);
});

describe('statelessCall', () => {
  const x = [[1, 2, 3]];

  test('uses the parameters that it is given, with gradients', () => {
    const layer = dense(2);
    const { values, gradients } = valueAndGradients(
      ({ x: given, kernel, bias }) => ({
        y: statelessCall(layer, [given], { parameters: { kernel, bias } }).outputs[0]!.sum(),
      }),
      { x, kernel: [[1, 0], [0, 1], [1, 1]], bias: [10, 20] }, // prettier-ignore
    );
    expect(values.y.data[0]).toBe(4 + 10 + 5 + 20);
    expect([...gradients.kernel!.data]).toEqual([1, 1, 2, 2, 3, 3]);
  });

  test('tells the next values of moving moments, in training only', () => {
    const run = (training: boolean) => {
      let assigned: string[] = [];
      evaluateFunction(
        ({ x: given, gamma, beta, movingMean, movingVariance }) => {
          const parameters = { gamma, beta, movingMean, movingVariance };
          const result = statelessCall(batchNormalization(), [given], { parameters, training });
          assigned = Object.keys(result.assigned);
          return { y: result.outputs[0]! };
        },
        { x, gamma: [1, 1, 1], beta: [0, 0, 0], movingMean: [0, 0, 0], movingVariance: [1, 1, 1] },
      );
      return assigned;
    };
    expect(run(true)).toEqual(['movingMean', 'movingVariance']);
    expect(run(false)).toEqual([]);
  });

  test('draws noise when asked', () => {
    const kept = (stochastic: boolean) =>
      evaluateFunction(({ x: given }) => ({ y: statelessCall(dropout(0.5), [given], { stochastic }).outputs[0]! }), {
        x: [new Array<number>(64).fill(1)],
      }).y.data.filter((value) => value !== 1).length;
    expect(kept(false)).toBe(0);
    expect(kept(true)).toBe(64);
  });

  test.each([
    ['a missing parameter', { kernel: true }, 'bias'],
    ['an unknown parameter', { kernel: true, bias: true, gain: true }, 'gain'],
    ['another shape', { kernel: true, bias: 'wrong' }, 'bias'],
  ])('refuses %s', (_, given: Record<string, unknown>, named) => {
    const call = () =>
      evaluateFunction(
        (tensors) => {
          const { x: first, ...parameters } = tensors as Record<string, (typeof tensors)['x']>;
          return { y: statelessCall(dense(2), [first!], { parameters }).outputs[0]! };
        },
        {
          x,
          ...Object.fromEntries(
            Object.keys(given).map((name) => [
              name,
              name === 'kernel' ? [[1, 0], [0, 1], [1, 1]] : given[name] === 'wrong' ? [1, 2, 3] : [1, 2], // prettier-ignore
            ]),
          ),
        },
      );
    expect(call).toThrow(named);
  });
});

describe('refuses', () => {
  test('several outputs, or one that is no scalar, without cotangents', () => {
    expect(() => valueAndGradients(({ x }) => ({ y: x }), { x: [1, 2] })).toThrow(OptionError);
    expect(() => valueAndGradients(({ x }) => ({ y: x.sum(), z: x.sum() }), { x: [1, 2] })).toThrow('cotangents');
  });

  test('cotangents that do not fit, or none', () => {
    const run = (cotangents: Record<string, number[]>) => () =>
      valueAndGradients(({ x }) => ({ y: x }), { x: [1, 2] }, { cotangents });
    expect(run({ y: [1] })).toThrow(ShapeError);
    expect(run({ z: [1, 2] })).toThrow('does not exist');
    expect(run({})).toThrow(OptionError);
  });

  test('ragged arrays and shapes that do not fit', () => {
    expect(() => evaluateFunction(({ x }) => ({ y: x }), { x: [[1], [1, 2]] })).toThrow(ShapeError);
    expect(() => evaluateFunction(({ x }) => ({ y: x }), { x: { data: Float32Array.of(1, 2), shape: [3] } })).toThrow(
      ShapeError,
    );
  });
});
