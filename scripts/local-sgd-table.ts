// Prints the table of docs/distributed.md: what averaging every k steps costs in accuracy, and saves in bytes. MNIST 784-512-10,
// SGD 0.05 with momentum 0.9, 4 members of 32 samples a step. `npx tsx scripts/local-sgd-table.ts [k ...] [--seeds N] [--epochs N]`.

import { parseArgs } from 'node:util';
import { fitDistributed } from '../bindings/distributed/index.js';
import { dense, rescaling, sequential, sgd, sparseCategoricalCrossentropy, type Model } from '../bindings/index.js';
import { compiledOf } from '../bindings/model/model.js';
import { loadMnist } from '../examples/mnist/data.js';

const MEMBERS = 4;
const BATCH_SIZE = 32;
const FLOAT_BYTES = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '3' }, epochs: { type: 'string', default: '5' } },
});
const epochs = Number(values.epochs);
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const everies = positionals.length > 0 ? positionals.map(Number) : [0, 1, 4, 16, 64];
const { train, test } = loadMnist();
const data = { x: train.images, y: train.labels };

function makeModel(seed: number): Model {
  const layers = [rescaling(1 / 255, { inputShape: [784] }), dense(512, { activation: 'relu' }), dense(10)];
  const model = sequential(layers, { seed });
  model.compile({
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
    loss: sparseCategoricalCrossentropy(),
    metrics: ['accuracy'],
  });
  return model;
}

/** Bytes that members get and give in a round: parameters and slots, both ways. */
function roundBytes(model: Model): number {
  const parameters = Object.values(model.parameters()).reduce((sum, { length }) => sum + length, 0);
  return 2 * MEMBERS * FLOAT_BYTES * parameters * (1 + compiledOf(model, 'table').training.states.length);
}

/** Trains one model; k = 0 is `fit` with the batches of all members. */
async function trainOne(every: number, seed: number) {
  using model = makeModel(seed);
  let rounds = 0;
  const callbacks = [{ onBatchEnd: () => void rounds++ }];
  const { history } =
    every === 0
      ? await model.fit(data.x, data.y, { epochs, batchSize: MEMBERS * BATCH_SIZE })
      : await fitDistributed(model, data, { members: MEMBERS, every, epochs, batchSize: BATCH_SIZE, callbacks });
  const tested = await model.evaluate(test.images, test.labels);
  return { rounds, bytes: rounds * roundBytes(model), accuracy: tested.accuracy!, loss: history.loss!.at(-1)! };
}

const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const percent = (share: number): string => (100 * share).toFixed(2);

console.log(
  '| k | rounds | test accuracy, % (least to most) | loss of the last epoch | GB |\n| --- | --- | --- | --- | --- |',
);
for (const every of everies) {
  const runs = [];
  for (const seed of seeds) runs.push(await trainOne(every, seed));
  const accuracies = runs.map(({ accuracy }) => accuracy);
  const spread = `${percent(mean(accuracies))} (${percent(Math.min(...accuracies))}–${percent(Math.max(...accuracies))})`;
  const name = every === 0 ? `fit, batches of ${MEMBERS * BATCH_SIZE}` : String(every);
  const loss = mean(runs.map(({ loss }) => loss)).toFixed(4);
  console.log(`| ${name} | ${runs[0]!.rounds} | ${spread} | ${loss} | ${(runs[0]!.bytes / 1e9).toFixed(2)} |`);
}
