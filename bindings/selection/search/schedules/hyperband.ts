import { checkOptions } from '../../../runtime/suggest.js';
import { bracketTurns, checkBudgets, type Schedule, type Turn } from './schedule.js';

export interface HyperbandOptions {
  /** Smallest budget; 1 by default. */
  minimum?: number;
  /** Largest budget. */
  maximum: number;
  /** 3 by default. */
  reduction?: number;
}

/**
 * Brackets of successive halving, from many trials with small budgets to few with the full one, for those cases in which a small
 * budget says little: n = ceil((s_max + 1) / (s + 1) η^s) trials from budget R / η^s on, s = s_max ... 0. Li et al. 2018,
 * "Hyperband". With `tpe` as sampler it is BOHB's idea (Falkner et al. 2018).
 *
 * @example hyperband({ maximum: 27 }) // brackets of 27, 12, 6 and 4 trials
 */
export function hyperband(options: HyperbandOptions): Schedule {
  checkOptions('hyperband', options, ['minimum', 'maximum', 'reduction']);
  const { minimum = 1, maximum, reduction = 3 } = options;
  checkBudgets('hyperband', minimum, maximum, reduction);
  const powers = [1];
  while (powers.at(-1)! * reduction * minimum <= maximum * (1 + 1e-9)) powers.push(powers.at(-1)! * reduction);
  const turns: Turn[] = [];
  for (let s = powers.length - 1, bracket = 0; s >= 0; s--, bracket++) {
    const count = Math.ceil((powers.length / (s + 1)) * powers[s]! - 1e-9);
    const rungs = Array.from({ length: s + 1 }, (_, i) => ({
      count: Math.max(1, Math.floor(count / powers[i]! + 1e-9)),
      budget: maximum / powers[s - i]!,
    }));
    turns.push(...bracketTurns(bracket, turns.length, rungs));
  }
  return { name: 'hyperband', config: { minimum, maximum, reduction }, turns };
}
