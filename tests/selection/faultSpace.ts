// What the fault tests search: trials that take a while, one that throws, one whose value is NaN, one that never ends.

import { logUniform, study, tpe, uniform, asha, type Executor, type Journal } from '../../bindings/selection/index.js';

export const TRIALS = 18;

export const runFaultStudy = (executor: Executor, journal?: Journal) =>
  study({
    space: { rate: logUniform(1e-3, 1), share: uniform(0, 1) },
    objective: { module: new URL('./faultObjective.mjs', import.meta.url), name: 'objective' },
    sampler: tpe({ startupTrials: 4 }),
    pruner: asha(),
    ...{ trials: TRIALS, seed: 1, lag: 3, timeLimit: 8, executor },
    ...(journal && { journal }),
  });
