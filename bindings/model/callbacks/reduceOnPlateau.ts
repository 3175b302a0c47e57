import { OptionError } from '../../runtime/errors.js';
import { plateau, type Plateau, type PlateauOptions } from '../../schedules/plateau.js';
import type { Callback } from '../history.js';

export interface ReduceOnPlateauOptions extends Omit<PlateauOptions, 'learningRate'> {
  /** Figure of the history to follow; `val_loss` by default. */
  monitor?: string;
  /** Least factor, as a share of the scheduled rate; 0 by default. */
  minimum?: number;
}

/**
 * Lowers the learning rate when a figure stops improving: multiplies `model.learningRateFactor`, so that it goes with any
 * schedule. See `plateau` for the rule.
 *
 * @example await model.fit(x, y, { epochs: 50, callbacks: [reduceOnPlateau({ monitor: 'loss', patience: 3 })] });
 */
export function reduceOnPlateau({ monitor = 'val_loss', ...options }: ReduceOnPlateauOptions = {}): Callback {
  // Made now, so that a wrong option is told before training.
  let rule: Plateau = plateau({ ...options, learningRate: 1 });
  return {
    onTrainBegin({ model }) {
      rule = plateau({ ...options, learningRate: model.learningRateFactor });
    },
    onEpochEnd(_, logs, { model }) {
      const value = logs[monitor];
      if (value === undefined) {
        throw new OptionError(`reduceOnPlateau: no figure '${monitor}'. There are: ${Object.keys(logs).join(', ')}.`);
      }
      model.learningRateFactor = rule.update(value);
    },
  };
}
