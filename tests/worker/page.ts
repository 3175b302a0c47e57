// What the pages of chromium.test.ts run.

import { adam, dense, dropout, sequential, type WasmgradError } from '../../bindings/index.js';
import { RandomSequence } from '../../bindings/runtime/random.js';
import { spawn, type SpawnOptions } from '../../bindings/worker/index.js';

export interface Trained {
  weights: number[];
  threads: number;
  epochs: number[];
  frames: number;
}

function drawData() {
  const random = new RandomSequence(5);
  const data = Float32Array.from({ length: 200 * 8 }, () => random.uniform() - 0.5);
  const y = Float32Array.from({ length: 200 }, (_, i) => data[8 * i]! * data[8 * i + 1]!);
  return { x: { data, shape: [200, 8] }, y };
}

function makeModel() {
  const model = sequential([dense(32, { activation: 'tanh', inputShape: [8] }), dropout(0.3), dense(1)], { seed: 9 });
  model.compile({ optimizer: adam({ learningRate: 0.01 }), loss: 'meanSquaredError' });
  return model;
}

const valuesOf = (parameters: Record<string, Float32Array>) =>
  Object.values(parameters).flatMap((values) => [...values]);

/** Trains in a worker, and counts the frames meanwhile. */
async function trainThere(options: SpawnOptions): Promise<Trained> {
  const { x, y } = drawData();
  let frames = 0;
  const count = () => void (frames++, (frame = requestAnimationFrame(count)));
  let frame = requestAnimationFrame(count);
  const epochs: number[] = [];
  const model = await spawn(makeModel(), { url: 'worker-host.mjs', ...options });
  try {
    const onEpochEnd = (epoch: number) => void epochs.push(epoch);
    await model.fit(x, y, { epochs: 4, batchSize: 16, callbacks: [{ onEpochEnd }] });
    return { weights: valuesOf(await model.parameters()), threads: model.threads, epochs, frames };
  } finally {
    cancelAnimationFrame(frame);
    model.terminate();
  }
}

async function trainHere(): Promise<number[]> {
  const { x, y } = drawData();
  const model = makeModel();
  await model.fit(x, y, { epochs: 4, batchSize: 16 });
  return valuesOf(model.parameters());
}

/** The error of a worker that can't start. */
async function refusal(url: string): Promise<string> {
  const script = url === 'blob:' ? URL.createObjectURL(new Blob(['onmessage = () => {}'])) : url;
  return spawn(makeModel(), { url: script }).then(
    () => 'it started',
    (error: WasmgradError) => `${error.code}: ${error.message}`,
  );
}

/** Abort and terminate while the page waits. */
async function broken(): Promise<string[]> {
  const { x, y } = drawData();
  const model = await spawn(makeModel(), { worker: () => new Worker('worker-host.mjs', { type: 'module' }) });
  const controller = new AbortController();
  const nameOf = (error: Error) => error.name;
  const aborted = model.fit(x, y, { epochs: 1e7, signal: controller.signal }).then(() => 'ended', nameOf);
  setTimeout(() => controller.abort(), 100);
  const names = [await aborted];
  const running = model.fit(x, y, { epochs: 1e7 }).then(() => 'ended', nameOf);
  setTimeout(() => model.terminate(), 100);
  return [...names, await running];
}

export interface PageFunctions {
  trainThere: typeof trainThere;
  trainHere: typeof trainHere;
  refusal: typeof refusal;
  broken: typeof broken;
}

Object.assign(globalThis, { trainThere, trainHere, refusal, broken } satisfies PageFunctions);
