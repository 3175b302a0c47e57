import { checkOptions } from '../../runtime/suggest.js';
import type { Callback } from '../history.js';
import { writerOf, type Sink } from './sink.js';

/**
 * One JSON object a line for each epoch: `{"epoch":0,"loss":0.5,...}`. A figure that is not finite is `null`, for JSON has no
 * other word for it.
 *
 * @param options.write Where the text goes: a function, or a stream. For a file see `fileSink` of `wasmgrad/node`.
 * @example await model.fit(x, y, { callbacks: [jsonLinesLogger({ write: (line) => send(line) })] });
 */
export function jsonLinesLogger(options: { write: Sink<string> }): Callback {
  checkOptions('jsonLinesLogger', options, ['write']);
  const write = writerOf('jsonLinesLogger', options.write);
  return {
    onEpochEnd: (epoch, logs) => write(`${JSON.stringify({ epoch, ...logs })}\n`),
  };
}
