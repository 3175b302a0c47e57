// What the factories of ensembles share: options that name a task, a builder and what its models' fit is given.

import type { FitOptions } from '../model/fit.js';
import { checkFitOptions } from '../model/fit.js';
import { OptionError } from '../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { asEstimator, type Estimator, type EstimatorBuilder } from './estimator.js';
import type { FitContext } from './ensemble.js';
import { checkTask, type EnsembleTask } from './samples.js';

/** Options of every ensemble. */
export interface EnsembleOptions {
  /** Classes, given as class numbers from 0, or values. */
  task: EnsembleTask;
  /** What `fit` of members that are models is given: epochs, batchSize, callbacks ... */
  fit?: Omit<FitOptions, 'signal' | 'sampleWeight'>;
  /** Seed of the members' seeds and of what is drawn; 0 by default. */
  seed?: number;
}

/** Makes a compiled model, or an estimator such as `decisionTree()`, for each member. Use the seed, or members are equal. */
export interface BuilderOptions {
  build: EstimatorBuilder;
}

/** Checks what ensembles share, and gives the defaults. */
export function resolveEnsemble<O extends EnsembleOptions>(where: string, options: O, own: readonly string[]) {
  checkOptions(where, options, ['task', 'fit', 'seed', ...own]);
  const { fit = {}, seed = 0 } = options;
  checkTask(where, options.task);
  checkFitOptions(fit);
  checkNumber(where, 'seed', seed, { minimum: 0, integer: true });
  return { task: options.task, fit, seed };
}

export function checkBuilder(where: string, option: string, build: unknown): EstimatorBuilder {
  if (typeof build === 'function') return build as EstimatorBuilder;
  throw new OptionError(
    `${where}: ${option} must be a function that makes a compiled model, got ${describeValue(build)}.`,
  );
}

/** The member of a number, made and remembered. */
export function buildMember(
  context: FitContext,
  build: EstimatorBuilder,
  index: number,
  fit: FitOptions,
  task: EnsembleTask = context.task,
): Estimator {
  const { where } = context;
  return context.add(asEstimator(where, build(context.seedOf(index), index), task, fit));
}
