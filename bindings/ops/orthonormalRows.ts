// Orthonormal rows, for initial weights. Kernel twin: assembly/ops/orthonormalRows.ts.

import { Opcode, OrthonormalRowsField } from '../../assembly/opcodes.js';
import { encode } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import { ShapeError } from '../runtime/errors.js';
import type { OpSample } from './sample.js';

export const orthonormalRowsRule: OpRule<'orthonormalRows'> = {
  infer([input]) {
    const [rows, columns] = input!.shape;
    if (input!.rank !== 2 || rows! > columns!) {
      throw new ShapeError(
        `orthonormalRows: expected a matrix with no more rows than columns, got ${input!.describe()}.`,
      );
    }
    return { shape: input!.shape, dtype: 'float32' };
  },
  flops: (node) => 8 * node.size * node.shape[0]!,
  lower([node], { address }) {
    const [rows, columns] = node!.shape;
    return [
      encode(Opcode.orthonormalRows, OrthonormalRowsField, {
        sourcePointer: address(node!.inputs[0]!),
        targetPointer: address(node!),
        rows: rows!,
        columns: columns!,
      }),
    ];
  },
};

/** Gram-Schmidt in float64. */
function reference(values: Float64Array, rows: number, columns: number): Float64Array {
  const q = values.slice();
  const row = (r: number) => q.subarray(r * columns, (r + 1) * columns);
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  for (let r = 0; r < rows; r++) {
    for (let other = 0; other < r; other++) {
      const share = dot(row(r), row(other));
      row(other).forEach((value, i) => (row(r)[i]! -= share * value));
    }
    const length = Math.sqrt(dot(row(r), row(r)));
    row(r).forEach((value, i) => (row(r)[i] = value / length));
  }
  return q;
}

export const orthonormalRowsSamples = (): OpSample[] =>
  [
    [1, 1],
    [2, 3],
    [4, 9],
    [7, 16],
    [13, 70],
  ].map(([rows, columns]) => ({
    name: `${rows} rows of ${columns}`,
    inputs: [{ shape: [rows!, columns!] }],
    build: ([x]) => x!.graph.emit('orthonormalRows', [x!], {}),
    reference: ([x]) => reference(x!, rows!, columns!),
    tolerance: 1e-4,
  }));
