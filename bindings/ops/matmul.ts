// Matrix products with a fused bias and activation. Kernel twin: assembly/ops/gemm.ts.

import { GemmField, Opcode } from '../../assembly/opcodes.js';
import { DTypeError, ShapeError } from '../runtime/errors.js';
import { sumToShape } from '../graph/differentiate.js';
import { encode } from '../graph/encode.js';
import type { OpRule } from '../graph/op.js';
import { broadcastShapes, formatShape, sizeOf, type Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import { absorbEpilogue, epilogueFields } from './epilogue.js';
import { fitsInt8, lowerInt8, matrixWalk, quantizedBytes } from './int8.js';
import type { OpSample } from './sample.js';

/** A stored matrix and how it is read. */
interface MatrixView {
  rows: number;
  columns: number;
  rowStride: number;
  columnStride: number;
}

function matrixOf(shape: Shape, isTransposed: boolean): MatrixView {
  const [storedRows, storedColumns] = [shape.at(-2)!, shape.at(-1)!];
  return isTransposed
    ? { rows: storedColumns, columns: storedRows, rowStride: 1, columnStride: storedColumns }
    : { rows: storedRows, columns: storedColumns, rowStride: storedColumns, columnStride: 1 };
}

/** A batch of matrices times one matrix is one product with all rows. */
const isFlattened = (node: Tensor<'matmul'>): boolean => node.inputs[1]!.rank === 2 && !node.attributes.transposeA;

const isInt8Kernel = (b: Tensor): boolean => b.dtype === 'int8' && b.rank === 2;

const int8Walk = ({ inputs: [a] }: Tensor) => matrixWalk(a!.size / a!.shape.at(-1)!, a!.shape.at(-1)!);

export const matmulRule: OpRule<'matmul'> = {
  infer(inputs, { transposeA, transposeB }) {
    const [a, b] = inputs as [Tensor, Tensor];
    const where = a.graph.scope ? `${a.graph.scope}/matmul` : 'matmul';
    for (const input of inputs) {
      if (input.dtype !== 'float32' && !(input === b && isInt8Kernel(b) && !transposeA && !transposeB)) {
        throw new DTypeError(`${where}: expected float32, got ${input.dtype} in ${input.describe()}.`);
      }
      if (input.rank < 2) throw new ShapeError(`${where}: expected at least 2 axes, got ${input.describe()}.`);
    }
    const left = matrixOf(a.shape, transposeA);
    const right = matrixOf(b.shape, transposeB);
    if (left.columns !== right.rows) {
      throw new ShapeError(
        `${where}: the inner sides differ: ${formatShape(a.shape)}${transposeA ? ' transposed' : ''} has ` +
          `${left.columns} columns, ${formatShape(b.shape)}${transposeB ? ' transposed' : ''} has ${right.rows} rows.`,
      );
    }
    const batch = broadcastShapes(where, a.shape.slice(0, -2), b.shape.slice(0, -2));
    return { shape: [...batch, left.rows, right.columns], dtype: 'float32' };
  },

  gradient(node, dy) {
    const [a, b] = node.inputs as [Tensor, Tensor];
    const { transposeA, transposeB } = node.attributes;
    const da = transposeA
      ? b.matmul(dy, { transposeA: transposeB, transposeB: true })
      : dy.matmul(b, { transposeB: !transposeB });
    return [sumToShape(da, a.shape), sumToShape(rightGradient(node, dy), b.shape)];
  },

  flops(node) {
    const { columns } = matrixOf(node.inputs[0]!.shape, node.attributes.transposeA);
    return 2 * node.size * columns;
  },

  absorb: absorbEpilogue,

  takesInt8: ({ inputs: [, b], attributes: { transposeA, transposeB } }) =>
    !transposeA && !transposeB && b!.rank === 2 && fitsInt8(b!.shape),

  workspaceBytes: ([product]) => (isInt8Kernel(product!.inputs[1]!) ? quantizedBytes(int8Walk(product!)) : 0),

  lower(members, context) {
    const product = members[0] as Tensor<'matmul'>;
    const { address } = context;
    const [a, b] = product.inputs as [Tensor, Tensor];
    if (isInt8Kernel(b)) return lowerInt8(members, int8Walk(product), context);
    const left = matrixOf(a.shape, product.attributes.transposeA);
    const right = matrixOf(b.shape, product.attributes.transposeB);
    const batch = isFlattened(product) ? 1 : sizeOf(product.shape.slice(0, -2));
    const m = isFlattened(product) ? sizeOf(a.shape.slice(0, -1)) : left.rows;
    const batchStride = (operand: Tensor) =>
      operand.size === sizeOf(operand.shape.slice(-2)) ? 0 : sizeOf(operand.shape.slice(-2));
    return [
      encode(Opcode.gemm, GemmField, {
        aPointer: address(a),
        aRowStride: left.rowStride,
        aColumnStride: left.columnStride,
        aBatchStride: batch === 1 ? 0 : batchStride(a),
        bPointer: address(b),
        bRowStride: right.rowStride,
        bColumnStride: right.columnStride,
        bBatchStride: batch === 1 ? 0 : batchStride(b),
        cPointer: address(members.at(-1)!),
        cRowStride: right.columns,
        cBatchStride: m * right.columns,
        m,
        n: right.columns,
        k: left.columns,
        batch,
        ...epilogueFields(members, address),
      }),
    ];
  },
};

/** d loss / d b. One matrix b shared by a batch of rows sums over all rows in one product. */
function rightGradient(node: Tensor<'matmul'>, dy: Tensor): Tensor {
  const [a] = node.inputs as [Tensor, Tensor];
  const { transposeA, transposeB } = node.attributes;
  const flatten = (tensor: Tensor) =>
    isFlattened(node) && tensor.rank > 2 ? tensor.reshape([-1, tensor.shape.at(-1)!]) : tensor;
  const [left, right] = [flatten(a), flatten(dy)];
  return transposeB
    ? right.matmul(left, { transposeA: true, transposeB: transposeA })
    : left.matmul(right, { transposeA: !transposeA });
}

/** Below, at and above the register tile, vectors, and a depth beyond one summation block: (m, k, n). */
const PRODUCT_SIZES = [
  [1, 1, 1],
  [1, 5, 9],
  [3, 2, 1],
  [4, 8, 8],
  [5, 9, 7],
  [15, 16, 17],
  [33, 65, 31],
  [21, 300, 20],
  [2, 513, 600],
  [40, 7, 130],
] as const;

/** Samples of `matmul`: all transpositions, batches, and the fused epilogues. */
export function matmulSamples(): OpSample[] {
  const plain = PRODUCT_SIZES.flatMap(([m, k, n]) =>
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB): OpSample => {
        const inputs = [{ shape: transposeA ? [k, m] : [m, k] }, { shape: transposeB ? [n, k] : [k, n] }];
        return {
          name: `${m}x${k}x${n}${transposeA ? ' Aᵀ' : ''}${transposeB ? ' Bᵀ' : ''}`,
          inputs,
          build: ([a, b]) => a!.matmul(b!, { transposeA, transposeB }),
          reference: ([a, b]) => productReference(1, m, k, n, a!, b!, { transposeA, transposeB }),
          tolerance: 1e-5 * Math.sqrt(k),
        };
      }),
    ),
  );
  return [...plain, ...batchSamples(), ...epilogueSamples()];
}

function batchSamples(): OpSample[] {
  const shared = { transposeA: false, transposeB: true };
  return [
    {
      name: 'a batch each',
      inputs: [{ shape: [3, 5, 6] }, { shape: [3, 6, 9] }],
      build: ([a, b]) => a!.matmul(b!),
      reference: ([a, b]) => productReference(3, 5, 6, 9, a!, b!),
    },
    {
      name: 'one b for a batch',
      inputs: [{ shape: [3, 5, 6] }, { shape: [9, 6] }],
      build: ([a, b]) => a!.matmul(b!, shared),
      reference: ([a, b]) => productReference(1, 15, 6, 9, a!, b!, shared),
    },
  ];
}

/** Bias and every activation that the kernel can apply. */
function epilogueSamples(): OpSample[] {
  return [
    {
      name: 'with bias',
      inputs: [{ shape: [9, 6] }, { shape: [6, 11] }, { shape: [11] }],
      build: ([a, b, c]) => a!.matmul(b!).add(c!),
      reference: ([a, b, c]) => productReference(1, 9, 6, 11, a!, b!).map((value, i) => value + c![i % 11]!),
    },
    {
      name: 'with bias and sigmoid',
      inputs: [{ shape: [9, 6] }, { shape: [6, 11] }, { shape: [11] }],
      build: ([a, b, c]) => a!.matmul(b!).add(c!).sigmoid(),
      reference: ([a, b, c]) =>
        productReference(1, 9, 6, 11, a!, b!).map((value, i) => 1 / (1 + Math.exp(-value - c![i % 11]!))),
    },
    {
      name: 'with relu',
      inputs: [{ shape: [13, 300] }, { shape: [300, 21] }],
      build: ([a, b]) => a!.matmul(b!).relu(),
      reference: ([a, b]) => productReference(1, 13, 300, 21, a!, b!).map((value) => Math.max(value, 0)),
      tolerance: 1e-4,
      isSmooth: false,
    },
  ];
}

function productReference(
  batch: number,
  m: number,
  k: number,
  n: number,
  a: Float64Array,
  b: Float64Array,
  { transposeA = false, transposeB = false } = {},
): Float64Array {
  const result = new Float64Array(batch * m * n);
  for (let index = 0; index < result.length; index++) {
    const [item, i, j] = [Math.floor(index / (m * n)), Math.floor(index / n) % m, index % n];
    for (let p = 0; p < k; p++) {
      const left = a[item * m * k + (transposeA ? p * m + i : i * k + p)]!;
      const right = b[item * k * n + (transposeB ? j * k + p : p * n + j)]!;
      result[index]! += left * right;
    }
  }
  return result;
}
