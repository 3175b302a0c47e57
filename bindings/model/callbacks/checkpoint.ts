import { OptionError, reasonOf, StoreError } from '../../runtime/errors.js';
import { checkNumber, checkOptions, describeValue, isObject } from '../../runtime/suggest.js';
import type { ModelStore } from '../../stores/store.js';
import type { Callback, Logs } from '../history.js';
import type { Model } from '../model.js';
import { bestKey, checkPlace, checkpointKey, checkpointNumbers } from '../saving/checkpoints.js';
import { readNumber, readObject } from '../saving/fields.js';
import type { ModelFile } from '../saving/save.js';
import { isBetter, readMonitor, resolveMode, worstOf, type MonitorMode } from './monitor.js';

/** How often: every so many epochs, steps (batches), or seconds. */
export type CheckpointInterval = number | { epochs: number } | { steps: number } | { seconds: number };

export interface CheckpointOptions {
  /** Where checkpoints are kept: `fileStore` of `wasmgrad/node`, `indexedDBStore`, `opfsStore`, `keyValueStore`, or your own. */
  store: ModelStore;
  /**
   * A number of epochs, or `{ epochs }`, `{ steps }` or `{ seconds }`; every epoch by default. Seconds count from the end of the last
   * save, so that a slow store takes a bounded share of the time.
   */
  every?: CheckpointInterval;
  /** Newest checkpoints that are kept, at least 1, or Infinity; 3 by default. Older ones are deleted when a new one is whole. */
  keep?: number;
  /** What keys begin with; 'checkpoint' by default. Runs that share a store need a name each. */
  name?: string;
  /** Keep the best epoch by this figure too, under `NAME-best`, whatever `every` says. */
  monitor?: string;
  /** Whether the figure is to fall or to rise; by its name by default. */
  mode?: MonitorMode;
  /** Told of a checkpoint that could not be kept or deleted; training goes on then. Without it `fit` rejects with the error. */
  onFailure?(error: StoreError): unknown;
}

const OPTIONS = ['store', 'every', 'keep', 'name', 'monitor', 'mode', 'onFailure'];
const UNITS = ['epochs', 'steps', 'seconds'] as const;

type Interval = Partial<Record<(typeof UNITS)[number], number>>;

function resolveInterval(where: string, given: unknown): Interval {
  const every = typeof given === 'number' ? { epochs: given } : given;
  const units = isObject(every) ? Object.keys(every) : [];
  if (!isObject(every) || units.length !== 1) {
    throw new OptionError(
      `${where}: every must be a number of epochs, { epochs }, { steps } or { seconds }, got ${describeValue(given)}.`,
    );
  }
  checkOptions(`${where}: every`, every, UNITS);
  const unit = units[0] as keyof Interval;
  const range = unit === 'seconds' ? { above: 0 } : { minimum: 1, integer: true };
  return { [unit]: checkNumber(where, `every.${unit}`, every[unit], range) };
}

function resolve(where: string, options: CheckpointOptions) {
  checkOptions(where, options, OPTIONS);
  const { store, every = 1, keep = 3, monitor, mode = 'auto', onFailure } = options;
  if (onFailure !== undefined && typeof onFailure !== 'function') {
    throw new OptionError(`${where}: onFailure must be a function, got ${describeValue(onFailure)}.`);
  }
  if (monitor === undefined && mode !== 'auto') {
    throw new OptionError(
      `${where}: mode is of monitor, which is not given. Give the name of a figure, or leave mode out.`,
    );
  }
  return {
    name: checkPlace(where, store, options.name),
    every: resolveInterval(where, every),
    keep: keep === Infinity ? keep : checkNumber(where, 'keep', keep, { minimum: 1, integer: true }),
    best: monitor === undefined ? undefined : { monitor, mode: resolveMode(where, monitor, mode) },
    onFailure,
  };
}

/** The checkpoints of one name in a store. */
class Shelf {
  private numbers: number[] = [];

  constructor(
    private readonly store: ModelStore,
    private readonly name: string,
    private readonly keep: number,
    private readonly onFailure: CheckpointOptions['onFailure'],
  ) {}

  /** Finds what is there. */
  async open(): Promise<void> {
    this.numbers = checkpointNumbers(await this.store.keys(), this.name);
  }

  /** Adds the newest, and deletes those that are too many once it is whole. */
  async add(bytes: ModelFile): Promise<void> {
    const number = (this.numbers.at(-1) ?? 0) + 1;
    if (!(await this.set(checkpointKey(this.name, number), bytes))) return;
    this.numbers.push(number);
    while (this.numbers.length > this.keep) {
      const key = checkpointKey(this.name, this.numbers[0]!);
      if (!(await this.attempt(key, 'was not deleted', () => this.store.delete(key)))) return;
      this.numbers.shift();
    }
  }

  /** Whether it was kept. */
  set(key: string, bytes: ModelFile): Promise<boolean> {
    const what = `(${bytes.length} bytes) was not kept`;
    return this.attempt(key, what, () => this.store.set(key, bytes));
  }

  private async attempt(key: string, what: string, action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (cause) {
      const error = new StoreError(
        `checkpoint: '${key}' ${what}: ${reasonOf(cause)} Those before it are whole, and the model has its run: put the store in ` +
          'order and call fit with resume: true. To train on without it give onFailure.',
        key,
        { cause },
      );
      if (!this.onFailure) throw error;
      await this.onFailure(error);
      return false;
    }
  }
}

/**
 * Keeps all of training in a store, every so many epochs, steps or seconds: `NAME-00000001`, `NAME-00000002`, ... What is there
 * after a crash or a kill, at any moment, `loadCheckpoint` finds; `fit({ resume: true })` goes on from it to the bytes of a run that
 * was never broken off.
 *
 * - Training waits for the store.
 * - With `monitor` the best epoch is kept too, as `NAME-best`: `loadModel(await store.get('checkpoint-best'))`.
 * - Numbers go on from those in the store. A new run's checkpoints come behind an old one's and replace them one by one.
 *
 * @throws StoreError where the store fails, no room for instance: `fit` rejects, what was kept before is whole. With `onFailure`
 *   training goes on, and the next checkpoint is tried when it is due.
 * @example
 * const store = fileStore('run-1');
 * const saved = await loadCheckpoint(store);
 * const model = saved ?? build();
 * const keep = checkpoint({ store, every: { seconds: 60 }, keep: 3, monitor: 'val_loss' });
 * await model.fit(x, y, { epochs: 100, validationSplit: 0.1, callbacks: [keep], resume: saved !== undefined });
 */
export function checkpoint(options: CheckpointOptions): Callback {
  const where = 'checkpoint';
  const { name, every, keep, best, onFailure } = resolve(where, options);
  const shelf = new Shelf(options.store, name, keep, onFailure);
  let bestValue = best ? worstOf(best.mode) : 0;
  let savedAt = 0;

  const isTime = (): boolean => every.seconds !== undefined && performance.now() - savedAt >= 1000 * every.seconds;

  async function save(model: Model, bytes?: ModelFile): Promise<void> {
    await shelf.add(bytes ?? (await model.save({ training: true })));
    savedAt = performance.now();
  }

  /**
   * The file, if the epoch is the best and was kept. It comes before the checkpoint that knows its value: a kill between the two
   * has the epoch come again, and be the best again.
   */
  async function saveBest(model: Model, logs: Logs): Promise<ModelFile | undefined> {
    if (!best) return undefined;
    const value = readMonitor(where, logs, best.monitor);
    if (!isBetter(best.mode, value, bestValue)) return undefined;
    const before = bestValue;
    bestValue = value;
    let isKept = false;
    try {
      const bytes = await model.save({ training: true });
      isKept = await shelf.set(bestKey(name), bytes);
      return isKept ? bytes : undefined;
    } finally {
      if (!isKept) bestValue = before;
    }
  }

  return {
    name: where,
    async onTrainBegin() {
      await shelf.open();
      savedAt = performance.now();
    },
    async onEpochEnd(epoch, logs, { model }) {
      const bytes = await saveBest(model, logs);
      if ((every.epochs && (epoch + 1) % every.epochs === 0) || isTime()) await save(model, bytes);
    },
    ...(best && {
      state: () => ({ best: bestValue }),
      loadState(state: unknown) {
        bestValue = readNumber(readObject(state, where).best, `${where}.best`);
      },
    }),
    ...(every.steps && {
      async onBatchEnd(_: number, __: Logs, { model }: { model: Model }) {
        if (model.step % every.steps! === 0) await save(model);
      },
    }),
    ...(every.seconds && {
      async onProgress(_: unknown, { model }: { model: Model }) {
        if (isTime()) await save(model);
      },
    }),
  };
}
