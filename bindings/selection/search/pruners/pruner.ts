// What ends trials early that look bad.

import type { Observation } from '../trial.js';

export interface PruneRequest {
  /** Reports of the trial so far, the latest last: step and loss, smaller is better. */
  readonly reports: Observation['reports'];
  /** Earlier trials, all done. */
  readonly trials: readonly Observation[];
}

export interface Pruner {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether the trial is to end with its latest report. */
  prunes(request: PruneRequest): boolean;
}
