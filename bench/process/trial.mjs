// One trial: a net of fixed size is trained on samples that are made up, so that every trial takes as long.

import { adam, dense, sequential } from '../../dist/index.js';

const SAMPLES = 2048;
const FEATURES = 64;

const x = {
  data: Float32Array.from({ length: SAMPLES * FEATURES }, (_, i) => Math.sin(i * i)),
  shape: [SAMPLES, FEATURES],
};
const y = {
  data: Float32Array.from({ length: SAMPLES }, (_, row) => x.data[row * FEATURES] * x.data[row * FEATURES + 1]),
  shape: [SAMPLES, 1],
};

export async function trial({ rate }, { seed, signal }) {
  const model = sequential(
    [dense(256, { activation: 'relu', inputShape: [FEATURES] }), dense(256, { activation: 'relu' }), dense(1)],
    { seed },
  );
  model.compile({ optimizer: adam({ learningRate: rate }), loss: 'meanSquaredError' });
  const { history } = await model.fit(x, y, { epochs: 30, batchSize: 64, signal });
  model.dispose();
  return history.loss.at(-1);
}
