// One training of the study.

import type { Callback, History } from '../../bindings/index.js';
import { timed } from '../figures.js';
import { IMAGE_SIDE, type LabelledImages } from '../mnist/data.js';
import { shuffledIndices } from '../random.js';
import { BATCH_SIZE, buildModel, stoppersOf, type Recipe } from './techniques.js';

export const LABELS = 1000;

export interface Part {
  x: Uint8Array;
  y: Int32Array;
}

export interface Parts {
  train: Part;
  dev: Part;
  test: Part;
}

export interface Trained {
  testAccuracy: number;
  trainAccuracy: number;
  devAccuracy: number;
  /** Share of all weights that are exactly 0. */
  sparsity: number;
  epochs: number;
  seconds: number;
  history: History['history'];
}

function pick({ images, labels }: LabelledImages, indices: Int32Array): Part {
  const size = IMAGE_SIDE * IMAGE_SIDE;
  const x = new Uint8Array(indices.length * size);
  indices.forEach((index, i) => x.set(images.subarray(index * size, (index + 1) * size), i * size));
  return { x, y: Int32Array.from(indices, (index) => labels[index]!) };
}

/** Training and dev images that the seed draws from the 60,000, which never meet; the test images are always all. */
export function drawParts(train: LabelledImages, test: LabelledImages, seed: number): Parts {
  const order = shuffledIndices(train.count, seed);
  return {
    train: pick(train, order.subarray(0, LABELS)),
    dev: pick(train, order.subarray(LABELS, 2 * LABELS)),
    test: { x: test.images, y: test.labels },
  };
}

export interface RunOptions {
  seed: number;
  epochs: number;
  callbacks?: readonly Callback[];
  /** Looks at the trained model before it is freed. */
  inspect?: (model: ReturnType<typeof buildModel>) => Promise<void>;
}

/** Trains one network by a recipe, and measures it in evaluation mode on all three parts. */
export async function runRecipe(recipe: Recipe, parts: Parts, options: RunOptions): Promise<Trained> {
  const { seed, epochs, callbacks = [], inspect } = options;
  using model = buildModel(recipe, seed);
  const { train, dev, test } = parts;
  const { value: history, seconds } = await timed(() =>
    model.fit(train.x, train.y, {
      ...(recipe.augment && { augment: recipe.augment }),
      epochs,
      batchSize: BATCH_SIZE,
      validationData: dev,
      callbacks: [...stoppersOf(recipe), ...callbacks],
    }),
  );
  const accuracyOn = async ({ x, y }: Part) => (await model.evaluate(x, y, { batchSize: 500 })).accuracy!;
  const kernels = Object.entries(model.parameters()).filter(([path]) => path.endsWith('kernel'));
  const zeros = kernels.flatMap(([, values]) => [...values]).filter((value) => value === 0).length;
  const weights = kernels.reduce((sum, [, values]) => sum + values.length, 0);
  await inspect?.(model);
  return {
    testAccuracy: await accuracyOn(test),
    trainAccuracy: await accuracyOn(train),
    devAccuracy: await accuracyOn(dev),
    sparsity: zeros / weights,
    epochs: history.epoch.length,
    seconds,
    history: history.history,
  };
}
