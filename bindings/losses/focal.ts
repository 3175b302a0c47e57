// Focal losses: cross-entropies in which what is easy weighs little. Lin et al., "Focal loss for dense object detection", 2017.

import type { Tensor } from '../graph/tensor.js';
import { checkNumber } from '../runtime/suggest.js';
import { elementwiseLoss, makeLoss, type Loss, type ReductionOptions } from './loss.js';
import { checkClassWeights, clipProbability, logProbabilities } from './probability.js';

export interface BinaryFocalCrossentropyOptions extends ReductionOptions {
  /** Predictions are logits (true, the default) or probabilities. */
  fromLogits?: boolean;
  /** Exponent of the modulating factor, >= 0; 2 by default. 0 gives the cross-entropy. */
  gamma?: number;
  /** Weight of label 1, in [0, 1]; label 0 weighs 1 - alpha. null, the default, weighs both 1. */
  alpha?: number | null;
}

export interface CategoricalFocalCrossentropyOptions extends ReductionOptions {
  /** Predictions are logits (true, the default) or probabilities. */
  fromLogits?: boolean;
  /** Exponent of the modulating factor, >= 0; 2 by default. 0 gives the cross-entropy. */
  gamma?: number;
  /** Weight of every class, or one each, >= 0; 1 by default (Keras: 0.25). */
  alpha?: number | readonly number[];
}

/**
 * Focal loss of independent yes/no values: alpha_t (1 - p_t)^gamma (-log p_t), the mean over a sample's values, where p_t is the
 * probability of the label; a label between 0 and 1 mixes the two. Powers and logarithms are taken of the logits, so any size
 * of them is fine. Shapes: both [batch, ...].
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
    return whenTrue
      .mul(-(alpha ?? 1))
      .sub(whenFalse.mul(1 - (alpha ?? 0)));
  };
  return elementwiseLoss(name, options, { fromLogits, gamma, alpha }, perElement, { fromLogits, task: 'binary' });
}

/** Below this, 1 - p is taken to be this: powers between 0 and 1 have no derivative at 0. */
const SMALLEST_REST = 1e-30;

/**
 * Focal loss of classes: sum_c y_c alpha_c (1 - p_c)^gamma (-log p_c) with p = softmax(x). 1 - p is computed from log p without
 * cancellation. Shapes: both [batch, ..., classes]. Keras' CategoricalFocalCrossentropy.
 *
 * @throws OptionError for an unknown option, gamma or alpha out of range, or alphas that are not one a class.
 * @example model.compile({ optimizer: 'adam', loss: categoricalFocalCrossentropy({ alpha: [0.25, 1, 1] }) })
 */
export function categoricalFocalCrossentropy(options: CategoricalFocalCrossentropyOptions = {}): Loss {
  const name = 'categoricalFocalCrossentropy';
  const { fromLogits = true, gamma = 2, alpha = 1 } = options;
  checkNumber(name, 'gamma', gamma, { minimum: 0 });
  if (typeof alpha === 'number') checkNumber(name, 'alpha', alpha, { minimum: 0 });
  else checkClassWeights(name, 'alpha', alpha);
  return makeLoss(
    name,
    options,
    { fromLogits, gamma, alpha },
    {
      fromLogits,
      task: 'categorical',
      perSample(yTrue, yPred) {
        const logarithm = fromLogits ? yPred.logSoftmax() : clipProbability(yPred).log();
        const plain = logarithm.mul(yTrue);
        // elu is e^x - 1 below 0, precise near it.
        const rest = logarithm.elu().neg().maximum(SMALLEST_REST);
        const focused = gamma === 0 ? plain : plain.mul(rest.pow(gamma));
        if (typeof alpha === 'number') return focused.sum({ axis: -1 }).mul(-alpha);
        checkClassWeights(name, 'alpha', alpha, yPred.shape.at(-1)!);
        return focused.mul(yPred.graph.table(alpha)).sum({ axis: -1 }).neg();
      },
    },
  );
}
