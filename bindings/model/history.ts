// What a training run leaves behind, and the interface by which others follow it.

import type { NamedConfig } from '../runtime/named.js';
import type { Model } from './model.js';

/** Figures of an epoch or batch by name: `loss`, `accuracy`, and with a `val_` prefix those of the validation data. */
export type Logs = Record<string, number>;

export interface History {
  /** Epochs that were finished, from 0. */
  epoch: number[];
  /** One value an epoch for each figure. */
  history: Record<string, number[]>;
}

/** Where a run stands, for progress displays. */
export interface Progress {
  epoch: number;
  epochs: number;
  /** Samples of this epoch seen so far, and in all (undefined for streams of unknown length). */
  samples: number;
  totalSamples: number | undefined;
  /** Figures of this epoch so far. */
  logs: Logs;
}

/** What every callback method is given. */
export interface CallbackContext {
  model: Model;
  epochs: number;
  batchSize: number;
  /** Ends training after the epoch or batch that runs now. */
  stop(): void;
}

/**
 * Follows a training run. Methods may return promises, which are awaited. One that throws stops training; the weights stay
 * as they were after the last finished step.
 */
export interface Callback {
  /** What its state is saved under; needed where there is one. */
  readonly name?: string;
  /** How the library made it, where it reads the model's memory: a model in a worker has it made there (see `wasmgrad/worker`). */
  readonly origin?: NamedConfig;
  /** What it must know to go on after `fit({ resume: true })`: plain values and typed arrays, saved with the model. */
  state?(): unknown;
  /** Takes over what `state` gave, after `onTrainBegin`. */
  loadState?(state: unknown, context: CallbackContext): void;
  onTrainBegin?(context: CallbackContext): void | Promise<void>;
  onEpochBegin?(epoch: number, context: CallbackContext): void | Promise<void>;
  /** After each step. Its presence makes every step a call of its own, which costs speed on tiny nets. */
  onBatchEnd?(batch: number, logs: Logs, context: CallbackContext): void | Promise<void>;
  /** Every now and then within an epoch, by time. */
  onProgress?(progress: Progress, context: CallbackContext): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, context: CallbackContext): void | Promise<void>;
  /**
   * When training fails: a loss that is not finite, bad data, an abort, an error in a callback. If one callback returns true,
   * training ends as after `stop`, without the epoch that failed; else `fit` rejects with the error.
   */
  onError?(error: unknown, context: CallbackContext): boolean | void | Promise<boolean | void>;
  onTrainEnd?(history: History, context: CallbackContext): void | Promise<void>;
}
