// What the page knows of the run: a value that messages of the worker change.

import type { RunMessage } from './client.js';
import type { EpochFigures, Frame, HealthView, Mistake } from './training/frame.js';
import type { DataView } from './training/messages.js';
import type { Outcome } from './training/session.js';

export type Status = 'loading' | 'ready' | 'playing' | 'paused' | 'done' | 'failed';

export interface Run {
  status: Status;
  data: DataView | undefined;
  figures: readonly EpochFigures[];
  frame: Frame | undefined;
  health: HealthView | undefined;
  mistakes: readonly Mistake[] | undefined;
  outcome: Outcome | undefined;
  error: string | undefined;
}

export type RunAction = RunMessage | { type: 'reset' } | { type: 'status'; status: Status };

export const NO_RUN: Run = {
  status: 'loading',
  data: undefined,
  figures: [],
  frame: undefined,
  health: undefined,
  mistakes: undefined,
  outcome: undefined,
  error: undefined,
};

type Reducers = { [T in RunAction['type']]: (run: Run, action: Extract<RunAction, { type: T }>) => Run };

const REDUCERS: Reducers = {
  // The old picture stays until there is a new one, so that the page does not jump.
  reset: (run) => ({ ...run, status: 'loading', figures: [], outcome: undefined, error: undefined }),
  status: (run, { status }) => ({ ...run, status }),
  ready: (run, { data }) => ({
    ...NO_RUN,
    data,
    status: run.status === 'loading' ? 'ready' : run.status,
  }),
  frame: (run, { frame }) => ({
    ...run,
    frame,
    figures: frame.figures.length ? [...run.figures, ...frame.figures] : run.figures,
    health: frame.health ?? run.health,
    mistakes: frame.mistakes ?? run.mistakes,
  }),
  done: (run, { outcome }) => ({ ...run, status: 'done', outcome }),
  failed: (run, { message }) => ({ ...run, status: 'failed', error: message }),
};

export const reduceRun = (run: Run, action: RunAction): Run =>
  (REDUCERS[action.type] as (run: Run, action: RunAction) => Run)(run, action);

/** The epoch with the least loss on the dev data so far. */
export function bestOf(figures: readonly EpochFigures[]): EpochFigures | undefined {
  let best: EpochFigures | undefined;
  for (const figure of figures) if (!best || figure.devLoss < best.devLoss) best = figure;
  return best;
}
