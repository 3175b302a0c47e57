// Local SGD: members take k steps from one state, the coordinator averages what they come to. See docs/decisions/0024-local-sgd.md.

import { checkExecutor, isReference, type Executor, type TaskReference } from '../executors/executor.js';
import { inline } from '../executors/inline.js';
import { prepareData, type DataArgument } from '../model/dataset.js';
import type { Callback, CallbackContext, History } from '../model/history.js';
import { partsOf, type Model } from '../model/model.js';
import type { TrainerParts } from '../model/trainer.js';
import { OptionError, reasonOf } from '../runtime/errors.js';
import { checkFlag, checkNumber, checkOptions, describeValue, isObject } from '../runtime/suggest.js';
import { localSgdTask, type LocalSgdData, type LocalSgdTask } from './localSgdTask.js';
import { Orders } from './orders.js';
import { Means, runRound, type Run } from './round.js';
import { roundsOf, type ShareOptions } from './shares.js';
import { writeState } from './state.js';

/** Training or validation data, in the forms that `fit` takes as arrays. */
export interface DistributedData {
  x: DataArgument;
  y: DataArgument;
}

export interface FitDistributedOptions {
  /** Members that train at once, at least 1. */
  members: number;
  /** k: steps of each member between two averages; 1 by default, which is synchronous SGD with batches of `members * batchSize`. */
  every?: number;
  /** Times to go through the data; 1 by default. */
  epochs?: number;
  /** Number of the first epoch, for going on where a run ended; 0 by default. */
  initialEpoch?: number;
  /** Samples a step of each member; 32 by default. */
  batchSize?: number;
  /** Where members run: `inline()` by default, one after another; `workers()` of `wasmgrad/workers`. */
  executor?: Executor;
  /** What the seeds of dropout and noise of members 1, 2, ... are drawn from: the model's seed by default, which member 0 has itself. */
  seed?: number;
  /** Draw a new order each epoch: true by default. It is the one that `fit` draws. */
  shuffle?: boolean;
  /** Data on which every epoch is evaluated, by the coordinator. */
  validationData?: DistributedData;
  /** As of `fit`; `onBatchEnd` and `onProgress` come after each round, with the loss of the round and the figures so far. */
  callbacks?: readonly Callback[];
  /** Stops training: rejects with the signal's reason, the model keeps the average of the last round. */
  signal?: AbortSignal;
  /** What members run, where it isn't `localSgdTask` as this package has it: see `localSgdTaskOf`. */
  task?: LocalSgdTask | TaskReference;
}

const WHERE = 'fitDistributed';
const OPTIONS = [
  ...['members', 'every', 'epochs', 'initialEpoch', 'batchSize', 'executor', 'seed', 'shuffle'],
  ...['validationData', 'callbacks', 'signal', 'task'],
];

/** The task beside this module: in the package, the file of its subpath. */
const defaultTask = (): TaskReference => ({
  module: new URL('./local-sgd-task.js', import.meta.url),
  name: 'localSgdTask',
  loaded: localSgdTask as NonNullable<TaskReference['loaded']>,
});

type Settings = ReturnType<typeof resolveOptions>;

function resolveOptions(model: Model, options: FitDistributedOptions) {
  checkOptions(WHERE, options, OPTIONS);
  const whole = (name: 'members' | 'every' | 'epochs' | 'batchSize', fallback?: number) =>
    checkNumber(WHERE, name, options[name] ?? fallback, { minimum: 1, integer: true });
  const from0 = { minimum: 0, integer: true };
  const { callbacks = [], task = defaultTask(), signal } = options;
  if (!Array.isArray(callbacks)) {
    throw new OptionError(`${WHERE}: callbacks must be an array, got ${describeValue(callbacks)}.`);
  }
  if (typeof task !== 'function' && !isReference(task)) {
    throw new OptionError(`${WHERE}: task must be a function or { module, name }, got ${describeValue(task)}.`);
  }
  const sharing: ShareOptions = {
    members: whole('members'),
    every: whole('every', 1),
    batchSize: whole('batchSize', 32),
  };
  return {
    sharing,
    epochs: whole('epochs', 1),
    initialEpoch: checkNumber(WHERE, 'initialEpoch', options.initialEpoch ?? 0, from0),
    seed: checkNumber(WHERE, 'seed', options.seed ?? model.seed, { ...from0, maximum: Number.MAX_SAFE_INTEGER }),
    shuffle: checkFlag(WHERE, 'shuffle', options.shuffle ?? true),
    executor: checkExecutor(WHERE, options.executor ?? inline()),
    validation: options.validationData && checkData('validationData', options.validationData),
    callbacks: callbacks as readonly Callback[],
    task,
    signal,
  };
}

function checkData(name: string, data: unknown): DistributedData {
  if (!isObject(data) || data.x === undefined || data.y === undefined) {
    throw new OptionError(`${WHERE}: ${name} must be { x, y } of whole arrays, got ${describeValue(data)}.`);
  }
  checkOptions(`${WHERE}: ${name}`, data, ['x', 'y']);
  return data as unknown as DistributedData;
}

/** Throws for what averages make no sense of, or what cannot be sent. */
function checkTraining({ training }: TrainerParts): void {
  const { learningRate } = training.optimizer;
  if (typeof learningRate === 'function' && !learningRate.config) {
    throw new OptionError(
      `${WHERE}: learningRate is a function, which cannot be sent to a member. Use one of the library's schedules, such as cosineDecay.`,
    );
  }
  if (training.mixer)
    throw new OptionError(`${WHERE}: the model was compiled with mix, which members do not do. Leave mix out.`);
  if (training.gradientAccumulation > 1) {
    throw new OptionError(
      `${WHERE}: gradientAccumulation must be 1, got ${training.gradientAccumulation}. Use more members, or a larger batchSize.`,
    );
  }
}

async function dataOf(model: Model, parts: TrainerParts, { x, y }: DistributedData): Promise<LocalSgdData> {
  const { inputs, labels, count } = prepareData(WHERE, parts.network, parts.objectives, x, y);
  try {
    return { model: await model.save({ training: true }), inputs, labels, count };
  } catch (error) {
    if (error instanceof OptionError)
      throw new OptionError(`${WHERE}: the model cannot be sent to members: ${reasonOf(error)}`);
    throw error;
  }
}

let runs = 0;
/** A name that no other run has, in this process or another. */
const runName = (): string => `${Date.now()}-${Math.random()}-${runs++}`;

/**
 * Trains by local SGD over any executor. In a round every member takes k (`every`) steps of the optimiser from the same state, each on
 * its share of the epoch's shuffled samples; then parameters and all slots of the optimiser become Σ nₘ θₘ / Σ nₘ, where member m has
 * trained on nₘ samples. The sum is in float64 in the order of members, so that the bits are the same on every executor.
 *
 * For k = 1 and an optimiser that is linear in the gradients (SGD, with momentum too) this is synchronous SGD with batches of
 * `members * batchSize`, up to the rounding of sums. One member gives the bits of `model.fit`.
 *
 * Resolves to the history. `loss` and the metrics of training are means over all samples of what members saw; so are metrics that are
 * no means over samples (such as AUC), which `validationData` gives exactly. Where it rejects, the model has the state of the last
 * average, and `initialEpoch` goes on from there.
 *
 * @throws OptionError for options, and for a compiled model that cannot be sent: a schedule that is a function of your own, `mix`.
 * @throws MemberNotFiniteError that names member and round. DataError and ShapeError as `fit` does.
 * @throws StateError if the model was trained or set otherwise during a round.
 * @see Stich 2019, Local SGD converges fast and communicates little; McMahan et al. 2017, Communication-efficient learning of deep networks.
 * @example
 * const { history } = await fitDistributed(model, { x, y }, { members: 4, every: 16, epochs: 5, executor: workers() });
 */
export async function fitDistributed(
  model: Model,
  data: DistributedData,
  options: FitDistributedOptions,
): Promise<History> {
  const settings = resolveOptions(model, options);
  settings.signal?.throwIfAborted();
  const given = checkData('data', data);
  const parts = partsOf(model, WHERE, given.x);
  checkTraining(parts);
  const sent = await dataOf(model, parts, given);
  // Where the last `fit` stood is no longer where the model is.
  parts.run.current = undefined;
  const run: Run & Settings = { ...settings, model, parts, data: sent, name: runName() };
  const { callbacks, epochs, sharing } = settings;
  let isStopped = false;
  const context: CallbackContext = { model, epochs, batchSize: sharing.batchSize, stop: () => (isStopped = true) };
  const history: History = { epoch: [], history: {} };
  const orders = new Orders(parts);
  try {
    for (const callback of callbacks) await callback.onTrainBegin?.(context);
    for (let epoch = settings.initialEpoch; epoch < epochs && !isStopped; epoch++) {
      try {
        const order = orders.of(epoch, sent.count, settings.shuffle);
        await runEpoch(run, epoch, order, history, context, () => isStopped);
      } catch (error) {
        if (!(await isHandled(callbacks, error, context))) throw error;
        isStopped = true;
      }
    }
    for (const callback of callbacks) await callback.onTrainEnd?.(history, context);
    return history;
  } finally {
    orders.dispose();
  }
}

async function runEpoch(
  run: Run & Settings,
  epoch: number,
  order: Int32Array,
  history: History,
  context: CallbackContext,
  isStopped: () => boolean,
): Promise<void> {
  const { callbacks, epochs, parts, signal, model, validation, sharing } = run;
  for (const callback of callbacks) await callback.onEpochBegin?.(epoch, context);
  const rounds = roundsOf(order, sharing);
  const means = new Means();
  for (const [round, shares] of rounds.entries()) {
    const isLast = epoch === epochs - 1 && round === rounds.length - 1;
    const result = await runRound(run, { epoch, round, shares, isLast });
    writeState(parts, result.state);
    means.add(result.logs, result.samples);
    const progress = { epoch, epochs, samples: means.samples, totalSamples: order.length, logs: means.logs() };
    for (const callback of callbacks) {
      await callback.onBatchEnd?.(round, result.logs, context);
      await callback.onProgress?.(progress, context);
    }
    signal?.throwIfAborted();
    if (isStopped()) break;
  }
  const logs = means.logs();
  if (validation) {
    const evaluated = await model.evaluate(validation.x, validation.y, { ...(signal && { signal }) });
    for (const [name, value] of Object.entries(evaluated)) logs[`val_${name}`] = value;
  }
  history.epoch.push(epoch);
  for (const [name, value] of Object.entries(logs)) (history.history[name] ??= []).push(value);
  for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, context);
}

/** Tells all callbacks of an error, and returns whether one of them takes it as the end of training. */
async function isHandled(callbacks: readonly Callback[], error: unknown, context: CallbackContext): Promise<boolean> {
  let handled = false;
  for (const callback of callbacks) handled = (await callback.onError?.(error, context)) === true || handled;
  return handled;
}
