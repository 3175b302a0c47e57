import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';

/**
 * Mean squared error: the mean over a sample's values of (yPred - yTrue)^2. Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: meanSquaredError() })
 */
export const meanSquaredError = (options: ReductionOptions = {}): Loss =>
  elementwiseLoss('meanSquaredError', options, {}, (yTrue, yPred) => yPred.sub(yTrue).square());
