// The training loop: epochs, validation, history and callbacks over a Trainer.

import type { ArrayData } from '../data/arrays.js';
import { OptionError } from '../runtime/errors.js';
import { checkFlag, checkNumber, checkOptions, describeValue } from '../runtime/suggest.js';
import { resolveAugmentations, type AugmentOption } from './augmentations.js';
import { log } from './callbacks/log.js';
import {
  prepareData,
  splitValidation,
  type BatchStream,
  type DataArgument,
  type PreparedData,
  type WeightOptions,
} from './dataset.js';
import type { Callback, CallbackContext, History, Logs } from './history.js';
import type { Model } from './model.js';
import { defaultYieldMilliseconds, Pace } from './pace.js';
import { requireRun, resumeCallbacks, RunTracker, type RunState } from './run.js';
import type { PassPosition } from './passFigures.js';
import { isStream, preparedBatches } from './streams.js';
import { SILENT, Trainer, type TrainerParts } from './trainer.js';

/** Arrays held out for validation. */
export interface ValidationData {
  x: DataArgument;
  y: DataArgument;
  sampleWeight?: ArrayData;
}

export interface FitOptions extends WeightOptions {
  /** Times to go through the data; 1 by default. */
  epochs?: number;
  /**
   * Go on where the last run stands: after `loadModel` of a model saved with `{ training: true }`, or after one that was aborted
   * or stopped. Epoch and batch, history and states of callbacks (found by name) are those of that run, and the end has the
   * bytes of a run that was never broken off. Give the same data, options and callbacks. A stream must give the same batches.
   */
  resume?: boolean;
  /** Number of the first epoch, for going on where a run ended; 0 by default. */
  initialEpoch?: number;
  /** Samples a step; 32 by default. The last batch of an epoch may be smaller. */
  batchSize?: number;
  /** Data, or batches, on which every epoch is evaluated. */
  validationData?: ValidationData | BatchStream;
  /** Share of the samples, from the end, held out for validation. */
  validationSplit?: number;
  /**
   * Evaluate the training data too after each epoch, as `train_loss`, `train_accuracy` ...: false by default. The figures without
   * prefix are means over the epoch while the weights change, with dropout and noise, mixed samples and the moments of batches;
   * these are of the weights after the epoch in inference mode, as those of the validation data are, so that the gap between
   * `train_` and `val_` is honest. Costs a forward pass over the training data each epoch, about a third of its time. A stream
   * must be one that can be gone through again: a function, or an array.
   */
  evaluateTraining?: boolean;
  /**
   * Random changes of the training samples, made anew each epoch while a batch is gathered: what `randomRotation` and its like
   * return, in their order. For a model with several inputs by the input's name. Sample k looks the same in epoch e whatever the
   * size of the batches, the order and the threads. Validation data are not changed.
   */
  augment?: AugmentOption;
  /** Draw a new order each epoch (true by default); batches of a stream come as they are. */
  shuffle?: boolean;
  callbacks?: readonly Callback[];
  /** Stops training: `fit` rejects with the signal's reason, the model keeps its weights. */
  signal?: AbortSignal;
  /** Print one line an epoch; false by default. */
  verbose?: boolean;
  /** How long the event loop may be blocked at a time; 8 ms in a page, 50 elsewhere. */
  yieldEveryMilliseconds?: number;
}

const FIT_OPTIONS = [
  'epochs',
  'resume',
  'initialEpoch',
  'batchSize',
  'validationData',
  'validationSplit',
  'evaluateTraining',
  'augment',
  'shuffle',
  'callbacks',
  'signal',
  'verbose',
  'yieldEveryMilliseconds',
  'sampleWeight',
  'classWeight',
];

export function checkFitOptions(options: FitOptions): void {
  checkOptions('fit', options, FIT_OPTIONS);
  checkNumber('fit', 'epochs', options.epochs ?? 1, { minimum: 1, integer: true });
  checkNumber('fit', 'initialEpoch', options.initialEpoch ?? 0, { minimum: 0, integer: true });
  checkNumber('fit', 'batchSize', options.batchSize ?? 32, { minimum: 1, integer: true });
  checkNumber('fit', 'validationSplit', options.validationSplit ?? 0, { minimum: 0, below: 1 });
  checkNumber('fit', 'yieldEveryMilliseconds', options.yieldEveryMilliseconds ?? 0, { minimum: 0 });
  if (!Array.isArray(options.callbacks ?? [])) {
    throw new OptionError(`fit: callbacks must be an array, got ${describeValue(options.callbacks)}.`);
  }
  checkFlag('fit', 'evaluateTraining', options.evaluateTraining ?? false);
  checkFlag('fit', 'resume', options.resume ?? false);
  if (options.validationSplit && options.validationData) {
    throw new OptionError('fit: give validationSplit or validationData, not both.');
  }
}

/** Goes through the training or validation data once; resident, sliced or streamed. */
type EpochRunner = (epoch: number, observer: Parameters<Trainer['run']>[2], start?: PassPosition) => Promise<Logs>;

interface FitData {
  train: PreparedData | BatchStream;
  validation: PreparedData | BatchStream | undefined;
}

function prepareFitData(
  parts: TrainerParts,
  x: DataArgument | BatchStream,
  y: DataArgument | undefined,
  options: FitOptions,
): FitData {
  const { validationData, validationSplit = 0 } = options;
  const prepare = (data: ValidationData) => {
    if (data === null || typeof data !== 'object' || Array.isArray(data)) {
      throw new OptionError(`fit: validationData must be { x, y } or a stream of batches, got ${describeValue(data)}.`);
    }
    checkOptions('fit: validationData', data, ['x', 'y', 'sampleWeight']);
    return prepareData('fit: validationData', parts.network, parts.objectives, data.x, data.y, {
      sampleWeight: data.sampleWeight,
    });
  };
  const validation =
    validationData === undefined || isStream(validationData) ? validationData : prepare(validationData);
  if (isStream(x)) {
    if (validationSplit > 0)
      throw new OptionError('fit: validationSplit needs arrays. Give validationData with a stream.');
    return { train: x, validation };
  }
  const train = prepareData('fit', parts.network, parts.objectives, x, y as DataArgument, options);
  if (validationSplit === 0) return { train, validation };
  const [kept, held] = splitValidation('fit', train, validationSplit);
  return { train: kept, validation: held };
}

/** Chooses how each data set is read, loads the programs, and returns the two ways through the data. */
function makeRunners(parts: TrainerParts, trainer: Trainer, { train, validation }: FitData, options: FitOptions) {
  const { batchSize = 32, shuffle = true } = options;
  const requests: Parameters<Trainer['loadPasses']>[0][number][] = [];
  /** `sharing`: of training data in linear memory, which another pass reads already. */
  const runner = (data: PreparedData | BatchStream, isTraining: boolean, sharing = false): EpochRunner => {
    if (isStream(data)) {
      return (epoch, observer, start) =>
        trainer.runStream(preparedBatches(parts, data, 'fit', epoch), isTraining, epoch, observer, start);
    }
    const isShuffled = isTraining && shuffle;
    if (
      !sharing &&
      !trainer.fits(
        data,
        requests.map((request) => request.data),
      )
    ) {
      return (epoch, observer, start) =>
        trainer.runStream(trainer.batches(data, batchSize, isShuffled, epoch), isTraining, epoch, observer, start);
    }
    const prefix = isTraining ? '' : sharing ? 'training:' : 'validation:';
    const request = { data, prefix, isTraining, shuffle: isShuffled, batchSize };
    const index = requests.push(sharing ? { ...request, dataPrefix: '' } : request) - 1;
    return (epoch, observer, start) => trainer.run(passes[index]!, epoch, observer, start);
  };
  const trainRunner = runner(train, true);
  const isResident = requests.length > 0;
  const evaluations = Object.entries({
    train: options.evaluateTraining ? runner(train, false, isResident) : undefined,
    val: validation && runner(validation, false),
  });
  const passes = requests.length ? trainer.loadPasses(requests) : [];
  /** Figures of the data that are evaluated after an epoch, with their prefixes. */
  const evaluate = async (epoch: number): Promise<Logs> => {
    const logs: Logs = {};
    for (const [prefix, run] of evaluations) {
      for (const [name, value] of Object.entries((await run?.(epoch, SILENT)) ?? {})) logs[`${prefix}_${name}`] = value;
    }
    return logs;
  };
  return { trainRunner, evaluate };
}

export async function fit(
  model: Model,
  given: TrainerParts,
  x: DataArgument | BatchStream,
  y: DataArgument | undefined,
  options: FitOptions,
): Promise<History> {
  const { epochs = 1, batchSize = 32, signal } = options;
  signal?.throwIfAborted();
  const parts = { ...given, augmentations: resolveAugmentations(options.augment, given.network.inputNames) };
  const data = prepareFitData(parts, x, y, options);
  const pace = new Pace(options.yieldEveryMilliseconds ?? defaultYieldMilliseconds());
  const trainer = new Trainer(parts, pace, signal);
  const callbacks = [...(options.callbacks ?? []), ...(options.verbose ? [log()] : [])];
  let isStopped = false;
  const context: CallbackContext = { model, epochs, batchSize, stop: () => (isStopped = true) };
  const everyStep = callbacks.some((callback) => callback.onBatchEnd);
  const totalSamples = isStream(data.train) ? undefined : data.train.count;
  const resumed = options.resume ? requireRun(parts.run, options, totalSamples) : undefined;
  const { epoch: firstEpoch = options.initialEpoch ?? 0 } = resumed ?? {};
  const history: History = resumed ? structuredClone(resumed.history) : { epoch: [], history: {} };
  const tracker = new RunTracker(trainer, callbacks, history, options, totalSamples, resumed);
  const stand = () => tracker.capture();

  const observe = (epoch: number) => ({
    everyStep,
    isStopped: () => isStopped,
    async afterSteps(samples: number, batches: number) {
      for (const callback of callbacks) {
        await callback.onBatchEnd?.(batches - 1, { loss: trainer.lastLoss }, context);
        await callback.onProgress?.({ epoch, epochs, samples, totalSamples, logs: trainer.logs() }, context);
      }
    },
  });

  try {
    const { trainRunner, evaluate } = makeRunners(parts, trainer, data, options);
    for (const callback of callbacks) await callback.onTrainBegin?.(context);
    if (resumed) await resumeCallbacks(callbacks, resumed, context);
    parts.run.current = stand;
    const runEpoch = async (
      epoch: number,
      { pass, logs: ended }: Pick<RunState, 'pass' | 'logs'> = {},
    ): Promise<void> => {
      const isWithin = pass !== undefined || ended !== undefined;
      for (const callback of isWithin ? [] : callbacks) await callback.onEpochBegin?.(epoch, context);
      tracker.beginPass();
      const logs = ended ? { ...ended } : await trainRunner(epoch, observe(epoch), pass);
      tracker.endPass(logs);
      signal?.throwIfAborted();
      Object.assign(logs, await evaluate(epoch));
      record(history, epoch, logs);
      tracker.endEpoch();
      for (const callback of callbacks) {
        tracker.tell();
        await callback.onEpochEnd?.(epoch, logs, context);
      }
    };
    for (let epoch = firstEpoch; epoch < epochs && !isStopped; epoch++) {
      try {
        await runEpoch(epoch, epoch === firstEpoch ? resumed : undefined);
      } catch (error) {
        if (!(await isHandled(callbacks, error, context))) throw error;
        isStopped = true;
      }
    }
    tracker.freeze();
    for (const callback of callbacks) await callback.onTrainEnd?.(history, context);
    return history;
  } finally {
    if (parts.run.current === stand) parts.run.current = tracker.last();
    trainer.dispose();
  }
}

/** Tells all callbacks of an error, and returns whether one of them takes it as the end of training. */
async function isHandled(callbacks: readonly Callback[], error: unknown, context: CallbackContext): Promise<boolean> {
  let handled = false;
  for (const callback of callbacks) handled = (await callback.onError?.(error, context)) === true || handled;
  return handled;
}

function record(history: History, epoch: number, logs: Logs): void {
  history.epoch.push(epoch);
  for (const [name, value] of Object.entries(logs)) (history.history[name] ??= []).push(value);
}
