// ASHA finds rate, dropout, λ and width; the five best nets vote.

import { evaluateFunction, softVote } from '../../bindings/index.js';
import {
  asha,
  parameterImportance,
  rankTrials,
  study,
  tpe,
  type Executor,
  type Journal,
  type SearchResult,
  type Trial,
} from '../../bindings/selection/index.js';
import type { Part, Parts } from '../study/run.js';
import { SPACE, trainNet, type objective, type SearchData, type Settings } from './objective.js';

export interface SearchOptions {
  parts: Parts;
  trials: number;
  epochs: number;
  seed: number;
  executor: Executor;
  /** The objective, or where a worker finds it. */
  objective: typeof objective | { module: URL; name: string };
  journal?: Journal;
  onTrial?: (trial: Trial, progress: { done: number; total: number }) => void;
}

export interface Member {
  trial: Trial;
  testAccuracy: number;
}

export interface SearchOutcome {
  result: SearchResult;
  importance: Record<string, number>;
  members: Member[];
  /** Of the soft vote of all members. */
  ensembleAccuracy: number;
}

/** Trials that are not waited for: the same ones on any number of cores. */
const LAG = 8;
const MEMBERS = 5;

const accuracyOf = (predicted: ArrayLike<number>, { y }: Part): number =>
  y.filter((label, i) => predicted[i] === label).length / y.length;

async function probabilitiesOf(trial: Trial, data: SearchData, { x }: Part): Promise<Float32Array> {
  const { net } = await trainNet(trial.params as unknown as Settings, trial.seed, data);
  using _ = net;
  const { p } = evaluateFunction(({ logits }) => ({ p: logits.softmax() }), { logits: await net.predict(x) });
  return Float32Array.from(p.data);
}

export async function run(options: SearchOptions): Promise<SearchOutcome> {
  const { parts, trials, epochs, seed, executor, journal, onTrial } = options;
  const data: SearchData = { train: parts.train, dev: parts.dev, epochs };
  const result = await study({
    space: SPACE,
    objective: options.objective,
    direction: 'maximize',
    sampler: tpe(),
    pruner: asha({ minimumResource: 3, reductionFactor: 3 }),
    trials,
    seed,
    lag: LAG,
    executor,
    data,
    ...(journal && { journal }),
    ...(onTrial && { onTrial }),
  });
  const best = rankTrials(result.trials, 'maximize').slice(0, MEMBERS);
  const votes: Float32Array[] = [];
  const members: Member[] = [];
  for (const trial of best) {
    const own = await probabilitiesOf(trial, data, parts.test);
    votes.push(own);
    members.push({ trial, testAccuracy: accuracyOf(softVote([own], 10).prediction, parts.test) });
  }
  return {
    result,
    importance: rankTrials(result.trials, 'maximize').length < 4 ? {} : parameterImportance(result),
    members,
    ensembleAccuracy: accuracyOf(softVote(votes, 10).prediction, parts.test),
  };
}
