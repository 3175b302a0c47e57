import type { Tensor } from '../graph/tensor.js';
import { checkNumber } from '../runtime/suggest.js';
import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';
import { logProbabilities } from './probability.js';

export interface BinaryFocalCrossentropyOptions extends ReductionOptions {
  /** Predictions are logits (true, the default) or probabilities. */
  fromLogits?: boolean;
  /** Exponent of the modulating factor, >= 0; 2 by default. 0 gives the cross-entropy. */
  gamma?: number;
  /** Weight of label 1, in [0, 1]; label 0 weighs 1 - alpha. null, the default, weighs both 1. */
  alpha?: number | null;
}

/**
 * Focal loss of independent yes/no values: alpha_t (1 - p_t)^gamma (-log p_t), the mean over a sample's values, where p_t is the
 * probability of the label; a label between 0 and 1 mixes the two. Powers and logarithms are taken of the logits, so any size
 * of them is fine. Shapes: both [batch, ...].
 * Lin et al., "Focal loss for dense object detection", 2017.
 *
 * @throws OptionError for an unknown option, or gamma or alpha out of range.
 * @example model.compile({ optimizer: 'adam', loss: binaryFocalCrossentropy({ gamma: 2, alpha: 0.25 }) })
 */
export function binaryFocalCrossentropy(options: BinaryFocalCrossentropyOptions = {}): Loss {
  const name = 'binaryFocalCrossentropy';
  const { fromLogits = true, gamma = 2, alpha = null } = options;
  checkNumber(name, 'gamma', gamma, { minimum: 0 });
  if (alpha !== null) checkNumber(name, 'alpha', alpha, { minimum: 0, maximum: 1 });
  const perElement = (yTrue: Tensor, yPred: Tensor): Tensor => {
    const { ofTrue, ofFalse } = logProbabilities(yPred, fromLogits);
    // (1 - p)^gamma = e^(gamma log(1 - p)): no power of a number that has become 0.
    const whenTrue = ofFalse.mul(gamma).exp().mul(ofTrue).mul(yTrue);
    const whenFalse = ofTrue.mul(gamma).exp().mul(ofFalse).mul(yTrue.affine(-1, 1));
    return whenTrue.mul(-(alpha ?? 1)).sub(whenFalse.mul(1 - (alpha ?? 0)));
  };
  return elementwiseLoss(name, options, { fromLogits, gamma, alpha }, perElement, { fromLogits, task: 'binary' });
}
