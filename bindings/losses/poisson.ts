import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';

export interface PoissonOptions extends ReductionOptions {
  /** Predictions are logarithms of rates (PyTorch's default) instead of rates (the default here and in Keras). */
  logInput?: boolean;
}

/** Rates are kept this far from 0 before the logarithm. */
const SMALLEST_RATE = 1e-7;

/**
 * Negative log-likelihood of counts without its constant: the mean over a sample's values of p - y log(p), or of
 * exp(p) - y p with `logInput`. Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: poisson({ logInput: true }) })
 */
export function poisson(options: PoissonOptions = {}): Loss {
  const { logInput = false } = options;
  return elementwiseLoss('poisson', options, { logInput }, (yTrue, yPred) =>
    logInput ? yPred.exp().sub(yPred.mul(yTrue)) : yPred.sub(yPred.maximum(SMALLEST_RATE).log().mul(yTrue)),
  );
}
