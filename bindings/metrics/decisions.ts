// How the outputs that a loss trains are read as decisions: class numbers, scores and probabilities.

import type { Shape } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { Loss, Task } from '../losses/loss.js';
import { oneHot } from '../losses/probability.js';
import { checkNumber } from '../runtime/suggest.js';

export interface DecisionOptions {
  /** For yes/no values: above it is yes; by default 0 for logits and 0.5 for probabilities. */
  threshold?: number;
}

/** Of an output [batch, ...]. A loss of quantities says nothing of decisions: then a row is one of classes and a single value yes or no. */
export function taskOf(loss: Loss, outputShape: Shape): Exclude<Task, 'regression'> {
  if (loss.task !== undefined && loss.task !== 'regression') return loss.task;
  if (loss.labels === 'classes') return 'sparse';
  return outputShape.length > 1 && outputShape.at(-1)! > 1 ? 'categorical' : 'binary';
}

/** Class numbers of the positions of a batch, as float32. */
export interface Decisions {
  truth: Tensor;
  predicted: Tensor;
  classes: number;
  /** Shape of the positions, [batch, ...]. */
  shape: Shape;
}

/** A label above this means yes; it tells 1 from 0 and from -1. */
const YES = 0.5;

export function decide(loss: Loss, yTrue: Tensor, yPred: Tensor, options: DecisionOptions = {}): Decisions {
  const { threshold = loss.fromLogits ? 0 : YES } = options;
  const task = taskOf(loss, yPred.shape);
  if (task === 'binary') {
    return { truth: yTrue.greater(YES), predicted: yPred.greater(threshold), classes: 2, shape: yPred.shape };
  }
  const truth = (task === 'sparse' ? yTrue : yTrue.argMax()).toFloat();
  return { truth, predicted: yPred.argMax().toFloat(), classes: yPred.shape.at(-1)!, shape: truth.shape };
}

export const checkThreshold = (where: string, { threshold }: DecisionOptions): void => {
  if (threshold !== undefined) checkNumber(where, 'threshold', threshold);
};

/** Probabilities of an output: of yes for yes/no values, of each class of a row otherwise. */
export function probabilities(loss: Loss, yPred: Tensor): Tensor {
  if (!loss.fromLogits) return yPred;
  return taskOf(loss, yPred.shape) === 'binary' ? yPred.sigmoid() : yPred.softmax().minimum(1);
}

/** Labels as values of the output's shape: one-hot for class numbers. */
export const labelValues = (loss: Loss, yTrue: Tensor, yPred: Tensor): Tensor => {
  const task = taskOf(loss, yPred.shape);
  if (task === 'sparse') return oneHot(yTrue, yPred.shape.at(-1)!);
  return task === 'binary' ? yTrue.greater(YES) : yTrue;
};
