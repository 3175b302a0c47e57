// Fits that do not depend on each other: one after another here, or as tasks of an executor. Both come to the same bits.

import { checkExecutor, isReference, type Executor, type TaskReference } from '../executors/executor.js';
import { runAll } from '../executors/runAll.js';
import type { CustomObjects } from '../model/saving/custom.js';
import { OptionError } from '../runtime/errors.js';
import { describeValue, isObject } from '../runtime/suggest.js';
import { buildMember, checkBuilder, type EnsembleOptions } from './builders.js';
import type { FitContext } from './ensemble.js';
import type { EstimatedValues, Estimator, EstimatorBuilder } from './estimator.js';
import { MemberError } from './memberError.js';
import { fitRows, type MemberData, type MemberPayload, type MemberResult, type MemberRows } from './memberTask.js';
import { readMember } from './readMember.js';

/** Options of ensembles whose members are fitted independently of each other. */
export interface MemberOptions extends EnsembleOptions {
  /**
   * Where members are fitted: here, one after another, by default. Builders cannot go elsewhere: with an executor give the address of a
   * `memberTask` in the place of each, and what `fit` of the members is given to that task.
   */
  executor?: Executor;
  /** Layers, losses and metrics of your own that the members have, by name: with an executor members come back as files. */
  custom?: CustomObjects;
}

/** Makes members here; or the address of a `memberTask`, with an executor. */
export type MemberSource = EstimatorBuilder | TaskReference;

/** Where and how members are fitted. */
export interface Place {
  fit: EnsembleOptions['fit'] & object;
  executor: Executor | undefined;
  custom: CustomObjects | undefined;
}

/** One fit. */
export interface MemberFit extends MemberRows {
  /** Number of the member, which decides its seed. */
  index: number;
  source: MemberSource;
  /** The fold that it is fitted without: one whose predictions alone are wanted. */
  fold?: number;
}

/** What a fit came to. */
export interface FitOutcome {
  /** Undefined where only predictions were wanted. */
  member: Estimator | undefined;
  /** Of the rows `test`. */
  predicted: EstimatedValues | undefined;
}

export const MEMBER_OPTIONS: readonly string[] = ['executor', 'custom'];

/** Where members are fitted, checked. `ofMembers`: `fit` is theirs alone, so with an executor it belongs to their tasks. */
export function resolvePlace(where: string, options: MemberOptions, fit: Place['fit'], ofMembers = true): Place {
  const { executor, custom } = options;
  if (executor === undefined) {
    if (custom === undefined) return { fit, executor, custom };
    throw new OptionError(`${where}: custom is for members that come back from an executor. Leave it out.`);
  }
  checkExecutor(where, executor);
  if (!ofMembers || options.fit === undefined) return { fit, executor, custom };
  throw new OptionError(`${where}: with an executor give fit to the memberTask of the module instead.`);
}

/** A builder; with an executor an address. */
export function checkSource(where: string, option: string, source: unknown, { executor }: Place): MemberSource {
  if (isReference(source)) {
    if (executor) return source;
    throw new OptionError(
      `${where}: ${option} is the address of a task, which runs on an executor. Give executor, such as workers() of wasmgrad/workers.`,
    );
  }
  if (!executor) return checkBuilder(where, option, source);
  throw new OptionError(
    `${where}: ${option} must be the address of a task, since functions cannot go to an executor, got ${describeValue(source)}. ` +
      "Export memberTask({ build }) from a module, and give { module: new URL('./members.js', import.meta.url), name: 'member' }.",
  );
}

/** A source for each member, at least one. */
export function checkSources(where: string, estimators: unknown, place: Place): readonly MemberSource[] {
  if (Array.isArray(estimators) && estimators.length > 0) {
    return estimators.map((source, i) => checkSource(where, `estimators[${i}]`, source, place));
  }
  throw new OptionError(`${where}: estimators must be a list of builders, got ${describeValue(estimators)}.`);
}

/** So many fits, of so many of the ensemble in all. */
export interface Fits<F extends MemberFit> {
  count: number;
  total: number;
  /** Called in the order of the numbers, so that draws are the same wherever members are fitted. */
  fitOf(number: number): F;
  /** Called in the order of the numbers. */
  take(outcome: FitOutcome, fit: F): void;
}

/** Fits members, and tells the ensemble of each. */
export function fitMembers<F extends MemberFit>(context: FitContext, place: Place, fits: Fits<F>): Promise<void> {
  return place.executor ? fitElsewhere(context, place, place.executor, fits) : fitHere(context, place, fits);
}

async function fitHere<F extends MemberFit>(context: FitContext, place: Place, fits: Fits<F>): Promise<void> {
  for (let number = 0; number < fits.count; number++) {
    const fit = fits.fitOf(number);
    const estimator = buildMember(context, fit.source as EstimatorBuilder, fit.index, place.fit);
    const predicted = await fitRows(estimator, context, fit, context.signal);
    const isKept = fit.fold === undefined;
    if (!isKept) estimator.dispose();
    fits.take({ member: isKept ? estimator : undefined, predicted }, fit);
    context.progress(fits.total);
  }
}

async function fitElsewhere<F extends MemberFit>(
  context: FitContext,
  place: Place,
  executor: Executor,
  fits: Fits<F>,
): Promise<void> {
  const { x, y, where } = context;
  // One object for all tasks: executors send it once.
  const data: MemberData = { x, y };
  const arrived = new Map<number, () => void>();
  let next = 0;
  await runAll(executor, fits.count, context.signal, async (number, signal) => {
    const fit = fits.fitOf(number);
    try {
      const outcome = await runTask(context, place, executor, fit, data, signal);
      arrived.set(number, () => fits.take(outcome, fit));
    } catch (error) {
      if (signal.aborted) throw error;
      throw new MemberError(where, fit.index, fit.fold, error);
    }
    for (let take = arrived.get(next); take; take = arrived.get(++next)) {
      arrived.delete(next);
      take();
    }
    context.progress(fits.total);
  });
}

/** One fit by a task, and the member that it made. */
async function runTask(
  context: FitContext,
  { custom }: Place,
  executor: Executor,
  { source, index, train, test, fold }: MemberFit,
  data: MemberData,
  signal: AbortSignal,
): Promise<FitOutcome> {
  const { where, task } = context;
  const keep = fold === undefined;
  const payload: MemberPayload = { where, task, index, train, test, keep };
  const result = await executor.run<MemberPayload, MemberResult, MemberData>(
    { run: source as TaskReference, payload, seed: context.seedOf(index), data },
    { signal },
  );
  const { state, predicted } = checkResult(result, keep, test);
  if (!state) return { member: undefined, predicted };
  const member = await readMember(state, 'its state', task, { ...(custom && { custom }) });
  return { member: context.add(member), predicted };
}

/** Throws unless a task did what a `memberTask` does. */
function checkResult(result: unknown, keep: boolean, test: Int32Array | undefined): MemberResult {
  const { state, predicted } = (isObject(result) ? result : {}) as MemberResult;
  const hasValues = test
    ? predicted?.data instanceof Float64Array && predicted.data.length === test.length * predicted.columns
    : predicted === undefined;
  if (isObject(state) === keep && hasValues) return { ...(state && { state }), ...(predicted && { predicted }) };
  throw new OptionError(
    `its task returned ${describeValue(result)}, which is not what a memberTask returns. Export memberTask({ build }) from its module.`,
  );
}
