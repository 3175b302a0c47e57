import type { Tensor } from '../graph/tensor.js';
import { makeLoss, type Loss, type ReductionOptions } from './loss.js';
import { PROBABILITY_MARGIN } from './probability.js';

export interface KlDivergenceOptions extends ReductionOptions {
  /** Predictions are logits, softmax and logarithm in one; false (probabilities) by default. */
  fromLogits?: boolean;
}

/** y log y, and 0 for 0. */
const timesOwnLogarithm = (y: Tensor): Tensor => y.greater(0).where(y.mul(y.log()), 0);

/**
 * Kullback-Leibler divergence of distributions: sum_c y_c log(y_c / p_c), with 0 log 0 = 0; in nats. Shapes: both
 * [batch, ..., classes]. The mean is over samples, as PyTorch's 'batchmean'. Probabilities below 1e-7 are taken to be that.
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: klDivergence({ fromLogits: true }) })
 */
export function klDivergence(options: KlDivergenceOptions = {}): Loss {
  const { fromLogits = false } = options;
  return makeLoss(
    'klDivergence',
    options,
    { fromLogits },
    {
      fromLogits,
      task: 'categorical',
      perSample(yTrue, yPred) {
        const logarithm = fromLogits ? yPred.logSoftmax() : yPred.maximum(PROBABILITY_MARGIN).log();
        return timesOwnLogarithm(yTrue).sub(logarithm.mul(yTrue)).sum({ axis: -1 });
      },
    },
  );
}
