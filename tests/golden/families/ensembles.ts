// The arithmetic of ensembles against scikit-learn's and the papers' formulas.

import {
  adaBoostM1Stage,
  boostScores,
  hardVote,
  leastSquares,
  logisticBoosting,
  outOfFold,
  ridge,
  sammeStage,
  sammeVotes,
  softVote,
  squaredBoosting,
  weightedAverage,
  type BoostingStage,
  type Learner,
  type NdArray,
} from '../../../bindings/index.js';
import { assertAllClose, tensorOf, type Computed, type FixtureTensor, type GoldenCase } from '../fixture.js';
import { goldenFamily, type Runner } from '../suite.js';

interface ModelAttributes {
  type: 'ridge' | 'leastSquares' | 'knnRegressor';
  alpha: number;
  fitIntercept: boolean;
  k: number;
}

interface EnsembleAttributes {
  op: string;
  classes: number;
  learningRate: number;
  weights: number[] | null;
  loss: 'squared' | 'logistic';
  models: ModelAttributes[];
  meta: ModelAttributes;
}

type EnsembleCase = GoldenCase<EnsembleAttributes>;

/** One list for each entry of the first axis. */
function membersOf({ shape, data }: FixtureTensor): number[][] {
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, member) => data.slice(member * size, (member + 1) * size));
}

const compare =
  (
    compute: (
      reference: EnsembleCase,
    ) => Record<string, ArrayLike<number>> | Promise<Record<string, ArrayLike<number>>>,
  ): Runner<EnsembleAttributes> =>
  async (reference) => {
    const computed = await compute(reference);
    const arrays = Object.fromEntries(
      Object.entries(computed).map(([name, data]): [string, Computed] => [name, { data }]),
    );
    assertAllClose(reference, 'outputs', arrays, reference.outputs);
  };

/** Runs the stages of a boosting, from equal weights. */
function boost(reference: EnsembleCase, stageOf: (weights: Float64Array, predictions: number[]) => BoostingStage) {
  const predictions = membersOf(tensorOf(reference.inputs, 'predictions'));
  const samples = predictions[0]!.length;
  let weights = new Float64Array(samples).fill(1 / samples);
  const sampleWeights = [...weights];
  const stages = predictions.map((own) => {
    const stage = stageOf(weights, own);
    weights = stage.sampleWeights as Float64Array<ArrayBuffer>;
    sampleWeights.push(...weights);
    return stage;
  });
  const alphas = stages.map(({ alpha }) => alpha);
  return { predictions, alphas, errors: stages.map(({ error }) => error), sampleWeights };
}

const samme = compare((reference) => {
  const { classes, learningRate } = reference.attrs;
  const labels = tensorOf(reference.inputs, 'labels').data;
  const { predictions, ...figures } = boost(reference, (weights, own) =>
    sammeStage(weights, labels, own, { classes, learningRate }),
  );
  const votes = sammeVotes(predictions, figures.alphas, classes);
  return { ...figures, votes, finalPrediction: softVote([votes], classes).prediction };
});

const m1 = compare((reference) => {
  const labels = tensorOf(reference.inputs, 'labels').data;
  const { predictions, ...figures } = boost(reference, (weights, own) => adaBoostM1Stage(weights, labels, own));
  const score = labels.map((_, i) => predictions.reduce((sum, own, m) => sum + figures.alphas[m]! * own[i]!, 0));
  return { ...figures, score, finalPrediction: score.map((value) => (value >= 0 ? 1 : -1)) };
});

const gradientBoosting = compare(({ attrs, inputs }) => {
  const loss = attrs.loss === 'squared' ? squaredBoosting : logisticBoosting;
  const y = tensorOf(inputs, 'y').data;
  const init = loss.init(y);
  let scores = new Float64Array(y.length).fill(init);
  const [path, residuals, losses] = [[...scores], [] as number[], [loss.loss(y, scores)]];
  for (const stage of membersOf(tensorOf(inputs, 'stagePredictions'))) {
    residuals.push(...loss.residuals(y, scores));
    scores = boostScores(scores, stage, attrs.learningRate) as Float64Array<ArrayBuffer>;
    path.push(...scores);
    losses.push(loss.loss(y, scores));
  }
  return {
    init: [init],
    F: path,
    residuals,
    losses,
    probabilities: path.map((score) => loss.output(score)).slice(-y.length),
  };
});

/** A learner that is no part of the library: the mean of the k nearest targets. */
const nearest =
  (k: number): Learner =>
  (x, y) =>
  ({ data, shape: [rows, columns] }) =>
    Array.from({ length: rows! }, (_, row) => {
      const distances = Array.from({ length: x.shape[0]! }, (__, other) => {
        let squared = 0;
        for (let i = 0; i < columns!; i++) squared += (data[row * columns! + i]! - x.data[other * columns! + i]!) ** 2;
        return { squared, target: y.data[other]! };
      });
      const closest = distances.sort((a, b) => a.squared - b.squared).slice(0, k);
      return closest.reduce((sum, { target }) => sum + target / k, 0);
    });

const LEARNERS: Readonly<Record<ModelAttributes['type'], (attributes: ModelAttributes) => Learner>> = {
  ridge:
    ({ alpha, fitIntercept }) =>
    (x, y) =>
      ridge(x, y, { alpha, fitIntercept }).predict,
  leastSquares:
    ({ fitIntercept }) =>
    (x, y) =>
      leastSquares(x, y, { fitIntercept }).predict,
  knnRegressor: ({ k }) => nearest(k),
};

const stacking = compare(async ({ attrs, inputs }) => {
  const array = ({ shape, data }: FixtureTensor): NdArray => ({ shape, data: Float64Array.from(data) });
  const [x, y] = [array(tensorOf(inputs, 'X')), array(tensorOf(inputs, 'y'))];
  const learners = attrs.models.map((model) => LEARNERS[model.type](model));
  const predictions = await outOfFold(learners, x, y, tensorOf(inputs, 'fold').data);
  const { alpha, fitIntercept } = attrs.meta;
  const meta = ridge({ data: predictions, shape: [y.data.length, learners.length] }, y, { alpha, fitIntercept });
  return { outOfFold: predictions, metaCoef: meta.coefficients, metaIntercept: meta.intercept };
});

export const family = goldenFamily<EnsembleAttributes>('ensembles', {
  adaboostSamme: samme,
  adaboostM1: m1,
  votingSoft: compare(({ attrs: { classes, weights }, inputs }) => ({
    ...softVote(membersOf(tensorOf(inputs, 'probabilities')), classes, weights ?? undefined),
  })),
  votingHard: compare(({ attrs: { classes, weights }, inputs }) => ({
    ...hardVote(membersOf(tensorOf(inputs, 'labels')), classes, weights ?? undefined),
  })),
  weightedAverage: compare(({ attrs: { weights }, inputs }) => ({
    average: weightedAverage(membersOf(tensorOf(inputs, 'predictions')), weights ?? undefined),
  })),
  gradientBoosting,
  stackingOutOfFold: stacking,
});
