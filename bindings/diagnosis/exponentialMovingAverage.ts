import { checkNumber, checkOptions } from '../runtime/suggest.js';

/**
 * The exponentially weighted average v_t = beta v_{t-1} + (1 - beta) x_t from v_0 = 0; with `biasCorrection` divided by
 * 1 - beta^t, so that it does not start low. It averages about the last 1 / (1 - beta) values. The correction is that of Adam
 * (Kingma & Ba 2015, section 3); with it the average of a constant is the constant from the first value on.
 *
 * @param beta Share of the past, in [0, 1).
 * @throws OptionError for a share outside [0, 1), and for unknown options.
 * @example exponentialMovingAverage(history.history.loss, 0.9, { biasCorrection: true })
 */
export function exponentialMovingAverage(
  values: ArrayLike<number>,
  beta: number,
  options: { biasCorrection?: boolean } = {},
): number[] {
  checkNumber('exponentialMovingAverage', 'beta', beta, { minimum: 0, below: 1 });
  checkOptions('exponentialMovingAverage', options, ['biasCorrection']);
  const { biasCorrection = false } = options;
  let average = 0;
  let decay = 1;
  return Array.from(values, (value) => {
    average = beta * average + (1 - beta) * value;
    decay *= beta;
    return biasCorrection ? average / (1 - decay) : average;
  });
}
