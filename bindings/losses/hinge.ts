import type { Tensor } from '../graph/tensor.js';
import { elementwiseLoss, type Loss, type ReductionOptions } from './loss.js';

/** Scores are read like logits: above 0 is the positive class. */
export const SCORES = { fromLogits: true, task: 'binary' } as const;

/** Nothing where a score is on its label's side by at least 1. */
export const margin = (yTrue: Tensor, yPred: Tensor): Tensor => yPred.mul(yTrue).affine(-1, 1).relu();

/**
 * Hinge: the mean over a sample's values of max(0, 1 - yTrue yPred), labels -1 and +1, scores of any size. Labels 0 and 1 are
 * not converted (Keras converts them). Shapes: both [batch, ...].
 *
 * @throws OptionError for an unknown option.
 * @example model.compile({ optimizer: 'adam', loss: hinge() })
 */
export const hinge = (options: ReductionOptions = {}): Loss => elementwiseLoss('hinge', options, {}, margin, SCORES);
