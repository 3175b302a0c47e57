// Constraints on the length of weight vectors.

import type { Tensor } from '../graph/tensor.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import type { Constraint } from './constraint.js';

/** Keeps a division by a norm of 0 finite, as in Keras. */
const EPSILON = 1e-7;

export interface NormOptions {
  /** Axes over which a norm is taken; all but the last by default: the weights that enter one unit, also in convolutions. */
  axis?: number | readonly number[];
}

const incomingAxes = (weights: Tensor): number[] =>
  weights.rank < 2 ? [0] : weights.shape.slice(0, -1).map((_, axis) => axis);

const norms = (weights: Tensor, axis: NormOptions['axis']): Tensor =>
  weights.sumOfSquares({ axis: axis ?? incomingAxes(weights), keepDims: true }).sqrt();

const configOfAxis = (axis: NormOptions['axis']) => (axis === undefined ? {} : { axis });

/**
 * The norm of the weights that enter a unit stays at most `maximum`: w *= min(1, maximum / ||w||). Goes well with dropout.
 * Srebro & Shraibman 2005; Srivastava et al. 2014 (there c = 2 or 3).
 *
 * @throws OptionError if the maximum is not positive.
 * @example dense(64, { kernelConstraint: maxNorm(3) })
 */
export function maxNorm(maximum = 2, options: NormOptions = {}): Constraint {
  checkNumber('maxNorm', 'maximum', maximum, { above: 0 });
  checkOptions('maxNorm', options, ['axis']);
  return {
    name: 'maxNorm',
    config: { maximum, ...configOfAxis(options.axis) },
    apply: (weights) =>
      weights.mul(weights.graph.constant(maximum).div(norms(weights, options.axis).maximum(EPSILON)).minimum(1)),
  };
}

/**
 * The norm of the weights that enter a unit lies in [minimum, maximum]: with the share `rate` of the way there at each
 * update. Keras' MinMaxNorm.
 *
 * @throws OptionError if the bounds are not positive and in order, or the rate is not in (0, 1].
 * @example dense(64, { kernelConstraint: minMaxNorm({ minimum: 0.5, maximum: 2 }) })
 */
export function minMaxNorm(
  options: NormOptions & { minimum?: number; maximum?: number; rate?: number } = {},
): Constraint {
  checkOptions('minMaxNorm', options, ['minimum', 'maximum', 'rate', 'axis']);
  const { minimum = 0, maximum = 1, rate = 1, axis } = options;
  checkNumber('minMaxNorm', 'minimum', minimum, { minimum: 0 });
  checkNumber('minMaxNorm', 'maximum', maximum, { above: minimum });
  checkNumber('minMaxNorm', 'rate', rate, { above: 0, maximum: 1 });
  return {
    name: 'minMaxNorm',
    config: { minimum, maximum, rate, ...configOfAxis(axis) },
    apply(weights) {
      const length = norms(weights, axis);
      const wanted = length
        .clip(minimum, maximum)
        .mul(rate)
        .add(length.mul(1 - rate));
      return weights.mul(wanted.div(length.maximum(EPSILON)));
    },
  };
}

/**
 * The weights that enter a unit have norm 1: w /= ||w||.
 *
 * @example dense(64, { kernelConstraint: unitNorm() })
 */
export function unitNorm(options: NormOptions = {}): Constraint {
  checkOptions('unitNorm', options, ['axis']);
  return {
    name: 'unitNorm',
    config: configOfAxis(options.axis),
    apply: (weights) => weights.div(norms(weights, options.axis).maximum(EPSILON)),
  };
}
