// What one trial of the search is: a net of two hidden layers on 1,000 labels, and its accuracy on dev images.

import {
  adam,
  dense,
  dropout,
  l2,
  rescaling,
  sequential,
  sparseCategoricalCrossentropy,
  type Model,
} from '../../bindings/index.js';
import { integer, logUniform, uniform, type ParamsOf, type TrialContext } from '../../bindings/selection/index.js';
import type { Part } from '../study/run.js';

export const SPACE = {
  rate: logUniform(1e-4, 1e-2),
  dropout: uniform(0, 0.7),
  lambda: logUniform(1e-6, 1e-2),
  width: integer(32, 512, { log: true }),
};

export type Settings = ParamsOf<typeof SPACE>;

export interface SearchData {
  train: Part;
  dev: Part;
  epochs: number;
}

function buildNet({ rate, dropout: share, lambda, width }: Settings, seed: number): Model {
  const hidden = (units: number) =>
    dense(units, { activation: 'relu', kernelInitializer: 'heNormal', kernelRegularizer: l2(lambda) });
  const net = sequential(
    [
      rescaling(1 / 255, { inputShape: [784] }),
      hidden(width),
      dropout(share),
      hidden(Math.max(16, Math.round(width / 2))),
      dropout(share),
      dense(10),
    ],
    { seed },
  );
  net.compile({
    optimizer: adam({ learningRate: rate }),
    loss: sparseCategoricalCrossentropy(),
    metrics: ['accuracy'],
  });
  return net;
}

/** A trained net. Tells the accuracy on the dev images after each epoch. */
export async function trainNet(
  settings: Settings,
  seed: number,
  { train, dev, epochs }: SearchData,
  onEpoch: (accuracy: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<{ net: Model; accuracy: number }> {
  const net = buildNet(settings, seed);
  let accuracy = 0;
  try {
    await net.fit(train.x, train.y, {
      epochs,
      batchSize: 50,
      validationData: dev,
      callbacks: [{ onEpochEnd: async (_, logs) => void (await onEpoch((accuracy = logs.val_accuracy!))) }],
    });
  } catch (error) {
    net.dispose();
    throw error;
  }
  return { net, accuracy };
}

/** The accuracy on the dev images after the last epoch. */
export async function objective(settings: Settings, { seed, data, report }: TrialContext<SearchData>): Promise<number> {
  const { net, accuracy } = await trainNet(settings, seed, data, report);
  net.dispose();
  return accuracy;
}
