// Convolutions and pooling as methods of tensors: what their options mean, and what they refuse.

import { describe, expect, test } from 'vitest';
import { Graph } from '../../bindings/graph/graph.js';
import type { Shape } from '../../bindings/graph/shape.js';
import type { Tensor } from '../../bindings/graph/tensor.js';
import { OptionError, ShapeError } from '../../bindings/index.js';
import { opRules } from '../../bindings/ops/index.js';
import { evaluateGraph } from '../support/evaluateGraph.js';

function leaves(...shapes: Shape[]): Tensor[] {
  const graph = new Graph(opRules);
  return shapes.map((shape, i) => graph.leaf(shape, 'float32', { region: `${i}`, byteOffset: 0 }));
}

const convolved = (shape: Shape, kernel: Shape, options: object, method: 'conv2d' | 'conv2dTranspose' = 'conv2d') => {
  const [x, w] = leaves(shape, kernel) as [Tensor, Tensor];
  return x[method](w, options);
};

describe('shapes', () => {
  test.each<readonly [object, Shape]>([
    [{}, [2, 6, 8, 4]],
    [{ padding: 'same', strides: [2, 3] }, [2, 4, 4, 4]],
    [{ padding: 1, strides: 2 }, [2, 4, 5, 4]],
    [{ padding: [0, 2] }, [2, 6, 12, 4]],
    [{ padding: [[1, 0], [0, 3]] }, [2, 7, 11, 4]], // prettier-ignore
    [{ dilation: [3, 1] }, [2, 2, 8, 4]],
  ])('conv2d %j', (options, shape) => {
    expect(convolved([2, 8, 10, 3], [3, 3, 3, 4], options).shape).toEqual(shape);
  });

  test.each<readonly [object, Shape]>([
    [{}, [2, 6, 7, 3]],
    [{ strides: 2 }, [2, 9, 11, 3]],
    [{ strides: 2, padding: 'same' }, [2, 8, 10, 3]],
    [{ strides: 2, padding: 1, outputPadding: [1, 0] }, [2, 8, 9, 3]],
    [{ dilation: 2, padding: [2, 0] }, [2, 4, 9, 3]],
  ])('conv2dTranspose %j', (options, shape) => {
    expect(convolved([2, 4, 5, 6], [3, 3, 3, 6], options, 'conv2dTranspose').shape).toEqual(shape);
  });

  test('pooling moves by its size unless told otherwise', () => {
    const [x] = leaves([2, 7, 9, 3]) as [Tensor];
    expect(x.maxPool2d(2).shape).toEqual([2, 3, 4, 3]);
    expect(x.avgPool2d([2, 3]).shape).toEqual([2, 3, 3, 3]);
    expect(x.avgPool2d(3, { strides: 2, padding: 'same' }).shape).toEqual([2, 4, 5, 3]);
    expect(x.maxPool2d(3, { strides: 1, padding: [[1, 1], [2, 0]] }).shape).toEqual([2, 7, 9, 3]); // prettier-ignore
  });
});

test('groups see their own channels; single pixels are a product of matrices', () => {
  expect(convolved([1, 4, 4, 6], [3, 3, 2, 9], { groups: 3 }).shape).toEqual([1, 2, 2, 9]);
  expect(convolved([1, 4, 4, 6], [1, 1, 6, 9], { padding: 'same' }).op).toBe('matmul');
  expect(convolved([1, 4, 4, 6], [1, 1, 6, 9], { strides: 2 }).op).toBe('conv2d');
  expect(convolved([1, 4, 4, 6], [1, 1, 6, 9], { padding: 1 }).op).toBe('conv2d');
  expect(convolved([1, 4, 4, 6], [1, 1, 3, 8], { groups: 2 }).op).toBe('conv2d');
});

test('means of means differentiate twice', () => {
  const x = { shape: [1, 3, 4, 2], data: Array.from({ length: 24 }, (_, i) => i / 8) };
  const pooled = (images: Tensor) => images.graph.emit('pool2dGradient', [images], AVERAGE);
  const AVERAGE = { kind: 'average', size: [2, 2], strides: [1, 1], pads: [[0, 0], [0, 0]], imageSize: [4, 5] } as const; // prettier-ignore
  const cotangents = { y: { shape: [1, 4, 5, 2], data: Array.from({ length: 40 }, (_, i) => (i % 7) - 3) } };
  const { gradients } = evaluateGraph({ x }, ({ x: dy }) => ({ y: pooled(dy!) }), { cotangents });
  const { outputs } = evaluateGraph({ x: cotangents.y }, (inputs) => ({
    y: inputs.x!.avgPool2d(2, { strides: 1 }),
  }));
  expect([...gradients.x!.data]).toEqual([...outputs.y!.data]);
});

test.each<readonly [string, () => unknown, new (message: string) => Error, RegExp]>([
  ['a misspelt option', () => convolved([1, 4, 4, 1], [3, 3, 1, 1], { stride: 2 }), OptionError, /unknown option 'stride'. Did you mean 'strides'/], // prettier-ignore
  ['no stride', () => convolved([1, 4, 4, 1], [3, 3, 1, 1], { strides: 0 }), OptionError, /conv2d: strides must be a whole number >= 1, got 0/], // prettier-ignore
  ['three strides', () => convolved([1, 4, 4, 1], [3, 3, 1, 1], { strides: [1, 1, 1] }), OptionError, /strides must be a whole number/], // prettier-ignore
  ['an unknown padding', () => convolved([1, 4, 4, 1], [3, 3, 1, 1], { padding: 'causal' }), OptionError, /unknown padding 'causal'/], // prettier-ignore
  ['negative padding', () => convolved([1, 4, 4, 1], [3, 3, 1, 1], { padding: [[0, -1], [0, 0]] }), OptionError, /padding must be a whole number >= 0/], // prettier-ignore
  ['a kernel that is too large', () => convolved([1, 2, 4, 1], [3, 3, 1, 1], {}), ShapeError, /a window of 3 does not fit into 2 rows/], // prettier-ignore
  ['a vector', () => convolved([4], [3, 3, 1, 1], {}), ShapeError, /expected 4 axes/],
  ['a kernel without channels', () => convolved([1, 4, 4, 1], [3, 3], {}), ShapeError, /expected 4 axes/],
  ['other channels', () => convolved([1, 4, 4, 2], [3, 3, 1, 1], {}), ShapeError, /2 channels in 1 group/],
  ['outputPadding of same', () => convolved([1, 4, 4, 1], [3, 3, 1, 1], { strides: 2, padding: 'same', outputPadding: 1 }, 'conv2dTranspose'), OptionError, /goes with padding in numbers/], // prettier-ignore
  ['outputPadding beyond the stride', () => convolved([1, 4, 4, 1], [3, 3, 1, 1], { outputPadding: 1 }, 'conv2dTranspose'), OptionError, /larger of stride and dilation, 1, got 1/], // prettier-ignore
  ['a pool of nothing', () => leaves([1, 4, 4, 1])[0]!.maxPool2d(0), OptionError, /size must be a whole number >= 1/],
  ['a pool too large', () => leaves([1, 4, 4, 1])[0]!.maxPool2d(5), ShapeError, /a window of 5 does not fit/],
])('%s is refused', (_, make, kind, message) => {
  expect(make).toThrow(kind);
  expect(make).toThrow(message);
});
