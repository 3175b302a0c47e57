// The models whose files are kept for every version of the format: between them, most of what a file can say.

import {
  adamw,
  batchNormalization,
  categoryEncoder,
  columnTransformer,
  concat,
  conv1d,
  dense,
  dropout,
  earlyStopping,
  ema,
  embedding,
  flatten,
  imputer,
  input,
  lstm,
  model,
  oneCycle,
  pipeline,
  residual,
  sequential,
  standardScaler,
  tie,
  withPreprocessing,
  type FitOptions,
  type Model,
  type ModelFile,
  type PreprocessedModel,
} from '../../bindings/index.js';

/** Values between -1 and 1 without a random generator: they must be the same for ever. */
export const valuesOf = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i * 37 + seed * 101) % 64) - 31.5) / 32);

export const words = Int32Array.from({ length: 8 * 5 }, (_, i) => (i * 7) % 10);
export const signal = valuesOf(8 * 6 * 2, 1);
export const labels = [valuesOf(8 * 2, 2), valuesOf(8 * 4, 3)];
export const rows = Array.from({ length: 12 }, (_, i) => ({ age: i % 4 === 0 ? null : i * 3, port: 'ABC'[i % 3]! }));
export const prices = Float32Array.from(rows, (_, i) => i / 12);

/** Several inputs and outputs, a shared layer, a tie, states, moments, a schedule, an average, a callback. */
function graph(): Model {
  const text = input({ shape: [5], dtype: 'int32', name: 'text' });
  const wave = input({ shape: [6, 2] });
  const read = lstm(3, { recurrentDropout: 0.1 })(embedding(10, 4, { name: 'words' })(text));
  const heard = flatten()(batchNormalization()(conv1d(2, 3, { padding: 'same', activation: 'relu' })(wave)));
  const shared = dense(4, {
    activation: { name: 'elu', alpha: 0.5 },
    kernelRegularizer: 'l2',
    biasConstraint: 'nonNegative',
  });
  const both = concat()([read, dropout(0.2)(dense(3)(heard))]);
  const code = residual([dense(4, { kernelInitializer: tie(shared.parameter('kernel')), inputShape: [4] })])(
    shared(dense(4)(both)),
  );
  return model({ inputs: [text, wave], outputs: [dense(2)(code), shared(code)], seed: 21, name: 'graph' });
}

export const fitOptions = (): FitOptions => ({
  epochs: 4,
  batchSize: 3,
  callbacks: [earlyStopping({ monitor: 'loss', patience: 3, restoreBest: true })],
});

/** Saved with its training within an epoch. */
export async function saveGraph(): Promise<ModelFile> {
  using net = graph();
  net.compile({
    optimizer: ema(
      adamw({ learningRate: oneCycle({ maximum: 0.02, steps: 12 }), groups: [{ match: /bias$/, weightDecay: 0 }] }),
      { decay: 0.8 },
    ),
    loss: ['huber', 'meanSquaredError'],
    lossWeights: [1, 0.5],
    metrics: [['mae', 'r2'], ['mse']],
    gradientAccumulation: 2,
  });
  const files: ModelFile[] = [];
  const { callbacks = [], ...options } = fitOptions();
  await net.fit([words, signal], labels, {
    ...options,
    callbacks: [
      ...callbacks,
      { onBatchEnd: async (_, __, { model: own }) => void files.push(await own.save({ training: true })) },
    ],
  });
  return files[7]!;
}

/** A table's preprocessing with a net behind it. */
export async function saveTable(): Promise<ModelFile> {
  using net = sequential([dense(4, { activation: 'tanh' }), dense(1)], { seed: 22, name: 'table' });
  net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const whole: PreprocessedModel = withPreprocessing(
    net,
    columnTransformer([
      {
        columns: ['age'],
        transformer: pipeline([imputer({ strategy: 'median', addIndicator: true }), standardScaler()]),
      },
      { columns: ['port'], transformer: categoryEncoder({ handleUnknown: 'ignore' }) },
    ]),
  );
  await whole.fit(rows, prices, { epochs: 3 });
  return await whole.save();
}
