// Penalties of the size of single weights.

import type { Tensor } from '../graph/tensor.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { Regularizer } from './regularizer.js';

const POSITIVE = { minimum: 0 };

/** sign(w) max(|w| - threshold, 0): the proximal map of threshold |w|. */
const softThreshold = (weights: Tensor, threshold: Tensor): Tensor =>
  weights.sign().mul(weights.abs().sub(threshold).maximum(0));

/**
 * L1: lambda sum |w|, with the derivative 0 at 0. A gradient step leaves small weights, not zeros. With `proximal` the
 * penalty is not differentiated; instead every update ends with w = sign(w) max(|w| - rate lambda, 0), which makes exact
 * zeros: a lasso that selects features. Tibshirani 1996; Parikh & Boyd, Proximal Algorithms, 2014, section 6.5.2.
 *
 * @throws OptionError if lambda is negative.
 * @example dense(1, { kernelRegularizer: l1(0.01, { proximal: true }) })
 */
export function l1(lambda: number, options: { proximal?: boolean } = {}): Regularizer {
  checkNumber('l1', 'lambda', lambda, POSITIVE);
  checkOptions('l1', options, ['proximal']);
  const { proximal = false } = options;
  return {
    name: 'l1',
    config: { lambda, proximal },
    penalty: (weights) => weights.abs().sum().mul(lambda),
    proximal: proximal ? (weights, rate) => softThreshold(weights, rate.mul(lambda)) : undefined,
  };
}

/**
 * L2: lambda sum w^2 (Keras), or with `half` lambda/2 sum w^2 (the textbooks; then the gradient is lambda w, as weight
 * decay in PyTorch).
 *
 * @throws OptionError if lambda is negative.
 * @example dense(64, { kernelRegularizer: l2(1e-4) })
 */
export function l2(lambda: number, options: { half?: boolean } = {}): Regularizer {
  checkNumber('l2', 'lambda', lambda, POSITIVE);
  checkOptions('l2', options, ['half']);
  const { half = false } = options;
  return {
    name: 'l2',
    config: { lambda, half },
    penalty: (weights) => weights.sumOfSquares().mul(half ? lambda / 2 : lambda),
  };
}

/**
 * Both: l1 sum |w| + l2 sum w^2, as in Keras. With `proximal` the L1 part makes exact zeros:
 * w = sign(w) max(|w| - rate l1, 0) / (1 + 2 rate l2) after each update.
 *
 * @throws OptionError if a factor is negative.
 * @example dense(64, { kernelRegularizer: l1l2({ l1: 1e-5, l2: 1e-4 }) })
 */
export function l1l2(options: { l1?: number; l2?: number; proximal?: boolean } = {}): Regularizer {
  checkOptions('l1l2', options, ['l1', 'l2', 'proximal']);
  const { l1: lasso = 0.01, l2: ridge = 0.01, proximal = false } = options;
  checkNumber('l1l2', 'l1', lasso, POSITIVE);
  checkNumber('l1l2', 'l2', ridge, POSITIVE);
  return {
    name: 'l1l2',
    config: { l1: lasso, l2: ridge, proximal },
    penalty: (weights) => weights.abs().sum().mul(lasso).add(weights.sumOfSquares().mul(ridge)),
    proximal: proximal
      ? (weights, rate) => softThreshold(weights, rate.mul(lasso)).div(rate.affine(2 * ridge, 1))
      : undefined,
  };
}

/**
 * The elastic net as scikit-learn writes it: alpha (l1Ratio sum |w| + (1 - l1Ratio)/2 sum w^2). Zou & Hastie 2005.
 *
 * @throws OptionError if alpha is negative or l1Ratio is not in [0, 1].
 * @example dense(1, { kernelRegularizer: elasticNet(0.1, { l1Ratio: 0.5, proximal: true }) })
 */
export function elasticNet(alpha: number, options: { l1Ratio?: number; proximal?: boolean } = {}): Regularizer {
  checkNumber('elasticNet', 'alpha', alpha, POSITIVE);
  checkOptions('elasticNet', options, ['l1Ratio', 'proximal']);
  const { l1Ratio = 0.5, proximal = false } = options;
  checkNumber('elasticNet', 'l1Ratio', l1Ratio, { minimum: 0, maximum: 1 });
  const both = l1l2({ l1: alpha * l1Ratio, l2: (alpha * (1 - l1Ratio)) / 2, proximal });
  return { ...both, name: 'elasticNet', config: { alpha, l1Ratio, proximal } };
}
