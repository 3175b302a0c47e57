import { plateau, type Plateau, type PlateauOptions } from '../../schedules/plateau.js';
import type { Callback } from '../history.js';
import { readNumber, readObject } from '../saving/fields.js';
import { readMonitor, resolveMode, type MonitorMode } from './monitor.js';

export interface ReduceOnPlateauOptions extends Omit<PlateauOptions, 'learningRate' | 'mode'> {
  /** Figure of the history to follow; `val_loss` by default. */
  monitor?: string;
  /** Whether the figure is to fall or to rise; by its name by default. */
  mode?: MonitorMode;
  /** Least factor, as a share of the scheduled rate; 0 by default. */
  minimum?: number;
}

/**
 * Lowers the learning rate when a figure stops improving: multiplies `model.learningRateFactor`, so that it goes with any
 * schedule. See `plateau` for the rule.
 *
 * @example await model.fit(x, y, { epochs: 50, callbacks: [reduceOnPlateau({ monitor: 'loss', patience: 3 })] });
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): Callback {
  const { monitor = 'val_loss', ...rest } = options;
  const config = { ...rest, mode: resolveMode('reduceOnPlateau', monitor, rest.mode ?? 'auto') };
  // Made now, so that a wrong option is told before training.
  let rule: Plateau = plateau({ ...config, learningRate: 1 });
  return {
    name: 'reduceOnPlateau',
    origin: { name: 'reduceOnPlateau', config: { ...options } },
    state: () => ({ ...rule.state }),
    loadState(state) {
      const given = readObject(state, 'reduceOnPlateau');
      for (const name of Object.keys(rule.state) as (keyof typeof rule.state)[]) {
        rule.state[name] = readNumber(given[name], `reduceOnPlateau.${name}`);
      }
    },
    onTrainBegin({ model }) {
      rule = plateau({ ...config, learningRate: model.learningRateFactor });
    },
    onEpochEnd(_, logs, { model }) {
      model.learningRateFactor = rule.update(readMonitor('reduceOnPlateau', logs, monitor));
    },
  };
}
