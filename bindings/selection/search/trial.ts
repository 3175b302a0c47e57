// What is known of a trial.

import type { Params } from './space.js';

export type TrialState = 'complete' | 'pruned' | 'failed';

/** Where a trial stands in a schedule of growing budgets. */
export interface TrialPlace {
  budget: number;
  bracket: number;
  rung: number;
}

/** A trial that has begun. */
export interface StartedTrial {
  /** From 0, in the order in which they were drawn. */
  readonly number: number;
  readonly params: Params;
  readonly seed: number;
  readonly place?: TrialPlace;
}

/** A trial that is done. */
export interface Trial extends StartedTrial {
  readonly state: TrialState;
  /** What the objective returned, if complete. */
  readonly value?: number;
  /** Why it was pruned or failed. */
  readonly reason?: string;
  /** Step and value of each report. */
  readonly reports: readonly (readonly [step: number, value: number])[];
  readonly seconds: number;
}

export type Direction = 'minimize' | 'maximize';

/** What samplers and pruners see of a trial: smaller is better, whichever way the objective goes. */
export interface Observation {
  readonly number: number;
  readonly params: Params;
  readonly state: TrialState;
  readonly loss?: number;
  readonly reports: readonly (readonly [step: number, loss: number])[];
  readonly budget?: number;
}

export function observe({ number, params, state, value, reports, place }: Trial, direction: Direction): Observation {
  const sign = direction === 'minimize' ? 1 : -1;
  return {
    number,
    params,
    state,
    ...(value !== undefined && { loss: sign * value }),
    reports: reports.map(([step, own]) => [step, sign * own] as const),
    ...(place && { budget: place.budget }),
  };
}

/** Complete trials, best first: of the largest budget that one has. */
export function rankTrials(trials: readonly Trial[], direction: Direction): Trial[] {
  const complete = trials.filter(({ state }) => state === 'complete');
  const budget = Math.max(...complete.map(({ place }) => place?.budget ?? 0));
  const sign = direction === 'minimize' ? 1 : -1;
  return complete
    .filter(({ place }) => (place?.budget ?? 0) === budget)
    .sort((a, b) => sign * (a.value! - b.value!) || a.number - b.number);
}
