// How the votes of several members become one answer.

import { argMaxRows } from '../data/matrix.js';
import { OptionError, ShapeError } from '../runtime/errors.js';
import { checkNumber } from '../runtime/suggest.js';

/** Predictions of one member: one value a sample (and class), row-major. */
export type MemberValues = ArrayLike<number>;

function resolveWeights(
  where: string,
  members: readonly MemberValues[],
  weights?: readonly number[],
): readonly number[] {
  const [first] = members;
  if (!first) throw new OptionError(`${where}: no members. Give at least one.`);
  const odd = members.findIndex(({ length }) => length !== first.length);
  if (odd >= 0) {
    throw new ShapeError(`${where}: member ${odd} has ${members[odd]!.length} values, member 0 has ${first.length}.`);
  }
  if (weights === undefined) return members.map(() => 1);
  weights.forEach((weight) => checkNumber(where, 'weights', weight, { minimum: 0 }));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.length === members.length && total > 0) return weights;
  throw new OptionError(
    `${where}: expected ${members.length} weights with a positive sum, got [${weights.join(', ')}].`,
  );
}

/**
 * The weighted mean of the members' values: of regressions, or of probabilities (soft voting).
 *
 * @throws OptionError for weights that do not fit. @throws ShapeError for members of different length.
 * @example weightedAverage([[1, 2], [3, 4]], [1, 3]) // [2.5, 3.5]
 */
export function weightedAverage(members: readonly MemberValues[], weights?: readonly number[]): Float64Array {
  const own = resolveWeights('weightedAverage', members, weights);
  const total = own.reduce((sum, weight) => sum + weight, 0);
  return Float64Array.from(
    { length: members[0]!.length },
    (_, i) => members.reduce((sum, member, m) => sum + own[m]! * member[i]!, 0) / total,
  );
}

/**
 * Soft voting: the class with the largest mean probability.
 *
 * @param members Probabilities [samples, classes] of each member, row-major.
 * @example softVote([[0.6, 0.4], [0.1, 0.9]], 2).prediction // [1]
 */
export function softVote(
  members: readonly MemberValues[],
  classes: number,
  weights?: readonly number[],
): { average: Float64Array; prediction: Int32Array } {
  checkNumber('softVote', 'classes', classes, { minimum: 1, integer: true });
  const average = weightedAverage(members, weights);
  return { average, prediction: argMaxRows(average, classes) };
}

/**
 * Hard voting: the class with the most (weighted) votes; of equal ones the lowest.
 *
 * @param members Class numbers [samples] of each member.
 * @example hardVote([[0, 1], [1, 1], [1, 0]], 2).prediction // [1, 1]
 */
export function hardVote(
  members: readonly MemberValues[],
  classes: number,
  weights?: readonly number[],
): { counts: Float64Array; prediction: Int32Array } {
  const own = resolveWeights('hardVote', members, weights);
  checkNumber('hardVote', 'classes', classes, { minimum: 1, integer: true });
  const counts = new Float64Array(members[0]!.length * classes);
  members.forEach((labels, m) =>
    Array.from(labels).forEach((label, sample) => {
      checkNumber('hardVote', 'label', label, { minimum: 0, below: classes, integer: true });
      counts[sample * classes + label]! += own[m]!;
    }),
  );
  return { counts, prediction: argMaxRows(counts, classes) };
}
