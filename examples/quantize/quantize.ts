// What kernels in fewer bits cost and gain: two nets on MNIST, saved as float32, float16 and int8, and loaded again.

import {
  adam,
  conv2d,
  dense,
  evaluateFunction,
  flatten,
  loadModel,
  maxPooling2d,
  rescaling,
  sequential,
  sparseCategoricalCrossentropy,
  type Callback,
  type Model,
  type WeightFormat,
} from '../../bindings/index.js';
import { BATCH_SIZE, makeCnn } from '../cnn/cnn.js';
import { IMAGE_SIDE, type LabelledImages } from '../mnist/data.js';
import { riseAndFall } from '../schedule.js';

const FORMATS: readonly WeightFormat[] = ['float32', 'float16', 'int8'];
const ROUNDS = 15;
const TURN_MILLISECONDS = 30;

export interface Budget {
  train: LabelledImages;
  test: LabelledImages;
  epochs: number;
  callbacks?: (net: string) => readonly Callback[];
}

/** A net in one format. */
export interface Row {
  net: string;
  weights: WeightFormat;
  /** Layers whose products are of int8 numbers. */
  int8: readonly string[];
  bytes: number;
  accuracy: number;
  /** Largest difference of a probability from that of the float32 net. */
  probabilityChange: number;
  /** Of a prediction of one image, and of a batch. */
  milliseconds: { one: number; batch: number };
}

/** Images in a batch of predictions. */
export const BATCH = 64;

const withRate = (model: Model, peak: number, images: number, epochs: number): Model => {
  const steps = epochs * Math.ceil(images / BATCH_SIZE);
  model.compile({
    optimizer: adam({ learningRate: riseAndFall(peak, steps, Math.ceil(steps / 10)) }),
    loss: sparseCategoricalCrossentropy(),
  });
  return model;
};

/** LeNet's form of 5x5 taps, which float32 has no shortcut for. */
const makeLenet = (): Model =>
  sequential(
    [
      rescaling(1 / 255, { inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1] }),
      conv2d(16, 5, { padding: 'same', activation: 'relu', kernelInitializer: 'heNormal' }),
      maxPooling2d(2),
      conv2d(32, 5, { activation: 'relu', kernelInitializer: 'heNormal' }),
      maxPooling2d(2),
      flatten(),
      dense(128, { activation: 'relu', kernelInitializer: 'heNormal' }),
      dense(10),
    ],
    { name: 'lenet', seed: 1 },
  );

const makeMlp = (): Model =>
  sequential(
    [
      rescaling(1 / 255, { inputShape: [IMAGE_SIDE * IMAGE_SIDE] }),
      dense(512, { activation: 'relu', kernelInitializer: 'heNormal' }),
      dense(256, { activation: 'relu', kernelInitializer: 'heNormal' }),
      dense(10),
    ],
    { name: 'mlp', seed: 1 },
  );

const NETS: Readonly<Record<string, (images: number, epochs: number) => Model>> = {
  'mlp 784-512-256-10': (images, epochs) => withRate(makeMlp(), 2e-3, images, epochs),
  'cnn, two 5x5': (images, epochs) => withRate(makeLenet(), 2e-3, images, epochs),
  'cnn, two 3x3': makeCnn,
};

/** Trains each net once, and measures it in each format. */
export async function run({ train, test, epochs, callbacks = () => [] }: Budget): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [net, make] of Object.entries(NETS)) {
    using model = make(train.count, epochs);
    await model.fit(train.images, train.labels, { epochs, batchSize: BATCH_SIZE, callbacks: callbacks(net) });
    rows.push(...(await compare(net, model, test)));
  }
  return rows;
}

async function compare(net: string, model: Model, test: LabelledImages): Promise<Row[]> {
  const files: Uint8Array[] = [];
  const loaded: Model[] = [];
  for (const weights of FORMATS) {
    const file = await model.save({ weights });
    files.push(file);
    loaded.push(await loadModel(file));
  }
  const expected = await probabilities(model, test);
  const [one, batch] = [1, BATCH].map((images) => fastest(loaded, test, images));
  const rows: Row[] = [];
  for (const [i, weights] of FORMATS.entries()) {
    const got = await probabilities(loaded[i]!, test);
    const hits = test.labels.filter((label, k) => isLargest(got.subarray(10 * k, 10 * k + 10), label));
    rows.push({
      net,
      weights,
      int8: loaded[i]!.int8Kernels.map((path) => path.replace(/\/kernel$/, '')),
      bytes: files[i]!.length,
      accuracy: hits.length / test.count,
      probabilityChange: got.reduce((most, p, k) => Math.max(most, Math.abs(p - expected[k]!)), 0),
      milliseconds: { one: one![i]!, batch: batch![i]! },
    });
    loaded[i]!.dispose();
  }
  return rows;
}

const isLargest = (values: Float32Array, at: number): boolean => values.every((value) => value <= values[at]!);

async function probabilities(model: Model, { images }: LabelledImages): Promise<Float32Array> {
  const logits = await model.predict(images);
  return evaluateFunction((given) => ({ p: given.logits.softmax() }), { logits }).p.data as Float32Array;
}

/** Milliseconds of a prediction by each of some models: the best of rounds in which each has a turn. */
function fastest(models: readonly Model[], { images }: LabelledImages, batch: number): number[] {
  const x = Float32Array.from(images.subarray(0, batch * IMAGE_SIDE * IMAGE_SIDE));
  const best = models.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    models.forEach((model, i) => {
      const start = performance.now();
      let calls = 0;
      while (performance.now() - start < TURN_MILLISECONDS) {
        model.predictSync(x);
        calls++;
      }
      best[i] = Math.min(best[i]!, (performance.now() - start) / calls);
    });
  }
  return best;
}
