import { checkNumber, checkOptions } from '../../../runtime/suggest.js';
import type { Observation } from '../trial.js';
import type { Pruner } from './pruner.js';

export interface AshaOptions {
  /** Step of the first rung; 1 by default. */
  minimumResource?: number;
  /** Rungs are this many times apart, and of so many trials one goes on; 3 by default. */
  reductionFactor?: number;
}

/** The first report at a rung or after it. */
const atRung = (reports: Observation['reports'], resource: number) => reports.find(([step]) => step >= resource);

/**
 * Asynchronous successive halving: at steps r, rη, rη² ... a trial goes on only if it is among the best 1/η of all that came so far,
 * those of the rung so far; nobody waits for a rung to fill. Li et al. 2020, "A system for massively parallel hyperparameter
 * tuning", in the form that stops trials (as Optuna's SuccessiveHalvingPruner): of fewer than η trials the best goes on.
 *
 * @example study({ pruner: asha({ minimumResource: 2 }), ... }) // rungs at steps 2, 6, 18 ...
 */
export function asha(options: AshaOptions = {}): Pruner {
  checkOptions('asha', options, ['minimumResource', 'reductionFactor']);
  const { minimumResource = 1, reductionFactor = 3 } = options;
  checkNumber('asha', 'minimumResource', minimumResource, { minimum: 1, integer: true });
  checkNumber('asha', 'reductionFactor', reductionFactor, { minimum: 2, integer: true });
  return {
    name: 'asha',
    config: { minimumResource, reductionFactor },
    prunes({ reports, trials }) {
      const latest = reports.at(-1)!;
      for (let resource = minimumResource; resource <= latest[0]; resource *= reductionFactor) {
        if (atRung(reports, resource) !== latest) continue;
        const losses = trials.flatMap((trial) => atRung(trial.reports, resource)?.[1] ?? []);
        const rank = losses.filter((loss) => loss < latest[1]).length;
        if (rank >= Math.max(1, Math.floor((losses.length + 1) / reductionFactor))) return true;
      }
      return false;
    },
  };
}
