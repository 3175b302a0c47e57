// wasmgrad/terminal: progress for programs that run in a terminal. Needs the optional peer `cli-progress`.

import { Presets, SingleBar } from 'cli-progress';
import { formatLogs, log } from './model/callbacks/log.js';
import type { Callback } from './model/history.js';

/**
 * A bar for the epoch that runs and a line for each that is done; without a terminal, the lines alone.
 *
 * @example
 * await model.fit(x, y, { epochs: 10, callbacks: [progressBar()] });
 */
export function progressBar(stream: NodeJS.WriteStream = process.stdout): Callback {
  if (!stream.isTTY) return log((line) => stream.write(`${line}\n`));
  let bar: SingleBar | undefined;
  const format = 'epoch {epoch}/{epochs}  {bar}  {percentage} %  {rate} samples/s  {figures}';
  let start = 0;
  const summary = log((line) => stream.write(`${line}\n`));
  return {
    onTrainBegin: (context) => summary.onTrainBegin?.(context),
    async onEpochBegin(epoch, context) {
      start = performance.now();
      bar = new SingleBar({ format, stream, clearOnComplete: true, hideCursor: true, fps: 10 }, Presets.shades_grey);
      await summary.onEpochBegin?.(epoch, context);
    },
    onProgress({ epoch, epochs, samples, totalSamples, logs }) {
      const rate = Math.round(samples / ((performance.now() - start) / 1000));
      const payload = { epoch: epoch + 1, epochs, rate, figures: formatLogs(logs) };
      if (bar?.isActive) bar.update(samples, payload);
      else bar?.start(totalSamples ?? samples, samples, payload);
    },
    async onEpochEnd(epoch, logs, context) {
      bar?.stop();
      await summary.onEpochEnd?.(epoch, logs, context);
    },
  };
}
