import { checkNumber, checkOptions } from '../../runtime/suggest.js';
import {
  histogramValue,
  imageValue,
  scalarValue,
  summaryRecord,
  versionRecord,
  type EventImage,
} from '../../tensorboard/events.js';
import type { Callback } from '../history.js';
import type { Model } from '../model.js';
import { writerOf, type Sink } from './sink.js';

export interface TensorBoardOptions {
  /** Where the bytes go. TensorBoard reads files whose names have `tfevents` in them; see `fileSink` of `wasmgrad/node`. */
  write: Sink<Uint8Array>;
  /** Histograms of weights and gradients every so many epochs; 0, the default, for none. */
  histograms?: number;
  /** Images of an epoch by tag, RGBA as in a canvas' ImageData: augmented samples, filters. */
  images?(epoch: number, model: Model): Record<string, EventImage> | Promise<Record<string, EventImage>>;
}

/**
 * Writes an event file of TensorBoard: each figure of an epoch as a scalar, and histograms and images if asked for. The step is the
 * epoch, from 0. Gradients are those of the last step of the epoch.
 *
 * @example
 * // import { fileSink } from 'wasmgrad/node';
 * const write = fileSink('runs/first/events.out.tfevents.1');
 * await model.fit(x, y, { epochs: 10, callbacks: [tensorBoard({ write, histograms: 1 })] });
 */
export function tensorBoard(options: TensorBoardOptions): Callback {
  checkOptions('tensorBoard', options, ['write', 'histograms', 'images']);
  const every = checkNumber('tensorBoard', 'histograms', options.histograms ?? 0, { minimum: 0, integer: true });
  const write = writerOf('tensorBoard', options.write);
  const now = () => Date.now() / 1000;
  const histogramsOf = (model: Model) => [
    ...Object.entries(model.parameters()).map(([path, values]) => histogramValue(path, values)),
    ...Object.entries(model.gradients()).map(([path, values]) => histogramValue(`gradients/${path}`, values)),
  ];
  let hasBegun = false;
  return {
    origin: { name: 'tensorBoard', config: { ...options, write } },
    async onTrainBegin() {
      if (!hasBegun) await write(versionRecord(now()));
      hasBegun = true;
    },
    async onEpochEnd(epoch, logs, { model }) {
      const values = Object.entries(logs).map(([name, value]) => scalarValue(name, value));
      if (every > 0 && epoch % every === 0) values.push(...histogramsOf(model));
      const images = (await options.images?.(epoch, model)) ?? {};
      for (const [tag, image] of Object.entries(images)) values.push(imageValue(tag, image));
      await write(summaryRecord(now(), epoch, values));
    },
  };
}
