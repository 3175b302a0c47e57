import { checkNumber, checkOptions } from '../../../runtime/suggest.js';
import { bracketTurns, checkBudgets, type Schedule } from './schedule.js';

export interface SuccessiveHalvingOptions {
  /** Trials with the smallest budget. */
  trials: number;
  /** Smallest budget; 1 by default. */
  minimum?: number;
  /** Largest budget. */
  maximum: number;
  /** Budgets grow by this factor, of so many trials one goes on; 3 by default. */
  reduction?: number;
}

/**
 * Many trials with a small budget, the best third of them with three times as much, and so on. `context.budget` tells the objective
 * how much it has. A trial that goes on starts anew with the same parameters and seed, so that it needs no checkpoint; that
 * costs half as much again. Jamieson & Talwalkar 2016, "Non-stochastic best arm identification".
 *
 * @example successiveHalving({ trials: 27, minimum: 1, maximum: 27 }) // 27 of budget 1, 9 of 3, 3 of 9, 1 of 27
 */
export function successiveHalving(options: SuccessiveHalvingOptions): Schedule {
  const where = 'successiveHalving';
  checkOptions(where, options, ['trials', 'minimum', 'maximum', 'reduction']);
  const { trials, minimum = 1, maximum, reduction = 3 } = options;
  checkNumber(where, 'trials', trials, { minimum: 1, integer: true });
  checkBudgets(where, minimum, maximum, reduction);
  const rungs: { count: number; budget: number }[] = [];
  for (let [budget, share] = [minimum, trials]; budget <= maximum; budget *= reduction, share /= reduction) {
    rungs.push({ count: Math.max(1, Math.floor(share + 1e-9)), budget });
  }
  return { name: where, config: { trials, minimum, maximum, reduction }, turns: bracketTurns(0, 0, rungs) };
}
