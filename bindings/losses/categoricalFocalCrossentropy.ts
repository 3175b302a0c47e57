import { checkNumber } from '../runtime/suggest.js';
import { makeLoss, type Loss, type ReductionOptions } from './loss.js';
import { checkClassWeights, clipProbability } from './probability.js';

export interface CategoricalFocalCrossentropyOptions extends ReductionOptions {
  /** Predictions are logits (true, the default) or probabilities. */
  fromLogits?: boolean;
  /** Exponent of the modulating factor, >= 0; 2 by default. 0 gives the cross-entropy. */
  gamma?: number;
  /** Weight of every class, or one each, >= 0; 1 by default (Keras: 0.25). */
  alpha?: number | readonly number[];
}

/** Below this, 1 - p is taken to be this: powers between 0 and 1 have no derivative at 0. */
const SMALLEST_REST = 1e-30;

/**
 * Focal loss of classes: sum_c y_c alpha_c (1 - p_c)^gamma (-log p_c) with p = softmax(x). 1 - p is computed from log p without
 * cancellation. Shapes: both [batch, ..., classes]. Keras' CategoricalFocalCrossentropy,
 * after Lin et al., "Focal loss for dense object detection", 2017.
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
        checkClassWeights(name, 'alpha', alpha, yPred.shape.at(-1));
        return focused.mul(yPred.graph.table(alpha)).sum({ axis: -1 }).neg();
      },
    },
  );
}
