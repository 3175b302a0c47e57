// A convolutional net on MNIST: two convolutions with pooling, dropout, one dense layer.

import {
  adam,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  rescaling,
  sequential,
  sparseCategoricalCrossentropy,
  type Callback,
  type History,
  type Model,
} from '../../bindings/index.js';
import { timed } from '../figures.js';
import { IMAGE_SIDE, type LabelledImages } from '../mnist/data.js';
import { riseAndFall } from '../schedule.js';

export const BATCH_SIZE = 64;
const PEAK_RATE = 3e-3;

export interface CnnBudget {
  train: LabelledImages;
  test: LabelledImages;
  epochs: number;
  callbacks?: readonly Callback[];
}

export interface CnnResult {
  testAccuracy: number;
  testLoss: number;
  trainingAccuracy: number;
  history: History['history'];
  seconds: number;
  summary: string;
}

/** The net and its schedule, for so many images and epochs. */
export function makeCnn(images: number, epochs: number): Model {
  const model = sequential(
    [
      rescaling(1 / 255, { inputShape: [IMAGE_SIDE, IMAGE_SIDE, 1] }),
      conv2d(32, 3, { padding: 'same', activation: 'relu', kernelInitializer: 'heNormal' }),
      maxPooling2d(2),
      conv2d(64, 3, { padding: 'same', activation: 'relu', kernelInitializer: 'heNormal' }),
      maxPooling2d(2),
      flatten(),
      dropout(0.4),
      dense(10),
    ],
    { name: 'cnn', seed: 1 },
  );
  const steps = epochs * Math.ceil(images / BATCH_SIZE);
  model.compile({
    optimizer: adam({ learningRate: riseAndFall(PEAK_RATE, steps, Math.ceil(steps / 10)) }),
    loss: sparseCategoricalCrossentropy(),
    metrics: ['accuracy'],
  });
  return model;
}

/** Trains the net and measures it on images that it has not seen. Nothing is picked by the test images while it trains. */
export async function run({ train, test, epochs, callbacks = [] }: CnnBudget): Promise<CnnResult> {
  using model = makeCnn(train.count, epochs);
  const { value, seconds } = await timed(() =>
    model.fit(train.images, train.labels, { epochs, batchSize: BATCH_SIZE, callbacks }),
  );
  const ofTrain = await model.evaluate(train.images, train.labels);
  const ofTest = await model.evaluate(test.images, test.labels);
  return {
    testAccuracy: ofTest.accuracy!,
    testLoss: ofTest.loss!,
    trainingAccuracy: ofTrain.accuracy!,
    history: value.history,
    seconds,
    summary: model.summary(),
  };
}
