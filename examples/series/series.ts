// Three shapes in noise, told apart from few series: cylinder, bell and funnel, with and without warping of the training series.

import {
  adam,
  conv1d,
  dense,
  dropout,
  globalAveragePooling1d,
  maxPooling1d,
  metrics,
  randomJitter,
  randomMagnitudeWarping,
  randomTimeWarping,
  randomWindowSlicing,
  sequential,
  type FitOptions,
  type Model,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import type { PairedRun } from '../paired.js';
import { drawShapes, LENGTH, SHAPES, type Series } from './shapes.js';

const BATCH_SIZE = 8;
const TEST_SEED = 1;

export interface SeriesBudget {
  /** Series that are trained on, drawn anew for each seed; the test is on `test` others. */
  train: number;
  test: number;
  epochs: number;
  seeds: readonly number[];
  onRun?: (run: PairedRun) => void;
}

export interface SeriesResult {
  runs: PairedRun[];
  summary: string;
  seconds: number;
}

function buildModel(seed: number): Model {
  const model = sequential(
    [
      conv1d(16, 8, { activation: 'relu', inputShape: [LENGTH, 1] }),
      maxPooling1d(2),
      conv1d(32, 5, { activation: 'relu' }),
      maxPooling1d(2),
      conv1d(32, 3, { activation: 'relu' }),
      globalAveragePooling1d(),
      dropout(0.2),
      dense(SHAPES.length),
    ],
    { name: 'series', seed },
  );
  model.compile({
    optimizer: adam({ learningRate: 3e-3 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** Time that runs unevenly, windows of other lengths, uneven strength, and noise. */
const WARPING: FitOptions['augment'] = [
  randomTimeWarping({ knots: 4, stddev: 0.3 }),
  randomWindowSlicing({ share: [0.8, 1] }),
  randomMagnitudeWarping({ knots: 4, stddev: 0.2 }),
  randomJitter({ stddev: 0.3 }),
];

async function trainAndTest(
  train: Series,
  test: Series,
  budget: SeriesBudget,
  seed: number,
  augment?: FitOptions['augment'],
) {
  using model = buildModel(seed);
  await model.fit(train.x, train.labels, {
    epochs: budget.epochs,
    batchSize: BATCH_SIZE,
    ...(augment ? { augment } : {}),
  });
  const said = (await model.predict(test.x)).argMax();
  return {
    figures: {
      accuracy: metrics.accuracy(test.labels, said),
      F1: metrics.f1(test.labels, said, { average: 'macro' }),
    },
    summary: model.summary(),
  };
}

/** For each seed: few series, and a net that is trained on them as they are and another on warped ones. */
export async function run(budget: SeriesBudget): Promise<SeriesResult> {
  const test = drawShapes(budget.test, TEST_SEED);
  const runs: PairedRun[] = [];
  let summary = '';
  const { seconds } = await timed(async () => {
    for (const seed of budget.seeds) {
      const train = drawShapes(budget.train, TEST_SEED + seed);
      const plain = await trainAndTest(train, test, budget, seed);
      const augmented = await trainAndTest(train, test, budget, seed, WARPING);
      const paired: PairedRun = { seed, plain: plain.figures, augmented: augmented.figures };
      runs.push(paired);
      budget.onRun?.(paired);
      summary = plain.summary;
    }
  });
  return { runs, summary, seconds };
}
