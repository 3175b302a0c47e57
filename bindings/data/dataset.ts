// Samples that are made when they are asked for: chains of steps over what may be read again each epoch.

import { DataError, OptionError } from '../runtime/errors.js';
import { RandomSequence } from '../runtime/random.js';
import { checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { stack, type Collated } from './collate.js';
import { ahead } from './prefetch.js';

/** Anything that a for-await loop goes through. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** Stream of the draws of shuffles; the others of the host are in splits and folds. */
const SHUFFLES = 4;

/**
 * Samples, or batches of them, made lazily. Each iteration begins anew, so that `fit` can go through it every epoch. Where the
 * consumer stops early or fails, the iterator of the source is closed (its `return` is called); an error of the source
 * reaches the consumer.
 *
 * Made by `arrayDataset`, `iterableDataset` and `csvDataset`; one of batches `{ x, y }` goes into `fit`, `evaluate` and
 * `predict` in place of arrays.
 *
 * @example
 * const batches = arrayDataset({ x, y }).filter(({ y }) => y !== 9).shuffle(1000, { seed: 1 }).batch(32).prefetch(1);
 * await model.fit(batches, { epochs: 5 });
 */
export class Dataset<T> implements AsyncIterable<T> {
  private iterations = 0;

  /** @param open Called for each iteration, with the number of its epoch. */
  constructor(private readonly open: (epoch: number) => AnyIterable<T>) {}

  /** Iteration k is epoch k, from 0. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.epoch(this.iterations++);
  }

  /**
   * The elements of an epoch, in which shuffles have its order and `map` is given its number. `fit` asks for the epochs that
   * it trains by their numbers, so that one that goes on from `initialEpoch` sees what it would have seen without the break;
   * whatever else goes through a dataset counts from 0.
   */
  epoch(epoch: number): AsyncGenerator<T, void, undefined> {
    checkNumber('Dataset.epoch', 'epoch', epoch, { minimum: 0, integer: true });
    const { open } = this;
    return (async function* (): AsyncGenerator<T, void, undefined> {
      yield* open(epoch);
    })();
  }

  /**
   * What `transform` (it may be async) makes of each element, given its index and the number of the epoch: random variants that
   * are drawn from these are new in every epoch, and the same in each run.
   */
  map<U>(transform: (element: T, index: number, epoch: number) => U | Promise<U>): Dataset<U> {
    return this.derive(async function* (source, epoch) {
      let index = 0;
      for await (const element of source) yield await transform(element, index++, epoch);
    });
  }

  /** The elements for which `isKept` (it may be async) is true. */
  filter(isKept: (element: T, index: number) => boolean | Promise<boolean>): Dataset<T> {
    return this.derive(async function* (source) {
      let index = 0;
      for await (const element of source) if (await isKept(element, index++)) yield element;
    });
  }

  /** The first `count` elements. */
  take(count: number): Dataset<T> {
    checkNumber('Dataset.take', 'count', count, { minimum: 0, integer: true });
    return this.derive(async function* (source) {
      if (count === 0) return;
      let taken = 0;
      for await (const element of source) {
        yield element;
        if (++taken === count) return;
      }
    });
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    checkNumber('Dataset.skip', 'count', count, { minimum: 0, integer: true });
    return this.filter((_, index) => index >= count);
  }

  /**
   * The elements in random order, by a buffer: each time one of `bufferSize` waiting elements is drawn, and the next takes its
   * place. Uniform if the buffer holds them all. Epoch k has the same order for the same seed, and k and k + 1 have different
   * ones (unless `reshuffle` is false).
   */
  shuffle(bufferSize: number, options: { seed?: number; reshuffle?: boolean } = {}): Dataset<T> {
    checkOptions('Dataset.shuffle', options, ['seed', 'reshuffle']);
    checkNumber('Dataset.shuffle', 'bufferSize', bufferSize, { minimum: 1, integer: true });
    const { seed = 0, reshuffle = true } = options;
    const sequence = new RandomSequence(seed, SHUFFLES);
    const seeds: number[] = [];
    return this.derive(async function* (source, epoch) {
      const order = reshuffle ? epoch : 0;
      while (seeds.length <= order) seeds.push(sequence.word());
      const random = new RandomSequence(seeds[order]!, SHUFFLES);
      const buffer: T[] = [];
      for await (const element of source) {
        if (buffer.length < bufferSize) buffer.push(element);
        else {
          const drawn = random.below(bufferSize);
          const chosen = buffer[drawn]!;
          buffer[drawn] = element;
          yield chosen;
        }
      }
      yield* random.shuffled(buffer);
    });
  }

  /**
   * Batches of `size` samples, the last one smaller unless `dropRemainder`: numbers become a vector, arrays one with an axis
   * more, and objects such as `{ x, y }` are batched field by field.
   *
   * @throws ShapeError for samples of unequal shapes, DataError for samples with other fields or that are no numbers.
   */
  batch(size: number, options: { dropRemainder?: boolean } = {}): Dataset<Collated<T>> {
    checkOptions('Dataset.batch', options, ['dropRemainder']);
    checkNumber('Dataset.batch', 'size', size, { minimum: 1, integer: true });
    return this.derive(async function* (source) {
      let samples: T[] = [];
      let batches = 0;
      const next = (): Collated<T> => {
        const batch = stack(`Dataset.batch: batch ${batches++}`, samples) as Collated<T>;
        samples = [];
        return batch;
      };
      for await (const sample of source) {
        samples.push(sample);
        if (samples.length === size) yield next();
      }
      if (samples.length > 0 && !options.dropRemainder) yield next();
    });
  }

  /** Keeps the elements of the first whole iteration in memory for the later ones. Shuffle and augment after it, not before. */
  cache(): Dataset<T> {
    const { open } = this;
    let kept: readonly T[] | undefined;
    return new Dataset((epoch) => {
      if (kept) return kept;
      return (async function* () {
        const elements: T[] = [];
        for await (const element of open(epoch)) {
          elements.push(element);
          yield element;
        }
        kept = elements;
      })();
    });
  }

  /**
   * Asks for the next `count` elements before they are needed: what the source waits for (a download, a disk, a worker) is
   * under way while the model trains on the last one. 1, a double buffer, is enough for an even source.
   */
  prefetch(count = 1): Dataset<T> {
    checkNumber('Dataset.prefetch', 'count', count, { minimum: 1, integer: true });
    return this.derive((source) => ahead(source, count));
  }

  /** All elements, for small datasets and tests. */
  async toArray(): Promise<T[]> {
    const elements: T[] = [];
    for await (const element of this) elements.push(element);
    return elements;
  }

  private derive<U>(transform: (source: AsyncIterable<T>, epoch: number) => AsyncIterable<U>): Dataset<U> {
    return new Dataset((epoch) => transform(this.epoch(epoch), epoch));
  }
}

/**
 * A dataset of what an iterable gives. An array may be gone through again, a generator only once: give the function that makes
 * it, which is told the number of the epoch.
 *
 * @throws OptionError for what is neither.
 * @example iterableDataset(async function* () { for (const url of urls) yield await load(url); }).map(toSample).batch(16)
 */
export function iterableDataset<T>(source: AnyIterable<T> | ((epoch: number) => AnyIterable<T>)): Dataset<T> {
  const isIterable =
    typeof source === 'object' && source !== null && (Symbol.asyncIterator in source || Symbol.iterator in source);
  if (typeof source !== 'function' && !isIterable) {
    throw new OptionError(
      `iterableDataset: expected an iterable or a function that gives one, got ${describeValue(source)}.`,
    );
  }
  if (typeof source === 'function') return new Dataset(source);
  let isUsed = false;
  return new Dataset(() => {
    // An iterator that is its own iterable has one life.
    const isOnce = 'next' in source;
    if (isOnce && isUsed) {
      throw new DataError('iterableDataset: the iterator is used up. Give a function that makes a new one each epoch.');
    }
    isUsed = true;
    return source;
  });
}
