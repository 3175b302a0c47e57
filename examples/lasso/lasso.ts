// Regression on data most of whose features are irrelevant. A dense layer whose kernel has an L1 penalty with a proximal
// update finds the relevant ones: all other weights become exactly 0.

import {
  dense,
  l1,
  lassoRegression,
  sequential,
  sgd,
  standardScaler,
  type Callback,
  type History,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { normalDraws } from '../random.js';

export const FEATURES = 30;
/** Features that the target depends on, with their weights; it depends on no other. */
export const SUPPORT: Readonly<Record<number, number>> = { 2: 3, 7: -2, 11: 1.5, 19: -1, 26: 0.75 };
/** Standard deviation of what is added to the target. */
export const NOISE = 0.5;
/** Weight of the penalty beside the mean squared error. */
export const LAMBDA = 0.3;

export interface LassoBudget {
  samples?: number;
  epochs?: number;
  seed?: number;
  callbacks?: readonly Callback[];
}

export interface LassoResult {
  truth: Float64Array;
  /** The dense layer's weights. */
  weights: Float32Array;
  /** What `lassoRegression` finds for the same objective, by coordinate descent in float64. */
  reference: Float64Array;
  history: History['history'];
  samples: number;
  seconds: number;
}

export const trueWeights = (): Float64Array => Float64Array.from({ length: FEATURES }, (_, i) => SUPPORT[i] ?? 0);

/** Standardised features and a target that is linear in the support, with noise. */
function makeData(samples: number, seed: number) {
  const draw = normalDraws(seed);
  const truth = trueWeights();
  const raw = Float32Array.from({ length: samples * FEATURES }, draw);
  const { data: x } = standardScaler().fitTransform({ data: raw, shape: [samples, FEATURES] });
  const y = Float32Array.from({ length: samples }, (_, row) =>
    truth.reduce((sum, weight, i) => sum + weight * x[row * FEATURES + i]!, NOISE * draw()),
  );
  return { x: { data: Float32Array.from(x), shape: [samples, FEATURES] }, y };
}

/** Trains the layer with whole batches of all samples: the proximal gradient method. */
export async function run(budget: LassoBudget = {}): Promise<LassoResult> {
  const { samples = 300, epochs = 300, seed = 7, callbacks = [] } = budget;
  const { x, y } = makeData(samples, seed);
  using model = sequential(
    [dense(1, { kernelRegularizer: l1(LAMBDA, { proximal: true }), inputShape: [FEATURES], name: 'linear' })],
    { name: 'lasso', seed: 1 },
  );
  model.compile({ optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError' });
  const { value, seconds } = await timed(() => model.fit(x, y, { epochs, batchSize: samples, callbacks }));
  return {
    truth: trueWeights(),
    weights: model.parameters()['linear/kernel']!.slice(),
    // Its loss is half the mean squared error, hence half the weight of the penalty.
    reference: lassoRegression(x, y, { alpha: LAMBDA / 2 }).coefficients,
    history: value.history,
    samples,
    seconds,
  };
}

/** Indices of the weights that are not exactly 0. */
export const supportOf = (weights: ArrayLike<number>): number[] =>
  Array.from(weights).flatMap((weight, i) => (weight === 0 ? [] : [i]));
