// Three shapes in noise, told apart from few series: cylinder, bell and funnel, with and without warping of the
// training series and noise on them.

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
  type Augmentation,
  type Model,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { runPairs, type PairedRun } from '../paired.js';
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

/** Time that runs unevenly, windows of other lengths, and uneven strength. */
const WARPING = [
  randomTimeWarping({ knots: 4, stddev: 0.3 }),
  randomWindowSlicing({ share: [0.8, 1] }),
  randomMagnitudeWarping({ knots: 4, stddev: 0.2 }),
];
const JITTER = [randomJitter({ stddev: 0.3 })];

const ARMS: Readonly<Record<string, readonly Augmentation[]>> = {
  plain: [],
  warping: WARPING,
  jitter: JITTER,
  'warping and jitter': [...WARPING, ...JITTER],
};

async function trainAndTest(
  [train, test]: readonly [Series, Series],
  epochs: number,
  seed: number,
  augment: readonly Augmentation[],
) {
  using model = buildModel(seed);
  await model.fit(train.x, train.labels, { epochs, batchSize: BATCH_SIZE, augment });
  const said = (await model.predict(test.x)).argMax();
  return {
    figures: {
      accuracy: metrics.accuracy(test.labels, said),
      F1: metrics.f1(test.labels, said, { average: 'macro' }),
    },
    summary: model.summary(),
  };
}

/** For each seed: few series, and nets that are trained on them as they are, warped, and with noise. */
export async function run(budget: SeriesBudget): Promise<SeriesResult> {
  const test = drawShapes(budget.test, TEST_SEED);
  let summary = '';
  const prepare = (seed: number) => {
    const train = drawShapes(budget.train, TEST_SEED + seed);
    return async (augment: readonly Augmentation[]) => {
      const trained = await trainAndTest([train, test], budget.epochs, seed, augment);
      ({ summary } = trained);
      return trained.figures;
    };
  };
  const { value: runs, seconds } = await timed(() => runPairs(budget.seeds, ARMS, prepare, budget.onRun));
  return { runs, summary, seconds };
}
