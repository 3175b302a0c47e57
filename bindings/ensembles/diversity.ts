// How much members differ: an ensemble of equals is no better than one of them.

import { OptionError, ShapeError } from '../runtime/errors.js';

export interface Diversity {
  /** Mean over pairs of the share of samples on which the two decide differently, in [0, 1]. */
  disagreement: number;
  /**
   * Mean over pairs of Yule's Q = (ad - bc) / (ad + bc), a: both right, d: both wrong, b and c: one of them. 0 for members that
   * err independently of each other, 1 for members that err together, below 0 for such that err on different samples. A pair
   * without any error of its own, or without a common case, counts 0.
   */
  qStatistic: number;
  pairs: { first: number; second: number; disagreement: number; qStatistic: number }[];
}

/**
 * Pairwise diversity of classifiers. Kuncheva & Whitaker, "Measures of diversity in classifier ensembles", 2003.
 *
 * @param predictions Class numbers [samples] of each member, at least two members.
 * @throws OptionError or ShapeError for fewer members, or lists of unequal length.
 * @example diversity([[0, 1, 1], [0, 0, 1]], [0, 1, 1]).disagreement // 0.333
 */
export function diversity(predictions: readonly ArrayLike<number>[], labels: ArrayLike<number>): Diversity {
  if (predictions.length < 2) {
    throw new OptionError(`diversity: ${predictions.length} member(s). Give at least two, for it is of pairs.`);
  }
  const odd = predictions.findIndex(({ length }) => length !== labels.length);
  if (odd >= 0 || labels.length === 0) {
    throw new ShapeError(
      `diversity: member ${odd} has ${predictions[odd]?.length} predictions for ${labels.length} labels. Give one each.`,
    );
  }
  const pairs: Diversity['pairs'] = [];
  for (let first = 0; first < predictions.length; first++) {
    for (let second = first + 1; second < predictions.length; second++) {
      pairs.push({ first, second, ...pairOf(predictions[first]!, predictions[second]!, labels) });
    }
  }
  const mean = (value: (pair: Diversity['pairs'][number]) => number): number =>
    pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length;
  return { disagreement: mean((pair) => pair.disagreement), qStatistic: mean((pair) => pair.qStatistic), pairs };
}

function pairOf(a: ArrayLike<number>, b: ArrayLike<number>, labels: ArrayLike<number>) {
  let [bothRight, onlyA, onlyB, bothWrong, different] = [0, 0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const [isA, isB] = [a[i] === labels[i], b[i] === labels[i]];
    if (isA && isB) bothRight++;
    else if (isA) onlyA++;
    else if (isB) onlyB++;
    else bothWrong++;
    if (a[i] !== b[i]) different++;
  }
  const [along, across] = [bothRight * bothWrong, onlyA * onlyB];
  return {
    disagreement: different / labels.length,
    qStatistic: along + across > 0 ? (along - across) / (along + across) : 0,
  };
}
