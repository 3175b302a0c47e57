// Trials with growing budgets: in rungs, of which each takes over the best of the one before.

import { checkNumber } from '../../../runtime/suggest.js';
import type { TrialPlace } from '../trial.js';

/** What a schedule has a trial do. */
export interface Turn extends TrialPlace {
  /** All trials below this number must be done before. */
  readonly needs: number;
  /** Repeats the parameters of the trial of this rank among those of a rung, with a larger budget; drawn anew if absent. */
  readonly from?: { readonly first: number; readonly end: number; readonly rank: number };
}

export interface Schedule {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Trial by trial. */
  readonly turns: readonly Turn[];
}

/** Checks what all schedules have. */
export function checkBudgets(where: string, minimum: number, maximum: number, reduction: number): void {
  checkNumber(where, 'minimum', minimum, { above: 0 });
  checkNumber(where, 'maximum', maximum, { minimum });
  checkNumber(where, 'reduction', reduction, { minimum: 2 });
}

/** The turns of one bracket: `count` trials with the first budget, a share of them with the next, and so on. */
export function bracketTurns(
  bracket: number,
  first: number,
  rungs: readonly { count: number; budget: number }[],
): Turn[] {
  const turns: Turn[] = [];
  let start = first;
  rungs.forEach(({ count, budget }, rung) => {
    const before = rung > 0 ? { first: start - rungs[rung - 1]!.count, end: start } : undefined;
    for (let rank = 0; rank < count; rank++) {
      turns.push({ bracket, rung, budget, needs: before ? start : 0, ...(before && { from: { ...before, rank } }) });
    }
    start += count;
  });
  return turns;
}
