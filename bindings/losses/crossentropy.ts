// What the cross-entropies share. From logits they are fused with softmax or sigmoid and stable for logits of any size.

import type { Tensor } from '../graph/tensor.js';
import { checkNumber } from '../runtime/suggest.js';
import { checkChoice, type ReductionOptions } from './loss.js';
import { checkClassWeights } from './probability.js';

export interface CrossentropyOptions extends ReductionOptions {
  /** Predictions are logits (true, the default: fused and stable) or probabilities. Keras' default is probabilities. */
  fromLogits?: boolean;
  /** s in [0, 1): labels become y (1 - s) + s / classes, of yes/no values y (1 - s) + s / 2. 0 by default. */
  labelSmoothing?: number;
  /** Weights of the classes, those of 0 and 1 for yes/no values; all 1 by default. */
  classWeights?: readonly number[] | null;
  /**
   * 'perSample' (the default): the smoothed loss times the weight of the label's class, the largest of its row.
   * 'perTerm' (PyTorch): w_c stands inside the sum over classes. Without smoothing of one-hot labels both are the same.
   */
  classWeightForm?: 'perSample' | 'perTerm';
}

/** Checks the options of a cross-entropy and fills in what is not given. */
export function settleCrossentropy(name: string, options: CrossentropyOptions) {
  const { fromLogits = true, labelSmoothing = 0, classWeights = null, classWeightForm = 'perSample' } = options;
  checkNumber(name, 'labelSmoothing', labelSmoothing, { minimum: 0, below: 1 });
  checkChoice(name, 'classWeightForm', classWeightForm, ['perSample', 'perTerm']);
  if (classWeights) checkClassWeights(name, 'classWeights', classWeights);
  return { fromLogits, labelSmoothing, classWeights, classWeightForm };
}

export type CrossentropySettings = ReturnType<typeof settleCrossentropy>;

/** The weights of the classes as a tensor, for an output of so many classes. */
export function weightTable(name: string, classWeights: readonly number[], yPred: Tensor): Tensor {
  checkClassWeights(name, 'classWeights', classWeights, yPred.shape.at(-1));
  return yPred.graph.table(classWeights);
}
