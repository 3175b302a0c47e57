import { OptionError } from '../runtime/errors.js';
import { checkNumber, describeValue } from '../runtime/suggest.js';
import { buildMember, checkBuilders, resolveEnsemble, type EnsembleOptions } from './builders.js';
import { Ensemble, type FitContext } from './ensemble.js';
import type { Estimator, EstimatorBuilder } from './estimator.js';

export interface VotingOptions extends EnsembleOptions {
  /** A builder for each member: models of different kinds, or one builder several times. */
  estimators: readonly EstimatorBuilder[];
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
 * @throws OptionError for members, weights or votes that can't be.
 * @example
 * const committee = voting({ task: 'classification', estimators: [makeMlp, makeCnn, () => decisionTree()], fit: { epochs: 10 } });
 * await committee.fit(x, y);
 */
export function voting(options: VotingOptions): Ensemble {
  const where = 'voting';
  const { task, fit, seed } = resolveEnsemble(where, options, ['estimators', 'voting', 'weights']);
  const { estimators, voting: votes = 'soft' } = options;
  const builders = checkBuilders(where, estimators);
  const { weights = builders.map(() => 1) } = options;
  if (votes !== 'soft' && votes !== 'hard') {
    throw new OptionError(`${where}: voting must be 'soft' or 'hard', got ${describeValue(votes)}.`);
  }
  if (votes === 'hard' && task === 'regression') {
    throw new OptionError(`${where}: values can't be voted on. Leave voting out: they are averaged.`);
  }
  weights.forEach((weight) => checkNumber(where, 'weights', weight, { minimum: 0 }));
  if (weights.length !== builders.length || !weights.some((weight) => weight > 0)) {
    throw new OptionError(`${where}: expected ${builders.length} weights with a positive sum, got ${weights.length}.`);
  }
  return new Ensemble(where, task, {
    ...{ kind: where, task, seed },
    async fit(context: FitContext) {
      const members: Estimator[] = [];
      for (const [i, build] of builders.entries()) {
        const member = buildMember(context, build, i, fit);
        await member.fit(context.x, context.y, { signal: context.signal });
        members.push(member);
        context.progress(builders.length);
      }
      return { members, combination: { kind: votes === 'hard' ? 'vote' : 'average', weights } };
    },
  });
}
