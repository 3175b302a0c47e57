import type { Tensor } from '../graph/tensor.js';
import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions, unknownName } from '../runtime/suggest.js';
import type { Regularizer } from './regularizer.js';

/** The identity matrix, out of positions. */
const identity = (like: Tensor, size: number): Tensor => {
  const [row, column] = [
    [size, 1],
    [1, size],
  ].map((shape) => like.graph.iota(shape));
  return row!.equal(column!);
};

/** Rows, or columns, of a kernel as a matrix: leading axes count to the rows, as in Keras. */
function asMatrix(weights: Tensor): Tensor {
  if (weights.rank < 2) {
    throw new ShapeError(
      `orthogonalRegularizer: expected a matrix or a kernel [..., in, out], got ${weights.describe()}.`,
    );
  }
  return weights.rank === 2 ? weights : weights.reshape([-1, weights.shape.at(-1)!]);
}

const frobenius = (gram: Tensor): Tensor => gram.sub(identity(gram, gram.shape[0]!)).sumOfSquares();

const FORMS = {
  /** ||W^T W - I||_F^2: columns of length 1, at right angles. */
  columns: (weights: Tensor) => frobenius(weights.matmul(weights, { transposeA: true })),
  /** ||W W^T - I||_F^2, of the rows. */
  rows: (weights: Tensor) => frobenius(weights.matmul(weights, { transposeB: true })),
  /** Keras' OrthogonalRegularizer in its mode 'rows': mean |cos| over pairs of rows. Lengths are free. */
  cosineRows(weights: Tensor): Tensor {
    const rows = weights.shape[0]!;
    const unit = weights.div(weights.sumOfSquares({ axis: -1, keepDims: true }).maximum(1e-12).sqrt());
    const cosines = unit.matmul(unit, { transposeB: true }).abs();
    const others = identity(weights, rows).affine(-1, 1);
    // Each pair stands twice in the matrix.
    return cosines
      .mul(others)
      .sum()
      .mul(1 / Math.max(rows * (rows - 1), 1));
  },
} satisfies Record<string, (weights: Tensor) => Tensor>;

/**
 * Keeps rows or columns at right angles: lambda times the form. Brock et al. 2017 (`columns`, `rows`); Keras (`cosineRows`).
 * Weights with more axes count as a matrix [product of the leading axes, last axis].
 *
 * @throws OptionError if lambda is negative or the form unknown. @throws ShapeError on vectors.
 * @example dense(64, { kernelRegularizer: orthogonalRegularizer(1e-3, { form: 'columns' }) })
 */
export function orthogonalRegularizer(lambda: number, options: { form?: keyof typeof FORMS } = {}): Regularizer {
  checkNumber('orthogonalRegularizer', 'lambda', lambda, { minimum: 0 });
  checkOptions('orthogonalRegularizer', options, ['form']);
  const { form = 'columns' } = options;
  if (!Object.hasOwn(FORMS, form)) unknownName('orthogonalRegularizer', 'form', form, Object.keys(FORMS));
  return {
    name: 'orthogonalRegularizer',
    config: { lambda, form },
    penalty: (weights) => FORMS[form](asMatrix(weights)).mul(lambda),
  };
}
