// One step of the built package, by its public API, and what the parts of it take.

import { answer, given } from './xor.mjs';

const begin = performance.now();
const { adam, binaryCrossentropy, dense, init, sequential } = await import('../../dist/index.js');
await init();
const ready = performance.now();

const model = sequential([dense(8, { activation: 'tanh', inputShape: [2] }), dense(1)], { seed: 1 });
model.compile({ optimizer: adam(given.adam), loss: binaryCrossentropy({ fromLogits: true }) });
const paths = Object.keys(model.parameters());
model.setParameters(Object.fromEntries(paths.map((path, i) => [path, given.weights[i]])));
const { history } = await model.fit(
  { data: Float32Array.from(given.x), shape: [4, 2] },
  { data: Float32Array.from(given.labels), shape: [4, 1] },
  { epochs: 1, batchSize: 4, shuffle: false },
);
const end = performance.now();

await answer(history.loss[0], () => paths.map((path) => model.parameters()[path]), {
  importAndInit: ready - begin,
  firstStep: end - ready,
});
