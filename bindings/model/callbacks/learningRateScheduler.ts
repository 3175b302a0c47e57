import { OptionError } from '../../runtime/errors.js';
import { checkNumber, describeValue } from '../../runtime/suggest.js';
import type { Callback } from '../history.js';

/**
 * Sets the learning rate of each epoch: `model.optimizer.learningRate` becomes what the function makes of the epoch, from 0, and
 * of the rate so far. For a rate that changes from step to step give the optimiser a schedule instead; both at once is an OptionError.
 *
 * @param schedule Takes epoch and rate, returns the rate, at least 0.
 * @example learningRateScheduler((epoch, rate) => (epoch < 10 ? rate : 0.95 * rate))
 */
export function learningRateScheduler(schedule: (epoch: number, rate: number) => number): Callback {
  const where = 'learningRateScheduler';
  if (typeof schedule !== 'function') {
    throw new OptionError(`${where}: give a function of epoch and rate, got ${describeValue(schedule)}.`);
  }
  return {
    onEpochBegin(epoch, { model: { optimizer } }) {
      const rate = optimizer.learningRate;
      if (typeof rate !== 'number') {
        throw new OptionError(`${where}: ${optimizer.name} has a schedule of its own. Compile it with a number.`);
      }
      const next = schedule(epoch, rate);
      optimizer.learningRate = checkNumber(where, `the rate of epoch ${epoch}`, next, { minimum: 0 });
    },
  };
}
