// Where loggers write: a function, a Node stream, or a web stream.

import { OptionError } from '../../runtime/errors.js';
import { describeValue } from '../../runtime/suggest.js';

/** A function that takes a piece (what it returns is awaited), anything with `write` such as a stream of Node, or a web stream. */
export type Sink<T> = ((piece: T) => unknown) | { write(piece: T): unknown } | WritableStream<T>;

/** A sink as a function. A web stream is locked only while a piece is written, so that it can be closed afterwards. */
export function writerOf<T>(where: string, sink: Sink<T>): (piece: T) => Promise<void> {
  if (typeof sink === 'function') return async (piece) => void (await sink(piece));
  if (sink !== null && typeof sink === 'object') {
    if ('getWriter' in sink && typeof sink.getWriter === 'function') {
      return async (piece) => {
        const writer = sink.getWriter();
        try {
          await writer.write(piece);
        } finally {
          writer.releaseLock();
        }
      };
    }
    if ('write' in sink && typeof sink.write === 'function') return async (piece) => void (await sink.write(piece));
  }
  throw new OptionError(`${where}: write must be a function or a stream, got ${describeValue(sink)}.`);
}
