// What draws the values of trials.

import type { RandomSequence } from '../../../runtime/random.js';
import type { Params, Space } from '../space.js';
import { drawParams } from '../space.js';
import type { Observation } from '../trial.js';

export interface SampleRequest {
  readonly space: Space;
  /** Number of the trial among those that are drawn. */
  readonly index: number;
  /** Trials below `needs(index)`, all done, in their order. */
  readonly trials: readonly Observation[];
  /** Draws of this trial's own. */
  readonly random: RandomSequence;
  /** Of the study. */
  readonly seed: number;
}

export interface Sampler {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** How many trials it has, if that is given by the space. */
  size?(space: Space): number;
  /** All trials below this number must be done before trial `index` is drawn, which knows these and no others. */
  needs(index: number, lag: number): number;
  propose(request: SampleRequest): Params;
}

/** Each value drawn by itself. */
export const drawRandom = (space: Space, random: RandomSequence): Params =>
  drawParams(space, (_, parameter) => parameter.decode(random.uniform()));
