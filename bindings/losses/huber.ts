import { checkNumber } from '../runtime/suggest.js';
import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';

export interface HuberOptions extends ReductionOptions {
  /** Error from which on the loss is linear, > 0, in units of the labels; 1 by default. */
  delta?: number;
}

/**
 * Huber's loss: with e = yPred - yTrue, e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2; the mean over a sample's
 * values. Shapes: both [batch, ...]. Keras' and PyTorch's HuberLoss; Huber, "Robust estimation of a location parameter", 1964.
 *
 * @throws OptionError for an unknown option or a delta that is not positive.
 * @example model.compile({ optimizer: 'adam', loss: huber({ delta: 0.5 }) })
 */
export function huber(options: HuberOptions = {}): Loss {
  const { delta = 1 } = options;
  checkNumber('huber', 'delta', delta, { above: 0 });
  return elementwiseLoss('huber', options, { delta }, (yTrue, yPred) => {
    const size = yPred.sub(yTrue).abs();
    const inside = size.minimum(delta);
    return inside.mul(size.sub(inside.mul(0.5)));
  });
}
