// Names of the process suite's cases, apart from what runs them: that needs Node.

/** Wall time of a whole process. */
export const WALL = 'xor process';
/** Figures of our process, as it names them. */
export const PARTS = { importAndInit: 'xor import and init', firstStep: 'xor first step' };

export const processCaseNames: readonly string[] = [WALL, ...Object.values(PARTS)];
