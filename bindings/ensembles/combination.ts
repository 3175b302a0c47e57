// How the predictions of fitted members become one. A table: a kind that is missing is found by the compiler.

import { hardVote, weightedAverage } from './voting.js';
import { sigmoid, softmaxRows, type EstimatedValues } from './estimator.js';
import { argMaxRows } from '../data/matrix.js';
import { sammeVotes } from './adaBoost.js';
import { boostScores } from './gradientBoosting.js';

/** Weighted mean of values or probabilities (soft voting). */
export interface AverageCombination {
  kind: 'average';
  weights: readonly number[];
}

/** Share of the weighted votes that a class has (hard voting). */
export interface VoteCombination {
  kind: 'vote';
  weights: readonly number[];
}

/** Share of the weighted votes, as AdaBoost's stages weigh them. */
export interface SammeCombination {
  kind: 'samme';
  alphas: readonly number[];
}

/** Scores that stages add to: member s * columns + c is the stage s of score c. */
export interface AdditiveCombination {
  kind: 'additive';
  /** Where each score starts. */
  start: readonly number[];
  learningRate: number;
  link: 'identity' | 'sigmoid' | 'softmax';
}

/** Predictions of the members side by side are what the last member, the meta-model, predicts from. */
export interface StackedCombination {
  kind: 'stacked';
  /** Whether the samples themselves stand behind them. */
  passThrough: boolean;
}

export type Combination =
  AverageCombination | VoteCombination | SammeCombination | AdditiveCombination | StackedCombination;

/** The kinds that need nothing but the members' values. */
export type PlainCombination = Exclude<Combination, StackedCombination>;

type Combiners = {
  [K in PlainCombination['kind']]: (
    members: readonly EstimatedValues[],
    how: Extract<PlainCombination, { kind: K }>,
  ) => EstimatedValues;
};

const valuesOf = (members: readonly EstimatedValues[]): Float64Array[] => members.map(({ data }) => data);

const COMBINERS: Combiners = {
  average: (members, { weights }) => ({
    data: weightedAverage(valuesOf(members), weights),
    columns: members[0]!.columns,
  }),
  vote(members, { weights }) {
    const { columns } = members[0]!;
    const { counts } = hardVote(labelsOf(members), columns, weights);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { data: counts.map((count) => count / total), columns };
  },
  samme(members, { alphas }) {
    const { columns } = members[0]!;
    const total = alphas.reduce((sum, alpha) => sum + alpha, 0);
    return { data: sammeVotes(labelsOf(members), alphas, columns).map((votes) => votes / total), columns };
  },
  additive(members, { start, learningRate, link }) {
    const rows = members[0]!.data.length;
    const scores = start.map((begin, c) =>
      members
        .filter((_, i) => i % start.length === c)
        .reduce<Float64Array>(
          (sum, { data }) => boostScores(sum, data, learningRate),
          new Float64Array(rows).fill(begin),
        ),
    );
    return linkScores(scores, link);
  },
};

const labelsOf = (members: readonly EstimatedValues[]): Int32Array[] =>
  members.map(({ data, columns }) => argMaxRows(data, columns));

/** Scores, each [samples], as values or probabilities. */
export function linkScores(scores: readonly Float64Array[], link: AdditiveCombination['link']): EstimatedValues {
  const rows = scores[0]!.length;
  if (link === 'sigmoid') {
    const data = Float64Array.from({ length: 2 * rows }, (_, i) =>
      sigmoid(i % 2 ? scores[0]![i >> 1]! : -scores[0]![i >> 1]!),
    );
    return { data, columns: 2 };
  }
  const columns = scores.length;
  const data = Float64Array.from({ length: rows * columns }, (_, i) => scores[i % columns]![Math.floor(i / columns)]!);
  return { data: link === 'softmax' ? softmaxRows(data, columns) : data, columns };
}

/** The prediction of all members. */
export const combine = (members: readonly EstimatedValues[], how: PlainCombination): EstimatedValues =>
  COMBINERS[how.kind](members, how as never);
