// Where a run of `fit` stands, so that another one, in another process too, can go on from there to the same bytes.

import { OptionError, StateError } from '../runtime/errors.js';
import type { FitOptions } from './fit.js';
import type { Callback, CallbackContext, History, Logs } from './history.js';
import type { PassPosition } from './passFigures.js';
import type { Trainer } from './trainer.js';

/** What a callback must know to go on. */
export interface CallbackState {
  name: string;
  state: unknown;
  /** It has not been told yet of the epoch that has ended last. */
  isBehind: boolean;
}

/** Where a run stands, between two batches. Shuffles, dropout and noise follow from seed, epoch and step alone. */
export interface RunState {
  /** The epoch that runs, or the next one. */
  epoch: number;
  /** How far the epoch has come; undefined at its beginning. */
  pass?: PassPosition | undefined;
  /** Figures of the training data, if what is left of the epoch is its evaluation. */
  logs?: Logs | undefined;
  history: History;
  callbacks: readonly CallbackState[];
  batchSize: number;
  shuffle: boolean;
  /** Training samples; undefined for a stream. */
  samples?: number | undefined;
}

/** Holds where the last run of a model stands, or tells where the present one does. */
export interface RunSlot {
  current?: (() => RunState | undefined) | undefined;
}

const nameOf = ({ name = 'callback' }: Callback): string => name;

const settingsOf = ({ batchSize = 32, shuffle = true }: FitOptions, samples: number | undefined) => ({
  batchSize,
  shuffle,
  samples,
});

/** The run to resume. Throws unless there is one, of the same data and batches. */
export function requireRun({ current }: RunSlot, options: FitOptions, samples: number | undefined): RunState {
  const run = current?.();
  if (!run) {
    throw new StateError(
      'fit: nothing to resume: no fit was run since compile, or it failed within a step. ' +
        'Load a model that was saved with { training: true }, or leave resume out.',
    );
  }
  if (options.initialEpoch !== undefined) {
    throw new OptionError('fit: resume goes on with the epoch that the run had reached. Leave initialEpoch out.');
  }
  for (const [name, value] of Object.entries(settingsOf(options, samples))) {
    const before = run[name as 'batchSize' | 'shuffle' | 'samples'];
    if (before === value) continue;
    throw new OptionError(
      `fit: resume: ${name} was ${before ?? 'unknown (a stream)'} in the run that is resumed, got ${value ?? 'a stream'}. Give the same.`,
    );
  }
  return run;
}

/** Follows a run of `fit`. */
export class RunTracker {
  private epoch: number;
  /** Where the epoch was when this run took it over. */
  private start: Pick<RunState, 'pass' | 'logs'>;
  private isInPass = false;
  /** Callbacks that have been told of the end of the last epoch. */
  private told = Infinity;
  private frozen: { state: RunState | undefined } | undefined;

  constructor(
    private readonly trainer: Trainer,
    private readonly callbacks: readonly Callback[],
    private readonly history: History,
    private readonly options: FitOptions,
    private readonly samples: number | undefined,
    resumed: RunState | undefined,
  ) {
    this.epoch = resumed?.epoch ?? options.initialEpoch ?? 0;
    this.start = resumed ?? {};
  }

  /** The training data are gone through now. */
  beginPass(): void {
    this.told = Infinity;
    this.trainer.forgetPosition();
    this.isInPass = true;
  }

  /** What is left of the epoch is its evaluation; or, if it was stopped within, the rest of it. */
  endPass(logs: Logs): void {
    if (this.trainer.wasCut) this.freeze();
    this.isInPass = false;
    this.start = { logs: { ...logs } };
  }

  endEpoch(): void {
    this.epoch++;
    this.start = {};
    this.told = 0;
  }

  /** The next callback is told of the end of the epoch. */
  tell(): void {
    this.told++;
  }

  /** From now on the run stands where it stands now. */
  freeze(): void {
    this.frozen ??= { state: this.capture() };
  }

  /** Where the run stands for good. A callback that can't tell its state must not hide how the run ended. */
  last(): RunSlot['current'] {
    try {
      this.freeze();
      return () => this.frozen!.state;
    } catch {
      return undefined;
    }
  }

  /** Undefined if a step failed: the batches before it can't be told from those behind it. */
  capture(): RunState | undefined {
    if (this.frozen) return this.frozen.state;
    const pass = this.isInPass ? this.trainer.position() : undefined;
    if (pass === 'failed') return undefined;
    return {
      epoch: this.epoch,
      pass: pass ?? this.start.pass,
      logs: this.start.logs,
      history: structuredClone(this.history),
      callbacks: this.callbacks.flatMap((callback, i) =>
        callback.state ? [{ name: nameOf(callback), state: callback.state(), isBehind: i >= this.told }] : [],
      ),
      ...settingsOf(this.options, this.samples),
    };
  }
}

/** Gives callbacks their states, by name and order, and tells those that are behind of the epoch that has ended. */
export async function resumeCallbacks(
  callbacks: readonly Callback[],
  run: RunState,
  context: CallbackContext,
): Promise<void> {
  const saved = [...run.callbacks];
  for (const callback of callbacks) {
    const at = callback.loadState ? saved.findIndex(({ name }) => name === nameOf(callback)) : -1;
    if (at < 0) continue;
    const [{ state, isBehind }] = saved.splice(at, 1) as [CallbackState];
    callback.loadState!(state, context);
    if (isBehind) await callback.onEpochEnd?.(run.epoch - 1, lastLogs(run.history), context);
  }
}

const lastLogs = ({ history }: History): Logs =>
  Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.at(-1)!]));
