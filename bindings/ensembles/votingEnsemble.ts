import { OptionError } from '../runtime/errors.js';
import { checkNumber, describeValue } from '../runtime/suggest.js';
import { resolveEnsemble } from './builders.js';
import { Ensemble, type FitContext } from './ensemble.js';
import type { Estimator } from './estimator.js';
import {
  checkSources,
  fitMembers,
  MEMBER_OPTIONS,
  resolvePlace,
  type MemberFit,
  type MemberOptions,
  type MemberSource,
} from './fitMembers.js';

export interface VotingOptions extends MemberOptions {
  /**
   * A builder for each member: models of different kinds, or one builder several times. With an executor, the address of a
   * `memberTask` for each.
   */
  estimators: readonly MemberSource[];
  /**
   * 'soft': the class with the largest mean probability, by default; 'hard': the class with the most votes. Values of
   * regressions are averaged.
   */
  voting?: 'soft' | 'hard';
  /** Weight of each member; 1 each by default. */
  weights?: readonly number[];
}

/**
 * Members that are fitted on the same data vote, or their values are averaged.
 *
 * @throws OptionError for members, weights or votes that can't be; `fit` throws a MemberError for a member that an executor could not fit.
 * @example
 * const committee = voting({ task: 'classification', estimators: [makeMlp, makeCnn, () => decisionTree()], fit: { epochs: 10 } });
 * await committee.fit(x, y);
 */
export function voting(options: VotingOptions): Ensemble {
  const where = 'voting';
  const own = ['estimators', 'voting', 'weights', ...MEMBER_OPTIONS];
  const { task, fit, seed } = resolveEnsemble(where, options, own);
  const { estimators, voting: votes = 'soft' } = options;
  const place = resolvePlace(where, options, fit);
  const sources = checkSources(where, estimators, place);
  const { weights = sources.map(() => 1) } = options;
  if (votes !== 'soft' && votes !== 'hard') {
    throw new OptionError(`${where}: voting must be 'soft' or 'hard', got ${describeValue(votes)}.`);
  }
  if (votes === 'hard' && task === 'regression') {
    throw new OptionError(`${where}: values can't be voted on. Leave voting out: they are averaged.`);
  }
  weights.forEach((weight) => checkNumber(where, 'weights', weight, { minimum: 0 }));
  if (weights.length !== sources.length || !weights.some((weight) => weight > 0)) {
    throw new OptionError(`${where}: expected ${sources.length} weights with a positive sum, got ${weights.length}.`);
  }
  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const members: Estimator[] = [];
      await fitMembers<MemberFit>(context, place, {
        ...{ count: sources.length, total: sources.length },
        fitOf: (index) => ({ index, source: sources[index]! }),
        take: ({ member }) => members.push(member!),
      });
      return { members, combination: { kind: votes === 'hard' ? 'vote' : 'average', weights } };
    },
  });
}
