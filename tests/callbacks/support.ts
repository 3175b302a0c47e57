// Callbacks driven by hand: epochs with given figures, without a model.

import type { Callback, CallbackContext, Logs, Model } from '../../bindings/index.js';

export interface Driven {
  /** Epochs that were run. */
  epochs: number;
}

/** Runs the epochs until the callback stops them; `model` is what it is given. */
export async function drive(callback: Callback, epochs: readonly Logs[], model = {} as Model): Promise<Driven> {
  let isStopped = false;
  const context: CallbackContext = { model, epochs: epochs.length, batchSize: 1, stop: () => (isStopped = true) };
  await callback.onTrainBegin?.(context);
  let done = 0;
  while (done < epochs.length && !isStopped) {
    await callback.onEpochBegin?.(done, context);
    await callback.onEpochEnd?.(done, epochs[done]!, context);
    done++;
  }
  await callback.onTrainEnd?.({ epoch: [], history: {} }, context);
  return { epochs: done };
}

/** Logs of one figure. */
export const figures = (name: string, values: readonly number[]): Logs[] => values.map((value) => ({ [name]: value }));

/** Puts figures of one's own into the logs, for the callbacks that come after. */
export const inject = (name: string, values: readonly number[]): Callback => ({
  onEpochEnd(epoch, logs) {
    logs[name] = values[epoch]!;
  },
});
