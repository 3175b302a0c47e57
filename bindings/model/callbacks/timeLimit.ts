import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import type { Callback } from '../history.js';

/**
 * Ends training when so many seconds have passed since its start, with the weights of the last step. It looks whenever `fit` lets
 * go of the event loop (see `yieldEveryMilliseconds`), always between steps; the epoch that is cut short counts in the history.
 *
 * Where it stops depends on the speed of the machine, so the weights differ from run to run.
 *
 * @param options.seconds Above 0.
 * @example await model.fit(x, y, { epochs: 1000, callbacks: [timeLimit({ seconds: 60 })] });
 */
export function timeLimit(options: { seconds: number }): Callback {
  checkOptions('timeLimit', options, ['seconds']);
  const seconds = checkNumber('timeLimit', 'seconds', options.seconds, { above: 0 });
  let start = 0;
  const check = (stop: () => void): void => {
    if (performance.now() - start >= 1000 * seconds) stop();
  };
  return {
    onTrainBegin() {
      start = performance.now();
    },
    onProgress: (_, { stop }) => check(stop),
    onEpochEnd: (_, __, { stop }) => check(stop),
  };
}
