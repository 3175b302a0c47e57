import { ShapeError } from '../runtime/errors.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { Tensor } from '../graph/tensor.js';
import type { Regularizer } from './regularizer.js';

/** Norms of the rows of a kernel [..., in, out]: one for each input, all its outgoing weights. The derivative at 0 is 0. */
function rowNorms(weights: Tensor): Tensor {
  if (weights.rank < 2) {
    throw new ShapeError(`groupLasso: expected weights with rows, got ${weights.describe()}. Use l1 on vectors.`);
  }
  const squares = weights.sumOfSquares({ axis: -1, keepDims: true });
  const isNonZero = squares.greater(0);
  return isNonZero.where(squares, 1).sqrt().mul(isNonZero);
}

/**
 * Group lasso: lambda sum over rows of ||row||, times sqrt(row length) with `scaleBySize`. A row is all weights that leave
 * one input, so inputs are dropped as a whole. With `proximal` each update ends with row *= max(1 - rate lambda / ||row||, 0),
 * which makes rows exactly zero. Yuan & Lin 2006.
 *
 * @throws OptionError if lambda is negative. @throws ShapeError on weights without rows.
 * @example dense(64, { kernelRegularizer: groupLasso(0.01, { proximal: true }) })
 */
export function groupLasso(lambda: number, options: { scaleBySize?: boolean; proximal?: boolean } = {}): Regularizer {
  checkNumber('groupLasso', 'lambda', lambda, { minimum: 0 });
  checkOptions('groupLasso', options, ['scaleBySize', 'proximal']);
  const { scaleBySize = false, proximal = false } = options;
  const factorOf = (weights: Tensor) => (scaleBySize ? lambda * Math.sqrt(weights.shape.at(-1)!) : lambda);
  return {
    name: 'groupLasso',
    config: { lambda, scaleBySize, proximal },
    penalty: (weights) => rowNorms(weights).sum().mul(factorOf(weights)),
    proximal: proximal
      ? (weights, rate) => {
          const norms = rowNorms(weights);
          const kept = norms.sub(rate.mul(factorOf(weights))).maximum(0);
          return weights.mul(kept.div(norms.equal(0).where(1, norms)));
        }
      : undefined,
  };
}
