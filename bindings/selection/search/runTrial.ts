// One trial on an executor, to its end, whatever that is.

import type { Executor, TaskFunction, TaskReference } from '../../executors/executor.js';
import { reasonOf } from '../../runtime/errors.js';
import { describeValue, isObject } from '../../runtime/suggest.js';
import type { Pruner } from './pruners/pruner.js';
import type { Objective } from './study.js';
import type { Direction, Observation, StartedTrial, Trial } from './trial.js';

export interface TrialOptions {
  objective: Objective<never, never> | TaskReference;
  executor: Executor;
  direction: Direction;
  pruner?: Pruner;
  data?: unknown;
  timeLimit?: number;
  signal?: AbortSignal;
  /** What the pruner looks at. */
  known: readonly Observation[];
}

/** Tells an objective that its trial ends here. */
class TrialPruned extends Error {
  override readonly name = 'TrialPruned';
}

class TrialFailed extends Error {}

type Report = readonly [step: number, value: number];

function toReport(progress: unknown, count: number): Report {
  const { step, value } = isObject(progress) ? progress : { step: count + 1, value: progress };
  if (!Number.isFinite(step)) throw new TrialFailed(`reported at the step ${describeValue(step)}, expected a number`);
  if (!Number.isFinite(value)) throw new TrialFailed(`reported ${describeValue(value)} at step ${String(step)}`);
  return [step as number, value as number];
}

/**
 * Runs a trial. Resolves to what it came to; rejects only with the reason of the study's signal.
 */
export async function runTrial(started: StartedTrial, options: TrialOptions): Promise<Trial> {
  const { executor, data, direction, pruner, known, timeLimit, signal } = options;
  const sign = direction === 'minimize' ? 1 : -1;
  const reports: Report[] = [];
  const limit = new AbortController();
  let ending: Error | undefined;

  const onProgress = (progress: unknown): void => {
    if (ending) throw ending;
    try {
      reports.push(toReport(progress, reports.length));
      const losses = reports.map(([step, value]) => [step, sign * value] as const);
      if (pruner?.prunes({ reports: losses, trials: known })) {
        throw new TrialPruned(`pruned at step ${reports.at(-1)![0]}`);
      }
    } catch (error) {
      ending = error as Error;
      throw error;
    }
  };

  const begin = performance.now();
  const timer =
    timeLimit === undefined
      ? undefined
      : setTimeout(() => {
          ending ??= new TrialFailed(`took longer than ${timeLimit} s`);
          limit.abort(ending);
        }, 1000 * timeLimit);
  const end = (rest: Pick<Trial, 'state' | 'value' | 'reason'>): Trial => ({
    ...started,
    ...rest,
    reports,
    seconds: Math.round(performance.now() - begin) / 1000,
  });
  const { objective, place } = { ...options, place: started.place };
  try {
    const value = await executor.run(
      {
        run: objective as TaskReference | TaskFunction,
        payload: started.params,
        seed: started.seed,
        data,
        ...(place && { extra: { budget: place.budget } }),
      },
      { onProgress, signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal },
    );
    if (ending) throw ending;
    if (typeof value === 'number' && Number.isFinite(value)) return end({ state: 'complete', value });
    return end({ state: 'failed', reason: `returned ${describeValue(value)}, expected a finite number` });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const reason = (ending ?? error) as Error;
    if (reason instanceof TrialPruned) return end({ state: 'pruned', reason: reason.message });
    return end({ state: 'failed', reason: reason instanceof TrialFailed ? reason.message : reasonOf(reason) });
  } finally {
    clearTimeout(timer);
  }
}
