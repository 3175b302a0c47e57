// What the study compares: one network, and what each technique changes about it.

import {
  activation,
  adam,
  batchNormalization,
  dense,
  dropout,
  earlyStopping,
  elasticNet,
  gaussianNoise,
  l1,
  l2,
  maxNorm,
  rescaling,
  sequential,
  sparseCategoricalCrossentropy,
  type Callback,
  type ConstraintOption,
  type FitOptions,
  type Layer,
  type RegularizerOption,
  type Model,
} from '../../bindings/index.js';

/** Departures from the plain network; what is left out is as in it. */
export interface Recipe {
  regularizer?: RegularizerOption;
  constraint?: ConstraintOption;
  /** Rates of dropout on the pixels and on the hidden units. */
  dropout?: readonly [pixels: number, units: number];
  batchNormalization?: boolean;
  /** Standard deviation of the noise on the pixels, which lie in [0, 1]. */
  noise?: number;
  labelSmoothing?: number;
  /** Epochs without a better accuracy on the dev images after which training ends; the best weights are kept. */
  patience?: number;
  /** More options of `fit`. */
  fit?: FitOptions;
}

export interface Technique {
  name: string;
  recipe: Recipe;
}

export const NETWORK = '784-256-128-10, ReLU';
export const BATCH_SIZE = 50;
export const LEARNING_RATE = 1e-3;

const HIDDEN = [256, 128];

function buildLayers({
  regularizer,
  constraint,
  dropout: rates,
  batchNormalization: isNormal,
  noise,
}: Recipe): Layer[] {
  const drop = (rate: number | undefined) => (rate ? [dropout(rate)] : []);
  const weights = {
    kernelInitializer: 'heNormal' as const,
    ...(regularizer && { kernelRegularizer: regularizer }),
    ...(constraint && { kernelConstraint: constraint }),
  };
  return [
    rescaling(1 / 255, { inputShape: [784] }),
    ...(noise ? [gaussianNoise(noise)] : []),
    ...drop(rates?.[0]),
    ...HIDDEN.flatMap((units) => [
      dense(units, { ...weights, useBias: !isNormal }),
      ...(isNormal ? [batchNormalization()] : []),
      activation('relu'),
      ...drop(rates?.[1]),
    ]),
    dense(10, regularizer ? { kernelRegularizer: regularizer } : {}),
  ];
}

/** The compiled network of a recipe; the seed settles its first weights, shuffles and noise. */
export function buildModel(recipe: Recipe, seed: number): Model {
  const model = sequential(buildLayers(recipe), { seed });
  model.compile({
    optimizer: adam({ learningRate: LEARNING_RATE }),
    loss: sparseCategoricalCrossentropy({ labelSmoothing: recipe.labelSmoothing ?? 0 }),
    metrics: ['accuracy'],
  });
  return model;
}

export const stoppersOf = ({ patience }: Recipe): Callback[] =>
  patience ? [earlyStopping({ monitor: 'val_accuracy', patience, restoreBest: true })] : [];

const regularization = {
  L2: l2(1e-4),
  L1: l1(1e-4, { proximal: true }),
  elastic: elasticNet(3e-4, { l1Ratio: 0.5, proximal: true }),
};

/** Settings are picked by `tune.ts` on dev images of seeds that the study does not use, but for those of L2 and the combination. */
export const TECHNIQUES: readonly Technique[] = [
  { name: 'plain', recipe: {} },
  { name: 'L2', recipe: { regularizer: regularization.L2 } },
  { name: 'L1', recipe: { regularizer: regularization.L1 } },
  { name: 'elastic net', recipe: { regularizer: regularization.elastic } },
  { name: 'dropout', recipe: { dropout: [0.4, 0.3] } },
  { name: 'batch norm', recipe: { batchNormalization: true } },
  { name: 'early stopping', recipe: { patience: 6 } },
  { name: 'Gaussian noise', recipe: { noise: 0.3 } },
  { name: 'max-norm', recipe: { constraint: maxNorm(1) } },
  { name: 'label smoothing', recipe: { labelSmoothing: 0.1 } },
  { name: 'best combination', recipe: { dropout: [0.3, 0.3], noise: 0.2, labelSmoothing: 0.1 } },
];
