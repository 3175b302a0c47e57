// Products with trained matrices, embeddings, and recurrent layers' neighbours.

import { dense } from '../../../layers/dense.js';
import { embedding } from '../../../layers/embedding.js';
import { transposeValues } from '../axes.js';
import type { OnnxNode } from '../schema.js';
import { operatorLayer } from './operator.js';
import type { NodeReader, Operator } from './reader.js';
import { dimsOf, product, type Activation, type Entry } from './values.js';
import { selectAt } from './select.js';

/** x kernel + bias as a dense layer. */
export function denseOf(
  n: NodeReader,
  x: Activation,
  kernel: Float32Array,
  units: number,
  bias: Float32Array | undefined,
): Activation {
  const { tensor, order } = n.plain(x);
  const { trainable } = n;
  const result = n.layer(
    (name) => dense(units, { name, trainable, useBias: bias !== undefined, kernelInitializer: 'zeros' }),
    [tensor],
    { kernel, ...(bias && { bias }) },
  );
  return n.result(result, order);
}

/** A bias that is added by the one node that reads the product: its values, and the node. */
function biasBehind(n: NodeReader, units: number): { values: Float32Array; node: OnnxNode } | undefined {
  const output = n.node.outputs[0]!;
  const node = n.reader.soleConsumer(output);
  const other = node?.opType === 'Add' ? node.inputs.find((name) => name !== output) : undefined;
  const entry = other === undefined ? undefined : n.reader.entries.get(other);
  if (!node || entry?.kind !== 'stored' || product(entry.tensor.dims) !== units || entry.tensor.dims.at(-1) !== units)
    return undefined;
  const index = node.inputs.indexOf(other!);
  return { values: new (n.constructor as typeof NodeReader)(n.reader, node).floats(index).values, node };
}

function matMul(n: NodeReader): Entry {
  if (n.isConstant(0))
    return n.fail('the product of two values, or of a value and a matrix behind it', 'a constant in front');
  const x = n.activation(0);
  if (!n.isConstant(1)) return product2(n, x, n.activation(1));
  const { dims, values } = n.weights(1, [dimsOf(x).at(-1)!, -1], 'a matrix');
  const bias = biasBehind(n, dims[1]!);
  const result = denseOf(n, x, values, dims[1]!, bias?.values);
  if (bias) {
    n.reader.done.add(bias.node);
    n.reader.define(bias.node, bias.node.outputs[0]!, result);
  }
  return result;
}

/** The product of two values, sample by sample. */
function product2(n: NodeReader, left: Activation, right: Activation): Entry {
  const [a, b] = [n.plain(left), n.plain(right)];
  if (a.order[0] !== 0 || b.order[0] !== 0 || a.order.length !== b.order.length || a.order.length < 3) {
    n.fail(
      'two values of one rank, 3 at least, with the batch in front',
      `ranks ${a.order.length} and ${b.order.length}`,
    );
  }
  return n.result(n.layer((name) => operatorLayer({ operator: 'MatMul', name }), [a.tensor, b.tensor]));
}

function gemm(n: NodeReader): Entry {
  const x = n.activation(0);
  if (n.int('transA', 0) !== 0) n.fail("attribute 'transA' to be 0", '1');
  const isTurned = n.int('transB', 0) !== 0;
  const features = dimsOf(x).at(-1)!;
  const { dims, values } = n.weights(1, isTurned ? [-1, features] : [features, -1], 'a matrix');
  const units = dims[isTurned ? 0 : 1]!;
  const scaled = (list: Float32Array, factor: number) => (factor === 1 ? list : list.map((value) => value * factor));
  const kernel = scaled(isTurned ? transposeValues(values, dims, [1, 0]) : values, n.float('alpha', 1));
  if (!n.has(2)) return denseOf(n, x, kernel, units, undefined);
  const given = n.floats(2).values;
  if (given.length !== units && given.length !== 1) n.fail(`a bias of ${units} values`, `${given.length}`);
  const bias = scaled(given.length === units ? given : new Float32Array(units).fill(given[0]!), n.float('beta', 1));
  return denseOf(n, x, kernel, units, bias);
}

function gather(n: NodeReader): Entry {
  if (!n.isConstant(0)) return selectAt(n);
  const indices = n.activation(1);
  if (n.int('axis', 0) !== 0) n.fail("attribute 'axis' to be 0", `${n.int('axis', 0)}`);
  if (indices.tensor.dtype !== 'int32') n.fail('indices of whole numbers', indices.tensor.dtype);
  const { dims, values } = n.weights(0, [-1, -1], 'a table');
  const { tensor, order } = n.plain(indices);
  const { trainable } = n;
  const result = n.layer(
    (name) => embedding(dims[0]!, dims[1]!, { name, trainable, embeddingsInitializer: 'zeros' }),
    [tensor],
    { embeddings: values },
  );
  return n.result(result, [...order, order.length]);
}

export const linear: Readonly<Record<string, Operator>> = {
  MatMul: { attributes: [], read: matMul },
  Gemm: { attributes: ['alpha', 'beta', 'transA', 'transB'], read: gemm },
  Gather: { attributes: ['axis'], read: gather },
};
