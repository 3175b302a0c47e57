// Names of the workers suite's cases, apart from what runs them: that needs Node.

/** Of one size, so that they fill all cores evenly. */
export const TRIALS = 16;

export const workersCaseNames: readonly string[] = [`${TRIALS} equal trials`];
