// Batches that are made on the fly: what counts as a stream of them, and how they come out of it.

import { Dataset } from '../data/dataset.js';
import { DataError, OptionError } from '../runtime/errors.js';
import { describeValue } from '../runtime/suggest.js';
import { prepareData, type Batch, type BatchStream, type InputStream, type PreparedData } from './dataset.js';
import type { TrainerParts } from './trainer.js';

const isBatch = (value: unknown): value is Batch =>
  value !== null && typeof value === 'object' && 'x' in value && 'y' in value;

/** An array is a stream only if batches are in it. */
export const isStream = (value: unknown): value is BatchStream =>
  typeof value === 'function' ||
  (typeof value === 'object' &&
    value !== null &&
    !ArrayBuffer.isView(value) &&
    (Array.isArray(value) ? isBatch(value[0]) : Symbol.asyncIterator in value || Symbol.iterator in value));

/** As `isStream`; the batches need no labels. */
export const isInputStream = (value: unknown): value is InputStream =>
  isStream(value) || (Array.isArray(value) && value[0] !== null && typeof value[0] === 'object' && 'x' in value[0]);

/**
 * What a stream gives; a `Dataset` gives its elements of an epoch, if there is one. An error of the stream, which the model has no
 * part in, becomes the cause of a DataError.
 */
export async function* streamed<T>(
  stream: AsyncIterable<T> | Iterable<T> | (() => AsyncIterable<T> | Iterable<T>),
  where: string,
  epoch?: number,
): AsyncGenerator<T> {
  let batches = 0;
  let isAsking = true;
  try {
    const source = typeof stream === 'function' ? stream() : stream;
    for await (const batch of source instanceof Dataset && epoch !== undefined ? source.epoch(epoch) : source) {
      isAsking = false;
      yield batch;
      isAsking = true;
      batches++;
    }
  } catch (cause) {
    const isAbort = cause instanceof Error && cause.name === 'AbortError';
    if (!isAsking || isAbort) throw cause;
    const message = cause instanceof Error ? cause.message : describeValue(cause);
    throw new DataError(
      `${where}: the stream failed at batch ${batches} of the epoch: ${message} The model keeps what it learned before.`,
      { cause },
    );
  }
}

/** Batches of a stream as prepared data. */
export async function* preparedBatches(
  parts: TrainerParts,
  stream: BatchStream,
  where: string,
  epoch?: number,
): AsyncGenerator<PreparedData> {
  for await (const batch of streamed(stream, where, epoch)) {
    if (!isBatch(batch)) {
      throw new OptionError(`${where}: a stream gives batches { x, y }, got ${describeValue(batch)}.`);
    }
    const { x, y, sampleWeight } = batch;
    yield prepareData(where, parts.network, parts.objectives, x, y, { sampleWeight });
  }
}
