// One round: every member trains from the same state, then their results are averaged.

import { taskSeed, type Executor, type TaskReference } from '../executors/executor.js';
import type { Logs } from '../model/history.js';
import { partsOf, type Model } from '../model/model.js';
import type { TrainerParts } from '../model/trainer.js';
import { StateError, type WasmgradError } from '../runtime/errors.js';
import { scheduleConfig } from '../schedules/schedule.js';
import { MemberNotFiniteError } from './errors.js';
import type { LocalSgdData, LocalSgdPayload, LocalSgdResult, LocalSgdTask } from './localSgdTask.js';
import type { Share } from './shares.js';
import { averageVectors, copyVectors, findNotFinite, type TrainingState, type Weighted } from './state.js';

/** What all rounds of a run have in common. */
export interface Run {
  name: string;
  model: Model;
  parts: TrainerParts;
  data: LocalSgdData;
  executor: Executor;
  task: LocalSgdTask | TaskReference;
  seed: number;
  signal: AbortSignal | undefined;
}

export interface Round {
  epoch: number;
  round: number;
  /** By member. */
  shares: readonly Share[];
  /** Whether no round follows. */
  isLast: boolean;
}

export interface RoundResult {
  state: TrainingState;
  /** Means over the samples of the round. */
  logs: Logs;
  samples: number;
}

/** Means of figures, weighted by samples. */
export class Means {
  samples = 0;
  private readonly sums: Logs = {};

  add(logs: Logs, samples: number): void {
    this.samples += samples;
    for (const [name, value] of Object.entries(logs)) this.sums[name] = (this.sums[name] ?? 0) + samples * value;
  }

  logs(): Logs {
    return Object.fromEntries(Object.entries(this.sums).map(([name, sum]) => [name, sum / this.samples]));
  }
}

/** Waits for all members, so that which error is told does not depend on who was first. The model is not changed. */
export async function runRound(run: Run, { epoch, round, shares, isLast }: Round): Promise<RoundResult> {
  const { model, parts, executor, task, data, signal } = run;
  const { counters } = parts.store;
  const { optimizer, learningRateFactor } = parts.training;
  const shared: Omit<LocalSgdPayload, 'share'> = {
    run: run.name,
    state: { vectors: copyVectors(parts), counters },
    learningRate: scheduleConfig(optimizer.name, optimizer.learningRate),
    learningRateFactor,
    epoch,
    isLast,
  };
  const members = [...shares.entries()].filter(([, { rows }]) => rows.length > 0);
  const outcomes = await Promise.allSettled(
    members.map(([member, share]) => {
      const seed = member === 0 ? model.seed : taskSeed(run.seed, member);
      const payload: LocalSgdPayload = { ...shared, share };
      return executor.run<LocalSgdPayload, LocalSgdResult, LocalSgdData>(
        { run: task, payload, seed, data },
        { ...(signal && { signal }) },
      );
    }),
  );
  signal?.throwIfAborted();
  const means = new Means();
  const results = outcomes.map((outcome, i): Weighted => {
    const [member, { rows }] = members[i]!;
    const { vectors, logs } = resultOf(outcome, { member, round, epoch });
    means.add(logs, rows.length);
    return { vectors, samples: rows.length };
  });
  checkUntouched(model, counters.step);
  const steps = Math.max(...members.map(([, { sizes }]) => sizes.length));
  const { step, optimizerStep } = counters;
  const state = {
    vectors: averageVectors(results),
    counters: { step: step + steps, optimizerStep: optimizerStep + steps },
  };
  return { state, logs: means.logs(), samples: means.samples };
}

function resultOf(
  outcome: PromiseSettledResult<LocalSgdResult>,
  { member, round, epoch }: { member: number; round: number; epoch: number },
): LocalSgdResult {
  if (outcome.status === 'rejected') {
    const cause = outcome.reason as Error & Partial<WasmgradError>;
    // By its code: it may come from another thread.
    if (cause?.code !== 'NOT_FINITE') throw cause;
    throw new MemberNotFiniteError(member, round, epoch, cause.message, { cause });
  }
  const region = findNotFinite(outcome.value.vectors);
  if (region === undefined) return outcome.value;
  throw new MemberNotFiniteError(member, round, epoch, `a value of its ${region} is not finite.`);
}

/** Throws if the model is no longer the one that the round began with. */
function checkUntouched(model: Model, step: number): void {
  if (partsOf(model, 'fitDistributed').store.step === step) return;
  throw new StateError('fitDistributed: the model was trained otherwise during a round. Await one before the other.');
}
