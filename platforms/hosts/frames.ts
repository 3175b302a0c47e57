// A page that paints at every animation frame while a convolutional net trains: on the page's own thread, or in a worker.

import {
  adam,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
  sequential,
  type FitOptions,
  type Model,
} from '../../bindings/index.js';
import { RandomSequence } from '../../bindings/runtime/random.js';
import { spawn } from '../../bindings/worker/index.js';

/** Where it trains; nothing trains in 'idle', to see what the machine alone does. */
export type Place = 'idle' | 'page' | 'worker';

export interface FrameTask {
  place: Place;
  threads: number;
  seconds: number;
}

export interface Frames {
  /** Milliseconds from each frame's timestamp to the next. */
  intervals: number[];
  /** Training steps within that time. */
  steps: number;
  /** Threads that shared the work. */
  threads: number;
}

const SIDE = 28;
const IMAGES = 2048;
const BATCH = 64;

/** The CNN of the benchmark. */
function makeModel(): Model {
  const model = sequential(
    [
      conv2d(32, 3, { activation: 'relu', inputShape: [SIDE, SIDE, 1] }),
      maxPooling2d(2),
      conv2d(64, 3, { activation: 'relu' }),
      maxPooling2d(2),
      flatten(),
      dropout(0.5),
      dense(10),
    ],
    { seed: 1 },
  );
  model.compile({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

function makeData() {
  const random = new RandomSequence(1);
  const data = Float32Array.from({ length: IMAGES * SIDE * SIDE }, () => random.uniform());
  return { x: { data, shape: [IMAGES, SIDE, SIDE, 1] }, y: Int32Array.from({ length: IMAGES }, (_, i) => i % 10) };
}

/** Runs `body` and notes the timestamps of all frames meanwhile. Each one paints something. */
async function watchFrames(body: () => Promise<void>): Promise<number[]> {
  const stamps: number[] = [];
  const bar = document.body.appendChild(document.createElement('div'));
  bar.textContent = 'frames';
  const paint = (stamp: number): void => {
    stamps.push(stamp);
    bar.style.width = `${stamps.length % 100}%`;
    bar.style.background = `hsl(${stamps.length % 360} 60% 60%)`;
    frame = requestAnimationFrame(paint);
  };
  let frame = requestAnimationFrame(paint);
  await body();
  cancelAnimationFrame(frame);
  return stamps.slice(1).map((stamp, i) => stamp - stamps[i]!);
}

async function ended(fit: Promise<unknown>): Promise<void> {
  try {
    await fit;
  } catch (error) {
    if ((error as Error).name !== 'TimeoutError') throw error;
  }
}

/** All that a page does: the model goes to the worker, too, while frames are watched. */
async function measure({ place, threads, seconds }: FrameTask): Promise<Frames> {
  const { x, y } = makeData();
  let steps = 0;
  let granted = 1;
  const intervals = await watchFrames(async () => {
    const signal = AbortSignal.timeout(1000 * seconds);
    const options: FitOptions = { epochs: 1e6, batchSize: BATCH, signal };
    if (place === 'idle') return void (await new Promise((resolve) => signal.addEventListener('abort', resolve)));
    const model = makeModel();
    if (place === 'page') {
      await ended(model.fit(x, y, options));
      steps = model.step;
      return;
    }
    const there = await spawn(model, { threads, url: 'modelWorker.mjs' });
    await ended(there.fit(x, y, { ...options, transfer: true }));
    steps = await there.step();
    granted = there.threads;
    there.terminate();
  });
  return { intervals, steps, threads: granted };
}

/** What the driver of the browser calls. */
export interface FramePage {
  measure(task: FrameTask): Promise<Frames>;
}

Object.assign(globalThis, { frames: { measure } satisfies FramePage });
