import { margin, SCORES } from './hinge.js';
import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';

/**
 * Squared hinge: the mean over a sample's values of max(0, 1 - yTrue yPred)^2, labels -1 and +1. Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: squaredHinge() })
 */
export const squaredHinge = (options: ReductionOptions = {}): Loss =>
  elementwiseLoss('squaredHinge', options, {}, (yTrue, yPred) => margin(yTrue, yPred).square(), SCORES);
