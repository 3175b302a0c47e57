import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';

/**
 * log(cosh(e)), e = yPred - yTrue, the mean over a sample's values: e^2 / 2 near 0, |e| - ln 2 far from it. Computed as
 * softplus(2e) - e - ln 2, which overflows for no e and whose gradient is tanh(e). Shapes: both [batch, ...]. Keras' LogCosh.
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: logCosh() })
 */
export const logCosh = (options: ReductionOptions = {}): Loss =>
  elementwiseLoss('logCosh', options, {}, (yTrue, yPred) => {
    const error = yPred.sub(yTrue);
    return error.mul(2).softplus().sub(error).sub(Math.LN2);
  });
