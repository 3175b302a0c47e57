// One fit of a member: on rows of the data, then a prediction of others. Here, or as a function of a module for executors.

import type { TaskContext, TaskFunction } from '../executors/executor.js';
import { checkFitOptions } from '../model/fit.js';
import { checkOptions } from '../runtime/suggest.js';
import { checkBuilder, type EnsembleOptions } from './builders.js';
import { asEstimator, type EstimatedValues, type Estimator, type EstimatorBuilder, type EstimatorState } from './estimator.js'; // prettier-ignore
import { takeRows, type EnsembleTask, type Samples, type Targets } from './samples.js';

export interface MemberTaskOptions {
  /** Makes a compiled model, or an estimator such as `decisionTree()`, for each member. Use the seed, or members are equal. */
  build: EstimatorBuilder;
  /** What `fit` of members that are models is given: epochs, batchSize, callbacks ... */
  fit?: EnsembleOptions['fit'];
}

/** Which rows a member is fitted on and asked about. */
export interface MemberRows {
  /** Rows that it is fitted on; all if left out. */
  train?: Int32Array | undefined;
  /** Rows that it predicts once it is fitted; none if left out. */
  test?: Int32Array | undefined;
}

/** What a member's task is told. The seed of the task is that of the member. */
export interface MemberPayload extends MemberRows {
  /** The ensemble's kind, for messages. */
  where: string;
  task: EnsembleTask;
  /** Number of the member. */
  index: number;
  /** Whether the fitted member is wanted, beside its predictions. */
  keep: boolean;
}

/** What all members share. */
export interface MemberData {
  x: Samples;
  y: Targets;
}

/** What a member's task comes to. */
export interface MemberResult {
  /** As `save` of the member gives it. */
  state?: EstimatorState;
  /** Predictions of the rows asked about. */
  predicted?: EstimatedValues;
}

/** Fits on some rows, and predicts others. */
export async function fitRows(
  estimator: Estimator,
  { x, y }: MemberData,
  { train, test }: MemberRows,
  signal: AbortSignal | undefined,
): Promise<EstimatedValues | undefined> {
  const pick = (all: Samples) => (train ? takeRows(all, train) : all);
  await estimator.fit(pick(x), pick(y), { signal });
  return test && estimator.predict(takeRows(x, test), signal);
}

/**
 * The fit of a member as a function of a module, for executors that run elsewhere: export it, and give `bagging`, `voting` or
 * `stacking` its address in the place of a builder. Members and predictions are the same bits as those of the builder itself.
 *
 * The task is given the samples, which all members share, the rows of them that the ensemble drew, and the seed of the member; what
 * comes back is the fitted member's file or arrays. So members are models or trees of the library.
 *
 * @throws OptionError for unknown options, and for a builder that is none.
 * @example
 * // members.js
 * export const tree = memberTask({ build: (seed) => decisionTree({ maxFeatures: 0.3, seed }) });
 * export const net = memberTask({ build: (seed) => makeModel(seed), fit: { epochs: 20 } });
 * // main.js
 * const build = { module: new URL('./members.js', import.meta.url), name: 'tree' };
 * const forest = bagging({ task: 'classification', estimators: 50, build, executor: workers() });
 */
export function memberTask(options: MemberTaskOptions): TaskFunction<MemberPayload, MemberResult, MemberData> {
  const where = 'memberTask';
  checkOptions(where, options, ['build', 'fit']);
  const { fit = {} } = options;
  const build = checkBuilder(where, 'build', options.build);
  checkFitOptions(fit);
  return async (payload, { data, seed, signal }: TaskContext<MemberData>) => {
    const estimator = asEstimator(payload.where, build(seed, payload.index), payload.task, fit);
    try {
      const predicted = await fitRows(estimator, data, payload, signal);
      return { ...(payload.keep && { state: await estimator.save() }), ...(predicted && { predicted }) };
    } finally {
      estimator.dispose();
    }
  };
}
