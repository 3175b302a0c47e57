// The same net trained twice: in this thread, and in a worker. A timer tells how free this thread is meanwhile.

import { createHash } from 'node:crypto';
import { adam, dense, dropout, rescaling, sequential, type Model } from '../../bindings/index.js';
import { spawn, type WorkerCallback, type WorkerModel } from '../../bindings/worker/index.js';
import { timed } from '../figures.js';
import type { LabelledImages } from '../mnist/data.js';

const TICK_MILLISECONDS = 10;

export interface Training {
  seconds: number;
  /** Ticks of the timer while it trained. */
  ticks: number;
  /** Longest time from one tick to the next, in milliseconds. */
  longestWait: number;
  /** SHA-256 of the weights. */
  weights: string;
  accuracy: number;
}

export interface WorkerBudget {
  train: LabelledImages;
  epochs: number;
  /** The worker's script. A program that has the library as a package leaves it out. */
  url: URL;
  onEpochEnd?: WorkerCallback['onEpochEnd'];
}

function makeModel(): Model {
  const model = sequential(
    [
      rescaling(1 / 255, { inputShape: [784] }),
      dense(256, { activation: 'relu', kernelInitializer: 'heNormal' }),
      dropout(0.3),
      dense(10),
    ],
    { name: 'digits', seed: 1 },
  );
  model.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** Runs `body`, and notes how a timer ticks meanwhile. */
async function ticking<T>(body: () => Promise<T>) {
  const ticks: number[] = [performance.now()];
  const timer = setInterval(() => ticks.push(performance.now()), TICK_MILLISECONDS);
  const { value, seconds } = await timed(body);
  clearInterval(timer);
  ticks.push(performance.now());
  const waits = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
  return { value, seconds, ticks: ticks.length - 2, longestWait: Math.max(...waits) };
}

const digestOf = (parameters: Record<string, Float32Array>): string => {
  const hash = createHash('sha256');
  for (const values of Object.values(parameters)) hash.update(values);
  return hash.digest('hex');
};

async function train(model: Model | WorkerModel, { train, epochs, onEpochEnd }: WorkerBudget): Promise<Training> {
  const callbacks = onEpochEnd ? [{ onEpochEnd }] : [];
  const { value, ...rest } = await ticking(() =>
    // The worker's model has the same methods.
    (model as WorkerModel).fit(train.images, train.labels, { epochs, batchSize: 64, callbacks }),
  );
  return { ...rest, weights: digestOf(await model.parameters()), accuracy: value.history.accuracy!.at(-1)! };
}

/** Trains in this thread, then in a worker. */
export async function run(budget: WorkerBudget): Promise<{ here: Training; there: Training }> {
  using model = makeModel();
  const here = await train(model, budget);
  using fresh = makeModel();
  const remote = await spawn(fresh, { url: budget.url });
  try {
    return { here, there: await train(remote, budget) };
  } finally {
    remote.terminate();
  }
}
