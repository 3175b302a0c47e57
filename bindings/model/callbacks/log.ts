import type { Callback, Logs } from '../history.js';

/** `loss 0.1234  accuracy 0.9876`, in the order of the history. */
export const formatLogs = (logs: Logs): string =>
  Object.entries(logs)
    .map(([name, value]) => `${name} ${Number.isFinite(value) ? value.toFixed(4) : value}`)
    .join('  ');

// eslint-disable-next-line no-console -- printing is what `verbose` asks for
const printLine = (line: string): void => console.log(line);

/**
 * One line an epoch: what `fit({ verbose: true })` prints, in a terminal or any console.
 *
 * @param write Takes a line; `console.log` by default.
 */
export function log(write: (line: string) => void = printLine): Callback {
  let start = 0;
  const begin = () => void (start = performance.now());
  return {
    // A resumed run begins within an epoch.
    onTrainBegin: begin,
    onEpochBegin: begin,
    onEpochEnd(epoch, logs, { epochs }) {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      write(`epoch ${epoch + 1}/${epochs}  ${seconds} s  ${formatLogs(logs)}`);
    },
  };
}
