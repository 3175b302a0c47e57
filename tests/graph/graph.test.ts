// Tracing, differentiation, fusion and printing, where samples of single primitives do not reach.

import { describe, expect, test } from 'vitest';
import { compileGraph } from '../../bindings/graph/compile.js';
import { differentiate } from '../../bindings/graph/differentiate.js';
import { fuse } from '../../bindings/graph/fuse.js';
import { Graph } from '../../bindings/graph/graph.js';
import { printProgram } from '../../bindings/graph/print.js';
import type { DType } from '../../bindings/graph/op.js';
import { lower } from '../../bindings/graph/compile.js';
import { opRules } from '../../bindings/ops/index.js';
import { DTypeError, ShapeError, StateError } from '../../bindings/runtime/errors.js';

const makeGraph = () => {
  const graph = new Graph(opRules);
  const leaf = (shape: number[], dtype: DType = 'float32', region = 'x') =>
    graph.leaf(shape, dtype, { region, byteOffset: 0 });
  const finish = (tensor: ReturnType<typeof leaf>) => graph.output(tensor, { region: 'result', byteOffset: 0 });
  const opsOfUnits = () => fuse(graph).map(({ members }) => members.map(({ op }) => op).join(' '));
  return { graph, leaf, finish, opsOfUnits };
};

describe('fusion', () => {
  test('bias and activation join the product', () => {
    const { leaf, finish, opsOfUnits } = makeGraph();
    finish(
      leaf([4, 3])
        .matmul(leaf([3, 5]))
        .add(leaf([5]))
        .tanh(),
    );
    expect(opsOfUnits()).toEqual(['matmul add tanh']);
  });

  test('a full-size addend is not a bias', () => {
    const { leaf, finish, opsOfUnits } = makeGraph();
    finish(
      leaf([4, 3])
        .matmul(leaf([3, 5]))
        .add(leaf([4, 5]))
        .relu(),
    );
    expect(opsOfUnits()).toEqual(['matmul', 'add relu']);
  });

  test('a chain of element-wise functions is one unit, and a tensor with two consumers stays', () => {
    const { leaf, finish, opsOfUnits } = makeGraph();
    const shared = leaf([6]).exp();
    finish(shared.mul(2).add(shared.sum()).sqrt());
    expect(opsOfUnits()).toEqual(['exponential', 'reduce', 'affine add squareRoot']);
  });

  test('of two operands, the one that is stretched does not join, whichever comes first', () => {
    for (const isFirst of [true, false]) {
      const { leaf, finish, opsOfUnits } = makeGraph();
      const full = leaf([4, 3]).tanh();
      const stretched = leaf([4, 1]).exp();
      finish(isFirst ? stretched.mul(full) : full.mul(stretched));
      expect(opsOfUnits().sort()).toEqual(['exponential', 'tanh multiply']);
    }
  });

  test('a read does not move behind an effect that writes what it reads', () => {
    const { graph, leaf, finish, opsOfUnits } = makeGraph();
    const weight = leaf([4], 'float32', 'w');
    const before = weight.exp();
    graph.emit('assign', [weight, leaf([4])], {});
    finish(before.mul(3));
    expect(opsOfUnits()).toEqual(['exponential', 'assign', 'affine']);
  });

  test('a long chain splits where the registers end', () => {
    const { leaf, finish, opsOfUnits } = makeGraph();
    let x = leaf([100]);
    for (let i = 0; i < 40; i++) x = x.tanh();
    finish(x);
    expect(opsOfUnits().length).toBe(3);
  });
});

describe('differentiation', () => {
  test('a tensor used twice gets the sum of both gradients', () => {
    const { leaf } = makeGraph();
    const x = leaf([3]);
    const [gradient] = differentiate(x.mul(x).sum(), [x]);
    expect(gradient!.shape).toEqual([3]);
    expect(gradient!.op).toBe('add');
  });

  test('what the loss does not depend on has no gradient', () => {
    const { leaf } = makeGraph();
    const [x, unused] = [leaf([3]), leaf([2])];
    expect(differentiate(x.sum(), [x, unused])[1]).toBeUndefined();
  });

  test('only scalars, and nothing without a derivative', () => {
    const { graph, leaf } = makeGraph();
    const x = leaf([3]);
    expect(() => differentiate(x, [x])).toThrow(ShapeError);
    const masked = graph.withScope('mask', () => graph.emit('reluGradient', [x, x], {}));
    expect(() => differentiate(masked.sum(), [x])).toThrow(/mask\/reluGradient \[3\] has no gradient/);
  });
});

describe('errors name the place, what was expected and what came', () => {
  test.each([
    [
      'inner sides',
      () =>
        makeGraph()
          .leaf([2, 3])
          .matmul(makeGraph().leaf([4, 5])),
      StateError,
      /another trace/,
    ],
  ])('%s', (_, act, kind, message) => {
    expect(act).toThrow(kind);
    expect(act).toThrow(message);
  });

  test('shapes and types', () => {
    const { graph, leaf } = makeGraph();
    const within = (act: () => unknown) => () => graph.withScope('dense_1', act);
    expect(within(() => leaf([2, 3]).matmul(leaf([4, 5])))).toThrow(
      /dense_1\/matmul: the inner sides differ: \[2, 3\] has 3 columns, \[4, 5\] has 4 rows/,
    );
    expect(within(() => leaf([2, 3]).add(leaf([4])))).toThrow(
      /dense_1\/add: shapes \[2, 3\] and \[4\] do not broadcast/,
    );
    expect(within(() => leaf([2], 'int32').add(leaf([2])))).toThrow(DTypeError);
    expect(within(() => leaf([2, 3]).reshape([4, -1]))).toThrow(ShapeError);
    expect(within(() => leaf([2, 3]).sum({ axis: 2 }))).toThrow(/axis 2 is outside a tensor of 2 axes/);
    expect(within(() => leaf([2, 3]).transpose([0, 0]))).toThrow(/no permutation/);
    expect(within(() => leaf([2, 3]).slice([0, 1], [2, 3]))).toThrow(/do not lie inside/);
    expect(within(() => leaf([2, 3]).concat([leaf([3, 3])]))).toThrow(/does not fit/);
    expect(within(() => leaf([2, 3]).gather(leaf([2])))).toThrow(/int32 indices/);
  });
});

test('the listing names instructions, parts, shapes, buffers and costs', () => {
  const { graph, leaf, finish } = makeGraph();
  graph.withScope('dense_1', () =>
    finish(
      leaf([4, 3])
        .matmul(leaf([3, 5]))
        .add(leaf([5]))
        .relu(),
    ),
  );
  const compiled = compileGraph(graph);
  const regions = { x: 0, result: 1024, arena: 2048 };
  const text = printProgram(compiled, lower(compiled, { regions, constantsAddress: 0, stateAddress: 0 }), [2]);
  expect(text).toMatch(
    /gemm +dense_1 +matmul add relu +\[4, 3\] \[3, 5\] \[5\] -> \[4, 5\] +result\+0 +160 +208 B +2\.0 +0\.1 +0\.1/,
  );
  expect(text).toContain('1 instructions, 160 FLOPs');
});
