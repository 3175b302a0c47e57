// What every runtime trains: this one file is bundled for each of them. Nothing here depends on the runtime, and data come from
// exact arithmetic on draws of the library's own generator, so that the weights must have the same bits everywhere. Each uses
// what is computed on the host as well: schedules, bias corrections, shares of mixed samples, initialisers. Weights are float32, in which
// the last bits of a rate are lost, so that what the host computes in float64 is hashed by itself.

import {
  activation,
  adam,
  batchNormalization,
  conv2d,
  cosineDecay,
  dense,
  dropout,
  exponentialDecay,
  flatten,
  init,
  l2,
  loadModel,
  logisticRegression,
  lstm,
  maxPooling2d,
  mixup,
  radam,
  randomContrast,
  randomElasticTransform,
  randomFlip,
  randomRotation,
  sequential,
  sgd,
  warmup,
  type FitOptions,
  type InitOptions,
  type Model,
  type Schedule,
} from '../bindings/index.js';
import { RandomSequence } from '../bindings/runtime/random.js';
import { getRuntime } from '../bindings/runtime/runtime.js';
import type { Outcome, Task } from './outcome.js';

interface Data {
  x: { data: Float32Array; shape: number[] };
  y: Float32Array | Int32Array;
}

interface Program {
  samples: number;
  batchSize: number;
  epochs: number;
  makeData(random: RandomSequence, samples: number): Data;
  /** The learning rate. */
  rate(steps: number): Schedule;
  makeModel(rate: Schedule): Model;
  /** What else the host computes in float64. */
  host?(random: RandomSequence): ArrayLike<number>;
  augment?: FitOptions['augment'];
}

/** Uniform in (-1, 1). */
const draw = (random: RandomSequence): number => 2 * random.uniform() - 1;

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

/** Samples of a shape, drawn one after the other, and what `label` says of each. */
function drawSamples(
  random: RandomSequence,
  samples: number,
  shape: readonly number[],
  label: (sample: Float32Array) => number,
): { x: Data['x']; labels: number[] } {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float32Array.from({ length: samples * size }, () => draw(random));
  const labels = Array.from({ length: samples }, (_, i) => label(data.subarray(i * size, (i + 1) * size)));
  return { x: { data, shape: [samples, ...shape] }, labels };
}

/** Four classes by the signs of features. Dropout, mixup, weight decay, Adam after a warm-up, clipping. */
const mlp: Program = {
  samples: 512,
  batchSize: 64,
  epochs: 6,
  makeData(random, samples) {
    const { x, labels } = drawSamples(random, samples, [32], ([a, b, c, d]) => 2 * +(a! * b! > 0) + +(c! > d!));
    return { x, y: Int32Array.from(labels) };
  },
  rate: (steps) => warmup(cosineDecay({ learningRate: 5e-3, steps }), { steps: 8 }),
  host(random) {
    const shares = Array.from({ length: 500 }, () => random.symmetricBeta(0.3));
    const { x, labels } = drawSamples(random, 200, [5], ([a, b, c]) => +(a! + b! > c!));
    const { coefficients, intercept } = logisticRegression(x, labels, { C: 10 });
    return [...shares, ...coefficients, ...intercept];
  },
  makeModel(rate) {
    const model = sequential(
      [
        dense(128, { activation: 'relu', kernelInitializer: 'heNormal', inputShape: [32] }),
        dropout(0.3),
        dense(96, { activation: 'gelu', kernelInitializer: 'truncatedNormal', kernelRegularizer: l2(1e-4) }),
        dropout(0.2),
        dense(4),
      ],
      { seed: 11 },
    );
    model.compile({
      optimizer: adam({ learningRate: rate, globalClipNorm: 1 }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
      mix: mixup({ alpha: 0.3 }),
    });
    return model;
  },
};

/** Is the upper half of an image brighter than the lower one? Batch normalisation, augmentation, 3x3 and 5x5 convolutions, Nesterov's momentum. */
const cnn: Program = {
  samples: 192,
  batchSize: 32,
  epochs: 5,
  augment: [
    randomRotation({ degrees: 10 }),
    randomFlip({ mode: 'horizontal' }),
    randomElasticTransform(),
    randomContrast({ factor: 0.2 }),
  ],
  makeData(random, samples) {
    const { x, labels } = drawSamples(
      random,
      samples,
      [14, 14, 2],
      (image) => +(sum(image.subarray(0, image.length / 2)) > sum(image.subarray(image.length / 2))),
    );
    return { x, y: Float32Array.from(labels) };
  },
  rate: (steps) => cosineDecay({ learningRate: 0.05, steps }),
  makeModel(rate) {
    const model = sequential(
      [
        conv2d(16, 3, { padding: 'same', useBias: false, kernelInitializer: 'heNormal', inputShape: [14, 14, 2] }),
        batchNormalization({ momentum: 0.9 }),
        activation('relu'),
        maxPooling2d(2),
        conv2d(24, 5, { padding: 'same', useBias: false }),
        batchNormalization({ momentum: 0.9 }),
        activation('silu'),
        flatten(),
        dropout(0.25),
        dense(1),
      ],
      { seed: 12 },
    );
    model.compile({
      optimizer: sgd({ learningRate: rate, momentum: 0.9, nesterov: true }),
      loss: 'binaryCrossentropy',
      metrics: ['accuracy'],
    });
    return model;
  },
};

/** The sum of one feature over a sequence. Orthogonal recurrence, rectified Adam whose rate decays. */
const recurrent: Program = {
  samples: 256,
  batchSize: 32,
  epochs: 5,
  makeData(random, samples) {
    const { x, labels } = drawSamples(
      random,
      samples,
      [12, 6],
      (steps) => sum(steps.filter((_, i) => i % 6 === 0)) / 4,
    );
    return { x, y: Float32Array.from(labels) };
  },
  rate: () => exponentialDecay({ learningRate: 4e-3, base: 0.99 }),
  makeModel(rate) {
    const model = sequential(
      [
        lstm(48, { returnSequences: true, inputShape: [12, 6] }),
        lstm(32, { recurrentInitializer: 'orthogonal' }),
        dense(1),
      ],
      { seed: 13 },
    );
    model.compile({
      optimizer: radam({ learningRate: rate, clipNorm: 1 }),
      loss: 'huber',
    });
    return model;
  },
};

export const PROGRAMS: Readonly<Record<string, Program>> = { mlp, cnn, lstm: recurrent };

/** Trains a program on so many threads. Once in a process or page: the library keeps the threads it began with. */
export async function runProgram({ program: name, threads }: Task, core?: InitOptions['core']): Promise<Outcome> {
  const program = PROGRAMS[name];
  if (!program) throw new Error(`no program '${name}'. There are ${Object.keys(PROGRAMS).join(', ')}.`);
  const warnings: string[] = [];
  // What the library says is a part of the outcome.
  const { warn } = console;
  console.warn = (line: string) => void warnings.push(line);
  try {
    await init({ threads, ...(core && { core }), maximumBytes: 64e6 });
    return { ...(await train(program)), threads: getRuntime().threads, warnings };
  } finally {
    console.warn = warn;
  }
}

async function train(program: Program): Promise<Pick<Outcome, 'weights' | 'outputs' | 'stepMilliseconds'>> {
  const { samples, batchSize, epochs, augment } = program;
  const { x, y } = program.makeData(new RandomSequence(7), samples);
  const steps = epochs * Math.ceil(samples / batchSize);
  const rate = program.rate(steps);
  const model = program.makeModel(rate);
  const options = { batchSize, ...(augment && { augment }) };
  await model.fit(x, y, { ...options, epochs: 1 });
  const start = await clock();
  const { history } = await model.fit(x, y, { ...options, initialEpoch: 1, epochs });
  const stepMilliseconds = ((await clock()) - start) / (steps * (1 - 1 / epochs));
  const { data } = await model.predict(x);
  const small = await loadModel(await model.save({ weights: 'int8' }));
  const { data: int8 } = await small.predict(x);
  const host = program.host?.(new RandomSequence(8)) ?? [];
  const figures = Object.keys(history)
    .filter((name) => name !== 'seconds')
    .flatMap((name) => history[name]!);
  const rates = Array.from({ length: steps }, (_, step) => rate(step));
  return {
    weights: await sha256(Object.values(model.parameters())),
    outputs: await sha256([
      Float32Array.from(data),
      int8,
      Float64Array.of(...figures, ...rates),
      Float64Array.from(host),
    ]),
    stepMilliseconds,
  };
}

/** The time, after a turn of the event loop: on workerd the clock stands still between turns. */
async function clock(): Promise<number> {
  await new Promise<void>((resolve) => void setTimeout(resolve, 0));
  return performance.now();
}

/** Of the bytes of all arrays. Copied, since the weights may lie in shared memory, which digests refuse. */
async function sha256(arrays: readonly (Float32Array | Float64Array)[]): Promise<string> {
  const bytes = new Uint8Array(arrays.reduce((length, array) => length + array.byteLength, 0));
  let end = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), end);
    end += byteLength;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
