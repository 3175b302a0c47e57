import { range } from '../../data/splits/groups.js';
import { DataError } from '../../runtime/errors.js';
import { RandomSequence } from '../../runtime/random.js';
import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import { growTree, mainEffects } from './forest.js';
import type { SearchResult } from './study.js';

export interface ImportanceOptions {
  /** Trees of the forest; 64 by default. */
  trees?: number;
  /** Of the forest; 0 by default. */
  seed?: number;
}

/**
 * How much of what makes trials differ each parameter explains by itself: functional ANOVA of a random forest that is fitted to the
 * complete trials, in the scale of the space. 1 is all of the variance; what is missing to 1 in sum is interactions. Hutter, Hoos &
 * Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance".
 *
 * Only parameters that every complete trial has; of a schedule only trials of the budget with the most of them. TPE looks where
 * results are good, so its trials say little about bad regions; a random search gives the fairer picture.
 *
 * @returns Shares by name, largest first.
 * @throws DataError for fewer than 4 complete trials.
 * @example parameterImportance(await study({ ... })) // { rate: 0.71, width: 0.12, dropout: 0.04 }
 */
export function parameterImportance(
  { trials, space }: Pick<SearchResult, 'trials' | 'space'>,
  options: ImportanceOptions = {},
): Record<string, number> {
  const where = 'parameterImportance';
  checkOptions(where, options, ['trees', 'seed']);
  const { trees = 64, seed = 0 } = options;
  checkNumber(where, 'trees', trees, { minimum: 1, integer: true });
  const complete = commonBudget(trials.filter(({ state }) => state === 'complete'));
  if (complete.length < 4) throw new DataError(`${where}: ${complete.length} complete trials. Give at least 4.`);
  const names = Object.keys(space).filter((name) => complete.every(({ params }) => Object.hasOwn(params, name)));
  if (names.length === 0) throw new DataError(`${where}: no parameter that all complete trials have.`);
  const x = complete.map(({ params }) => names.map((name) => space[name]!.encode(params[name]!)));
  const y = complete.map(({ value }) => value!);
  const random = new RandomSequence(seed, 5);
  const columns = Math.ceil((names.length * 5) / 6);
  const effects = range(trees).flatMap(() => {
    const rows = range(y.length).map(() => random.below(y.length));
    return [mainEffects(growTree(x, y, rows, columns, random), names.length) ?? []].filter(({ length }) => length > 0);
  });
  const share = (column: number) => effects.reduce((sum, own) => sum + own[column]!, 0) / Math.max(1, effects.length);
  return Object.fromEntries(names.map((name, column) => [name, share(column)] as const).sort((a, b) => b[1] - a[1]));
}

/** The trials of the budget that most of them had; the larger of two. */
function commonBudget<T extends { place?: { budget: number } }>(trials: readonly T[]): readonly T[] {
  const byBudget = new Map<number, T[]>();
  for (const trial of trials) {
    const budget = trial.place?.budget ?? 0;
    byBudget.set(budget, [...(byBudget.get(budget) ?? []), trial]);
  }
  const [best = []] = [...byBudget].sort(([a, x], [b, y]) => y.length - x.length || b - a).map(([, own]) => own);
  return best;
}
