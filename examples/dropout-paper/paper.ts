// The setting of Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, "Dropout: A Simple Way to Prevent Neural Networks
// from Overfitting", JMLR 15 (2014), 1929-1958, section 6.1.1 and appendix B.1, on permutation-invariant MNIST.

import {
  dense,
  dropout,
  maxNorm,
  rescaling,
  sequential,
  sgd,
  sparseCategoricalCrossentropy,
  type Callback,
  type Layer,
  type Model,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import type { LabelledImages } from '../mnist/data.js';
import { riseAndFall } from '../schedule.js';

/** Rows of the paper's table 2: test errors in percent, without unsupervised pretraining. */
export const PAPER_ROWS: readonly { method: string; unit: string; architecture: string; error: number }[] = [
  { method: 'standard net (Simard et al. 2003)', unit: 'logistic', architecture: '2 layers, 800 units', error: 1.6 },
  { method: 'dropout net', unit: 'ReLU', architecture: '3 layers, 1024 units', error: 1.25 },
  { method: 'dropout net + max-norm', unit: 'ReLU', architecture: '3 layers, 1024 units', error: 1.06 },
  { method: 'dropout net + max-norm', unit: 'ReLU', architecture: '3 layers, 2048 units', error: 1.04 },
  { method: 'dropout net + max-norm', unit: 'ReLU', architecture: '2 layers, 4096 units', error: 1.01 },
  { method: 'dropout net + max-norm', unit: 'ReLU', architecture: '2 layers, 8192 units', error: 0.95 },
];

/** Weight updates that the paper's nets were trained for, per its appendix B.1. */
export const PAPER_UPDATES = 1_000_000;

export const HIDDEN_LAYERS = 3;
export const INPUT_DROPOUT = 0.2;
export const HIDDEN_DROPOUT = 0.5;
/** Largest norm of the weights that enter a unit. */
export const NORM = 2;
export const MOMENTUM = 0.95;
const PEAK_RATE = 0.05;
const BATCH_SIZE = 100;

export interface PaperBudget {
  train: LabelledImages;
  test: LabelledImages;
  epochs: number;
  /** Units of a hidden layer; 1024 by default. */
  units?: number;
  /** Largest norm of the weights that enter a hidden unit; NORM by default. */
  norm?: number;
  callbacks?: readonly Callback[];
}

export interface PaperResult {
  testError: number;
  trainingError: number;
  updates: number;
  seconds: number;
  /** Largest norm of the weights that enter a hidden unit, at the end. */
  largestNorm: number;
  summary: string;
}

function buildLayers(units: number, norm: number): Layer[] {
  const hidden = Array.from({ length: HIDDEN_LAYERS }, (_, i) => [
    dense(units, {
      activation: 'relu',
      kernelInitializer: 'heNormal',
      kernelConstraint: maxNorm(norm),
      name: `hidden_${i + 1}`,
    }),
    dropout(HIDDEN_DROPOUT),
  ]);
  return [rescaling(1 / 255, { inputShape: [784] }), dropout(INPUT_DROPOUT), ...hidden.flat(), dense(10)];
}

function largestIncomingNorm(model: Model, units: number): number {
  const kernels = Object.entries(model.parameters()).filter(([path]) => /^hidden_\d+\/kernel$/.test(path));
  return Math.max(
    ...kernels.flatMap(([, kernel]) => {
      const squares = new Float64Array(units);
      kernel.forEach((weight, i) => (squares[i % units]! += weight * weight));
      return [...squares].map(Math.sqrt);
    }),
  );
}

/** Trains the net and measures its errors as shares of the images. */
export async function run(budget: PaperBudget): Promise<PaperResult> {
  const { train, test, epochs, units = 1024, norm = NORM, callbacks = [] } = budget;
  using model = sequential(buildLayers(units, norm), { name: 'dropout-paper', seed: 1 });
  const updates = epochs * Math.ceil(train.count / BATCH_SIZE);
  model.compile({
    optimizer: sgd({ learningRate: riseAndFall(PEAK_RATE, updates, Math.ceil(updates / 20)), momentum: MOMENTUM }),
    loss: sparseCategoricalCrossentropy(),
    metrics: ['accuracy'],
  });
  const { seconds } = await timed(() =>
    model.fit(train.images, train.labels, { epochs, batchSize: BATCH_SIZE, callbacks }),
  );
  const [ofTrain, ofTest] = [
    await model.evaluate(train.images, train.labels),
    await model.evaluate(test.images, test.labels),
  ];
  return {
    testError: 1 - ofTest.accuracy!,
    trainingError: 1 - ofTrain.accuracy!,
    updates,
    seconds,
    largestNorm: largestIncomingNorm(model, units),
    summary: model.summary(),
  };
}
