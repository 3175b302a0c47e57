// One run: a model, its data, and what is shown of them while it trains. Knows neither page nor worker.

import {
  diagnose,
  earlyStopping,
  measureGradients,
  NotFiniteError,
  type Callback,
  type EarlyStopping,
  type Model,
} from '../../../../bindings/index.js';
import type { SampleData } from '../data/sampleData.js';
import { EXPORTS, type ExportName } from '../exports.js';
import type { State } from '../state/state.js';
import {
  figuresOf,
  healthOf,
  mistakesOf,
  planeOf,
  softmax,
  weightsOf,
  type EpochFigures,
  type Frame,
} from './frame.js';
import { Gate } from './gate.js';
import { makeModel } from './network.js';
import { makeAugmentations, makeOptimizer } from './optimizer.js';

/** How a run ended. */
export interface Outcome {
  epochs: number;
  /** Epoch with the least loss on the dev data, counted from 1, and the one after which the run was ended for it. */
  bestEpoch: number | undefined;
  stoppedEpoch: number | undefined;
  trainAccuracy: number;
  devAccuracy: number;
  /** SHA-256 of the bytes of all weights. */
  sha256: string;
  verdict: Verdict;
}

export interface Verdict {
  largest: 'avoidableBias' | 'variance' | 'dataMismatch' | undefined;
  bias: number;
  variance: number;
  remedies: readonly string[];
}

/** Differences of accuracy below this are no problem: some samples of a few hundred. */
const TOLERANCE = 0.04;
const FRAME_MILLISECONDS = 40;
const HEALTH_MILLISECONDS = 400;
const HEALTH_SAMPLES = 256;

export class Session {
  readonly model: Model;
  readonly gate: Gate;
  private readonly controller = new AbortController();
  private readonly stopping: EarlyStopping;
  private pending: EpochFigures[] = [];
  private epoch = 0;
  private shownAt = 0;
  private measuredAt = 0;
  private isDrawn = true;
  private ended: Promise<unknown> = Promise.resolve();

  constructor(
    readonly state: State,
    readonly data: SampleData,
    private readonly show: (frame: Frame) => void,
    epochsPerSecond = Infinity,
  ) {
    this.gate = new Gate(epochsPerSecond);
    this.model = makeModel(state, data);
    this.model.compile({
      optimizer: makeOptimizer(state, data.train.y.length),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    this.stopping = earlyStopping({ patience: state.patience || state.epochs + 1, restoreBest: state.patience > 0 });
  }

  /** Shows the net as it is before training, then trains as the gate lets it. */
  async run(): Promise<Outcome | undefined> {
    const run = this.train();
    this.ended = run.catch(() => undefined);
    return run;
  }

  /** Ends the run, waits for its end, and frees the model. */
  async dispose(): Promise<void> {
    this.controller.abort();
    await this.ended;
    this.model.dispose();
  }

  /** Tells that the last frame is on the screen: only then does a run that goes on send the next. */
  drawn(): void {
    this.isDrawn = true;
  }

  /** The share of each class, by the net as it stands. */
  predict(x: Float32Array): number[] {
    return softmax(this.model.predictSync(x).data);
  }

  export(name: ExportName): Promise<Uint8Array> {
    return Promise.resolve(EXPORTS[name].write(this.model));
  }

  private async train(): Promise<Outcome | undefined> {
    const { train, dev } = this.data;
    const { signal } = this.controller;
    await this.present(true);
    const augment = makeAugmentations(this.state);
    try {
      await this.model.fit(train.x, train.y, {
        epochs: this.state.epochs,
        batchSize: this.state.batch,
        validationData: dev,
        evaluateTraining: true,
        callbacks: [this.stopping, this.follower()],
        signal,
        ...(augment.length > 0 && { augment }),
      });
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof NotFiniteError) await this.present(true);
      throw error;
    }
    await this.present(true);
    return this.outcome();
  }

  private follower(): Callback {
    return {
      onEpochBegin: async () => {
        if (this.gate.isPaused && this.pending.length) await this.present(true);
        await this.gate.pass(this.controller.signal);
      },
      onEpochEnd: async (epoch, logs) => {
        this.epoch = epoch + 1;
        this.pending.push(figuresOf(this.epoch, logs));
        if (this.isDrawn && performance.now() - this.shownAt >= FRAME_MILLISECONDS) await this.present(false);
      },
    };
  }

  /** Shows what has happened since the last frame; with the gradients' health if it is time, or asked for. */
  private async present(isComplete: boolean): Promise<void> {
    const { model, data } = this;
    const now = performance.now();
    const isMeasured = isComplete || now - this.measuredAt >= HEALTH_MILLISECONDS;
    // Sound weights have gradients; those of a run that exploded may not.
    const report = isMeasured
      ? await measureGradients(model, data.train.x, data.train.y, { samples: HEALTH_SAMPLES })
      : undefined;
    if (isMeasured) this.measuredAt = performance.now();
    const figures = this.pending;
    this.pending = [];
    this.isDrawn = false;
    this.show({
      epoch: this.epoch,
      figures,
      plane: planeOf(model, data),
      weights: weightsOf(model),
      health: report && healthOf({ ...report, epoch: this.epoch }),
      mistakes: isMeasured ? mistakesOf(model, data) : undefined,
    });
    this.shownAt = performance.now();
  }

  private async outcome(): Promise<Outcome> {
    const { model, data, stopping } = this;
    const diagnosis = await diagnose(model, { train: data.train, dev: data.dev, tolerance: TOLERANCE });
    const { largest, avoidableBias, variance, remedies, figures } = diagnosis;
    const number = (epoch: number | undefined) => (epoch === undefined ? undefined : epoch + 1);
    return {
      epochs: this.epoch,
      bestEpoch: number(stopping.bestEpoch),
      stoppedEpoch: number(stopping.stoppedEpoch),
      trainAccuracy: figures.train.accuracy!,
      devAccuracy: figures.dev.accuracy!,
      sha256: await sha256(Object.values(model.parameters())),
      verdict: { largest, bias: avoidableBias, variance, remedies },
    };
  }
}

/** Of the bytes of all arrays, one behind the other, as hexadecimal digits. */
export async function sha256(arrays: readonly Float32Array[]): Promise<string> {
  const bytes = new Uint8Array(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
    offset += byteLength;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
