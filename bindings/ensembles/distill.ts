import type { ArrayData } from '../data/arrays.js';
import type { FitOptions } from '../model/fit.js';
import type { History } from '../model/history.js';
import { partsOf, type Model } from '../model/model.js';
import { OptionError } from '../runtime/errors.js';
import { log } from '../runtime/math.js';
import type { Ensemble } from './ensemble.js';

/** Probabilities are kept this far from 0 before the logarithm. */
const LEAST_PROBABILITY = 1e-7;

/**
 * Trains one model to answer as an ensemble does: one that is as small and fast as a member, and often better than each of them. For classes compile the student
 * with `distillation({ temperature })`: it learns from the logarithms of the ensemble's mean probabilities, which are logits of it. For values compile it with any
 * loss of values. Needs no labels, so samples without labels help. Hinton, Vinyals & Dean, "Distilling the knowledge in a neural network", 2015.
 *
 * @returns The student's history.
 * @throws OptionError if the student's loss takes class numbers.
 * @example
 * student.compile({ optimizer: 'adam', loss: distillation({ temperature: 3 }) });
 * await distill(forest, student, x, { epochs: 20 });
 */
export async function distill(
  teacher: Ensemble,
  student: Model,
  x: ArrayData,
  fit: Omit<FitOptions, 'sampleWeight' | 'classWeight'> = {},
): Promise<History> {
  const [objective] = partsOf(student, 'distill', x).objectives;
  const { name, labels } = objective!.loss;
  if (labels === 'classes') {
    throw new OptionError(
      `distill: the student's loss ${name} takes class numbers. Compile it with distillation({ temperature: 3 }).`,
    );
  }
  const { data, shape } = await teacher.predict(x, fit.signal ? { signal: fit.signal } : {});
  const isLogits = teacher.task === 'classification' && objective!.loss.fromLogits;
  const targets = isLogits ? data.map((p) => log(Math.max(p, LEAST_PROBABILITY))) : data;
  return student.fit(x, { data: targets, shape }, fit);
}
