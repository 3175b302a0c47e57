import { NotFiniteError } from '../../runtime/errors.js';
import type { Callback } from '../history.js';

/**
 * Ends training in peace when a loss or gradient stops being finite: `fit` resolves to the history of the finished epochs, and
 * other callbacks see the end, so that `earlyStopping({ restoreBest: true })` restores. Without it `fit` rejects with the
 * NotFiniteError. Either way the weights are those of the last finished step: no update is made of a NaN.
 *
 * @returns The callback; its `error` tells what happened in the last run.
 * @example
 * const guard = terminateOnNaN();
 * await model.fit(x, y, { epochs: 50, callbacks: [guard] });
 * if (guard.error) console.log(guard.error.message);
 */
export function terminateOnNaN(): Callback & { readonly error: NotFiniteError | undefined } {
  let caught: NotFiniteError | undefined;
  return {
    get error() {
      return caught;
    },
    onTrainBegin() {
      caught = undefined;
    },
    onError(error) {
      if (!(error instanceof NotFiniteError)) return false;
      caught = error;
      return true;
    },
  };
}
