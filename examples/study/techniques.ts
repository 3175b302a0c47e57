// What the study compares: one network, and what each technique changes about it.

import {
  activation,
  adamw,
  batchNormalization,
  dense,
  dropout,
  earlyStopping,
  elasticNet,
  flatten,
  gaussianNoise,
  l1,
  maxNorm,
  randomElasticTransform,
  randomRotation,
  randomTranslation,
  randomZoom,
  rescaling,
  sequential,
  sparseCategoricalCrossentropy,
  type Augmentation,
  type Callback,
  type ConstraintOption,
  type Layer,
  type RegularizerOption,
  type Model,
} from '../../bindings/index.js';
import { IMAGE_SIDE } from '../mnist/data.js';

/** Departures from the plain network; what is left out is as in it. */
export interface Recipe {
  regularizer?: RegularizerOption;
  constraint?: ConstraintOption;
  /** L2 as AdamW takes it: weights shrink by rate times decay a step, apart from Adam's scaling. */
  weightDecay?: number;
  /** Rates of dropout on the pixels and on the hidden units. */
  dropout?: readonly [pixels: number, units: number];
  batchNormalization?: boolean;
  /** Standard deviation of the noise on the pixels, which lie in [0, 1]. */
  noise?: number;
  labelSmoothing?: number;
  augment?: readonly Augmentation[];
  /** Epochs without a better accuracy on the dev images after which training ends; the best weights are kept. */
  patience?: number;
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
    rescaling(1 / 255, { inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1] }),
    flatten(),
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
    optimizer: adamw({ learningRate: LEARNING_RATE, weightDecay: recipe.weightDecay ?? 0 }),
    loss: sparseCategoricalCrossentropy({ labelSmoothing: recipe.labelSmoothing ?? 0 }),
    metrics: ['accuracy'],
  });
  return model;
}

export const stoppersOf = ({ patience }: Recipe): Callback[] =>
  patience ? [earlyStopping({ monitor: 'val_accuracy', patience, restoreBest: true })] : [];

/** Small changes that leave a digit what it is. */
const MOVED = [
  randomRotation({ degrees: 10 }),
  randomTranslation({ height: 0.07, width: 0.07 }),
  randomZoom({ factor: 0.1 }),
];
export const AUGMENTATIONS = [...MOVED, randomElasticTransform({ alpha: [0, 8], sigma: 4 })];

/**
 * Settings are picked by `tune.ts` on dev images of seeds that the study does not use. L1 and elastic net take proximal steps: with a
 * rate of 1e-3 a weight loses 1e-3 times the penalty's strength a step.
 */
export const TECHNIQUES: readonly Technique[] = [
  { name: 'plain', recipe: {} },
  { name: 'L2', recipe: { weightDecay: 1 } },
  { name: 'L1', recipe: { regularizer: l1(0.12, { proximal: true }) } },
  { name: 'elastic net', recipe: { regularizer: elasticNet(1, { l1Ratio: 0.02, proximal: true }) } },
  { name: 'dropout', recipe: { dropout: [0.4, 0.3] } },
  { name: 'batch norm', recipe: { batchNormalization: true } },
  { name: 'early stopping', recipe: { patience: 12 } },
  { name: 'Gaussian noise', recipe: { noise: 0.3 } },
  { name: 'augmentation', recipe: { augment: MOVED } },
  // 2 never binds on this network, so it is the largest that does.
  { name: 'max-norm', recipe: { constraint: maxNorm(1.5) } },
  { name: 'label smoothing', recipe: { labelSmoothing: 0.2 } },
  { name: 'best combination', recipe: { augment: AUGMENTATIONS, labelSmoothing: 0.1 } },
];
