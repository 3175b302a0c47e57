import { checkNumber, checkOptions } from '../../../runtime/suggest.js';
import type { Pruner } from './pruner.js';

export interface MedianPrunerOptions {
  /** Complete trials before any is pruned; 5 by default. */
  startupTrials?: number;
  /** Steps that no trial is pruned in; 0 by default. */
  warmupSteps?: number;
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/**
 * Ends a trial whose best report so far is worse than the median of what complete trials reported at the same step. Golovin et al.
 * 2017, "Google Vizier", as Optuna's MedianPruner has it.
 *
 * @example study({ pruner: medianPruner({ warmupSteps: 3 }), ... })
 */
export function medianPruner(options: MedianPrunerOptions = {}): Pruner {
  checkOptions('medianPruner', options, ['startupTrials', 'warmupSteps']);
  const { startupTrials = 5, warmupSteps = 0 } = options;
  checkNumber('medianPruner', 'startupTrials', startupTrials, { minimum: 1, integer: true });
  checkNumber('medianPruner', 'warmupSteps', warmupSteps, { minimum: 0, integer: true });
  return {
    name: 'medianPruner',
    config: { startupTrials, warmupSteps },
    prunes({ reports, trials }) {
      const [step] = reports.at(-1)!;
      const complete = trials.filter(({ state }) => state === 'complete');
      if (step <= warmupSteps || complete.length < startupTrials) return false;
      const atStep = complete.flatMap((trial) => trial.reports.filter(([own]) => own === step).map(([, loss]) => loss));
      return atStep.length > 0 && Math.min(...reports.map(([, loss]) => loss)) > median(atStep);
    },
  };
}
