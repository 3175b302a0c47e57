import { OptionError } from '../../runtime/errors.js';
import { checkNumber, checkOptions, describeValue } from '../../runtime/suggest.js';
import type { Callback, Logs } from '../history.js';
import type { Model } from '../model.js';
import { readNumber, readObject } from '../saving/fields.js';
import { isBetter, readMonitor, resolveMode, worstOf, type MonitorMode } from './monitor.js';
import { copyParameters } from './weights.js';

/** What a checkpoint is made of. */
export interface Checkpoint {
  /** Epoch that has just ended, from 0. */
  epoch: number;
  logs: Logs;
  /** Copies of all parameters by path, moving moments included: what `model.setParameters` takes. */
  weights: Record<string, Float32Array>;
  model: Model;
}

export interface ModelCheckpointOptions {
  /** Keeps a checkpoint; what it returns is awaited. */
  save(checkpoint: Checkpoint): unknown;
  /** Save only where `monitor` is better than ever before; false by default. */
  saveBestOnly?: boolean;
  /** Figure of the history to follow with `saveBestOnly`; `val_loss` by default. */
  monitor?: string;
  /** Whether the figure is to fall or to rise; by its name by default. */
  mode?: MonitorMode;
  /** Best value before the first epoch, for going on where a run ended. */
  initialBest?: number;
  /** Look at every so many epochs; 1 by default. */
  every?: number;
}

const OPTIONS = ['save', 'saveBestOnly', 'monitor', 'mode', 'initialBest', 'every'];

/**
 * Hands the weights to a function after every epoch, every `every` epochs, or only when a figure is better than ever before.
 * An error in `save` stops training. The best value is kept from one `fit` to the next.
 *
 * @example
 * let best: Checkpoint | undefined;
 * const keep = modelCheckpoint({ save: (checkpoint) => (best = checkpoint), saveBestOnly: true });
 * await model.fit(x, y, { epochs: 20, validationSplit: 0.2, callbacks: [keep] });
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const where = 'modelCheckpoint';
  checkOptions(where, options, OPTIONS);
  const { save, saveBestOnly = false, monitor = 'val_loss', initialBest } = options;
  if (typeof save !== 'function') {
    throw new OptionError(`${where}: save must be a function, got ${describeValue(save)}.`);
  }
  const every = checkNumber(where, 'every', options.every ?? 1, { minimum: 1, integer: true });
  const mode = saveBestOnly ? resolveMode(where, monitor, options.mode ?? 'auto') : 'min';
  if (initialBest !== undefined) checkNumber(where, 'initialBest', initialBest);
  let best = initialBest ?? worstOf(mode);
  return {
    name: where,
    origin: { name: where, config: { ...options } },
    state: () => ({ best }),
    loadState(state) {
      best = readNumber(readObject(state, where).best, `${where}.best`);
    },
    async onEpochEnd(epoch, logs, { model }) {
      if ((epoch + 1) % every > 0) return;
      if (saveBestOnly) {
        const value = readMonitor(where, logs, monitor);
        if (!isBetter(mode, value, best)) return;
        best = value;
      }
      await save({ epoch, logs: { ...logs }, weights: copyParameters(model), model });
    },
  };
}
