// The runs that are broken off and resumed: nets with all that has a state. Also run by process.ts, in a process of its own.

import {
  adam,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  earlyStopping,
  ema,
  flatten,
  gaussianNoise,
  lstm,
  maxPooling2d,
  mixup,
  oneCycle,
  oneCycleMomentum,
  randomFlip,
  randomRotation,
  reduceOnPlateau,
  sequential,
  sgd,
  type Callback,
  type FitOptions,
  type Model,
} from '../../bindings/index.js';
import { drawValues } from '../model/support.js';

export interface Run {
  build(): Model;
  x: Float32Array;
  y: Float32Array | Int32Array;
  /** Made anew for each call of fit: callbacks have a state of their own. */
  options(): FitOptions & { epochs: number; callbacks: Callback[] };
}

const classes = (count: number, of: number) => Int32Array.from({ length: count }, (_, i) => (i * 7 + (i >> 2)) % of);

const mlp: Run = {
  build() {
    const net = sequential([dense(12, { activation: 'relu', inputShape: [5] }), dropout(0.3), dense(3)], { seed: 11 });
    net.compile({
      optimizer: adam({ learningRate: 0.01 }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    return net;
  },
  x: drawValues(50 * 5, 1),
  y: classes(50, 3),
  // 50 samples by 8: the last batch is smaller.
  options: () => ({ epochs: 10, batchSize: 8, callbacks: [] }),
};

const cnnCourse = { steps: 10 * 5 };
const cnn: Run = {
  build() {
    const net = sequential(
      [
        conv2d(3, 3, { inputShape: [6, 6, 1], padding: 'same', useBias: false }),
        batchNormalization(),
        maxPooling2d(2),
        flatten(),
        dense(2),
      ],
      { seed: 12 },
    );
    net.compile({
      optimizer: sgd({ learningRate: oneCycle({ maximum: 0.2, ...cnnCourse }), momentum: oneCycleMomentum(cnnCourse) }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy', 'rocAuc'],
      mix: mixup(),
    });
    return net;
  },
  x: drawValues(30 * 36, 2),
  y: classes(30, 2),
  options: () => ({
    epochs: 10,
    batchSize: 6,
    validationSplit: 0.1,
    augment: [randomRotation({ degrees: 20 }), randomFlip()],
    callbacks: [],
  }),
};

const recurrent: Run = {
  build() {
    const net = sequential([lstm(4, { inputShape: [6, 2], dropout: 0.1 }), gaussianNoise(0.05), dense(1)], {
      seed: 13,
    });
    net.compile({
      optimizer: ema(adam({ learningRate: 0.05 }), { decay: 0.9 }),
      loss: 'meanSquaredError',
      metrics: ['r2'],
      gradientAccumulation: 2,
    });
    return net;
  },
  x: drawValues(24 * 12, 3),
  y: drawValues(24, 4),
  options: () => ({
    epochs: 10,
    batchSize: 5,
    validationSplit: 0.2,
    evaluateTraining: true,
    callbacks: [
      earlyStopping({ patience: 3, smoothing: 0.5, restoreBest: true, minDelta: 1e-4 }),
      reduceOnPlateau({ monitor: 'loss', patience: 1, factor: 0.7 }),
    ],
  }),
};

export const RUNS = { mlp, cnn, lstm: recurrent };
export type RunName = keyof typeof RUNS;

export const fitRun = (net: Model, { x, y }: Run, options: FitOptions) => net.fit(x, y, options);
