// tsx worker.ts FOLDER EPOCHS: trains from the checkpoint in FOLDER, or from the beginning. It may be killed at any moment.

import {
  adam,
  checkpoint,
  dense,
  dropout,
  earlyStopping,
  ema,
  loadCheckpoint,
  sequential,
} from '../../bindings/index.js';
import { fileStore } from '../../bindings/node.js';
import { spirals } from './spirals.js';

/** Batches from one checkpoint to the next. */
const EVERY = 20;

function build() {
  const net = sequential(
    [dense(32, { activation: 'tanh', inputShape: [2] }), dropout(0.1), dense(32, { activation: 'tanh' }), dense(2)],
    { seed: 7 },
  );
  net.compile({
    optimizer: ema(adam({ learningRate: 0.02 }), { decay: 0.98 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return net;
}

const [folder, epochs] = process.argv.slice(2) as [string, string];
const store = fileStore(folder);
const saved = await loadCheckpoint(store);
const net = saved ?? build();
console.log(JSON.stringify({ batches: net.step }));

const { history } = await net.fit(spirals.x, spirals.y, {
  epochs: Number(epochs),
  callbacks: [earlyStopping({ monitor: 'loss', patience: 50 }), checkpoint({ store, every: { steps: EVERY } })],
  resume: saved !== undefined,
});
await store.set('final', await net.save({ training: true }));
console.log(JSON.stringify({ batches: net.step, accuracy: history.accuracy!.at(-1) }));
