// Losses of margins: nothing where a score is on its label's side by at least 1.

import type { Tensor } from '../graph/tensor.js';
import { elementwiseLoss, makeLoss, type Loss, type ReductionOptions } from './loss.js';

/** Scores are read like logits: above 0 is the positive class. */
const SCORES = { fromLogits: true, task: 'binary' } as const;

const margin = (yTrue: Tensor, yPred: Tensor): Tensor => yPred.mul(yTrue).affine(-1, 1).relu();

/**
 * Hinge: the mean over a sample's values of max(0, 1 - yTrue yPred), labels -1 and +1, scores of any size. Labels 0 and 1 are
 * not converted (Keras converts them). Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: hinge() })
 */
export const hinge = (options: ReductionOptions = {}): Loss => elementwiseLoss('hinge', options, {}, margin, SCORES);

/**
 * Squared hinge: the mean over a sample's values of max(0, 1 - yTrue yPred)^2, labels -1 and +1. Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: squaredHinge() })
 */
export const squaredHinge = (options: ReductionOptions = {}): Loss =>
  elementwiseLoss('squaredHinge', options, {}, (yTrue, yPred) => margin(yTrue, yPred).square(), SCORES);

/**
 * Hinge of classes as in Keras: max(0, 1 + max_c((1 - y_c) p_c) - sum_c y_c p_c) with one-hot labels; the maximum includes
 * the 0 of the true class. Shapes: both [batch, ..., classes].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: categoricalHinge() })
 */
export const categoricalHinge = (options: ReductionOptions = {}): Loss =>
  makeLoss(
    'categoricalHinge',
    options,
    {},
    {
      fromLogits: true,
      task: 'categorical',
      perSample(yTrue, yPred) {
        const positive = yPred.mul(yTrue).sum({ axis: -1 });
        const negative = yPred.mul(yTrue.affine(-1, 1)).max({ axis: -1 });
        return negative.sub(positive).add(1).relu();
      },
    },
  );
