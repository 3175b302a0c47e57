import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';

/**
 * Mean absolute error: the mean over a sample's values of |yPred - yTrue|; its gradient where both are equal is 0.
 * Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: meanAbsoluteError() })
 */
export const meanAbsoluteError = (options: ReductionOptions = {}): Loss =>
  elementwiseLoss('meanAbsoluteError', options, {}, (yTrue, yPred) => yPred.sub(yTrue).abs());
