// A model in a worker, by the names that it has on the main thread; every answer is a promise.

import type { Shape } from '../graph/shape.js';
import { log } from '../model/callbacks/log.js';
import { resolveCompileOptions, type CompileOptions } from '../model/compileOptions.js';
import type { BatchStream, DataArgument, InputStream } from '../model/dataset.js';
import type { ExplainOptions, MemoryOptions, MemoryReport } from '../model/explain.js';
import type { FitOptions } from '../model/fit.js';
import type { Callback, CallbackContext, History, Logs } from '../model/history.js';
import type { EvaluateOptions, PredictOptions, SampledPredictOptions } from '../model/model.js';
import { Prediction, SampledPrediction } from '../model/prediction.js';
import { writeCompiled } from '../model/saving/compiled.js';
import type { ModelFile, SaveOptions } from '../model/saving/save.js';
import { isStream } from '../model/streams.js';
import { OptionError, StateError } from '../runtime/errors.js';
import type { NamedConfig } from '../runtime/named.js';
import { checkFlag, checkNumber, describeValue } from '../runtime/suggest.js';
import { Call, type Connection } from './connection.js';
import type { SentPrediction } from './protocol.js';
import { sendable, sendAugment, sendCallback, sendData } from './sending.js';

/** How data go to the worker. */
export interface TransferOptions {
  /**
   * Move the buffers of typed arrays to the worker instead of copying them: at once, but the caller's arrays are empty afterwards.
   * false by default. Arrays on a SharedArrayBuffer are neither moved nor copied: both read the same memory.
   */
  transfer?: boolean;
}

/** What methods of a callback are given: as on the main thread, but for the model, which answers with promises. */
export interface WorkerCallbackContext extends Omit<CallbackContext, 'model'> {
  model: WorkerModel;
}

type Method<F> = F extends (...given: [...infer Given, CallbackContext]) => infer Result
  ? (...given: [...Given, WorkerCallbackContext]) => Result
  : never;

/** A callback that runs where `fit` was called. The worker waits for what it returns. */
export type WorkerCallback = Pick<Callback, 'name' | 'state' | 'origin'> & {
  [K in 'loadState' | (`on${string}` & keyof Callback)]?: Method<NonNullable<Callback[K]>>;
};

/** What the library's factories of callbacks return. Without their methods, so that those of one's own are typed by `WorkerCallback`. */
export type LibraryCallback = Pick<Callback, 'name' | 'origin'>;

export interface WorkerFitOptions extends Omit<FitOptions, 'callbacks'>, TransferOptions {
  /**
   * Callbacks of the library; objects of your own, whose methods run here; `{ name, config }` of one that the worker makes, of the
   * library's or of those that it exposes.
   */
  callbacks?: readonly (WorkerCallback | LibraryCallback | NamedConfig)[];
}

/** What the worker says of a model that it has taken in. */
export interface SpawnedModel {
  number: number;
  name: string;
  seed: number;
  threads: number;
}

/** The way to a model's worker. Not a public name. */
export let connectionOf: (model: WorkerModel) => Connection;

/** A model in a worker. Made by `spawn`. */
export class WorkerModel implements Disposable {
  static {
    connectionOf = (model) => model.connection;
  }

  readonly name: string;
  readonly seed: number;
  /** Threads that share the work in the worker. */
  readonly threads: number;
  /** Of the model in its worker. */
  private readonly number: number;

  /** Made by `spawn`. */
  constructor(
    private readonly connection: Connection,
    { number, name, seed, threads }: SpawnedModel,
  ) {
    this.name = name;
    this.seed = seed;
    this.threads = threads;
    this.number = number;
    connection.models.set(number, this);
  }

  /** As `Model.compile`. A function of your own, as loss or metric, must be exposed by the worker under its name. */
  async compile(options: CompileOptions): Promise<void> {
    await this.ask('compile', [writeCompiled(resolveCompileOptions(options, this.seed))]);
  }

  async build(inputShape?: Shape): Promise<void> {
    await this.ask('build', [inputShape]);
  }

  /**
   * As `Model.fit`, with the same bits. Data are copied to the worker, or with `transfer` moved; of a stream each batch goes when it
   * is needed. Callbacks of your own run here, and training waits for them; `earlyStopping`, `reduceOnPlateau`, `modelCheckpoint`
   * and `tensorBoard`, which read the model's memory, run in the worker, and tell what they saw when training ends.
   *
   * @throws What `Model.fit` throws, by the same classes; StateError after `terminate`.
   */
  fit(x: DataArgument, y: DataArgument, options?: WorkerFitOptions): Promise<History>;
  fit(batches: BatchStream, options?: WorkerFitOptions): Promise<History>;
  async fit(x: DataArgument | BatchStream, second?: unknown, third?: WorkerFitOptions): Promise<History> {
    const given = ((isStream(x) ? second : third) ?? {}) as WorkerFitOptions;
    const { callbacks = [], verbose, augment, validationData, ...rest } = given;
    if (!Array.isArray(callbacks)) {
      throw new OptionError(`fit: callbacks must be an array, got ${describeValue(callbacks)}.`);
    }
    const { call, isMoved, options } = this.begin('fit', rest);
    const all = [...(callbacks as readonly unknown[]), ...(verbose ? [log()] : [])];
    const contextOf = (settings: object) => ({ ...settings, model: this, stop: () => call.stop() });
    return (await this.connection.send(call, this.number, [
      sendData(call, x, isMoved),
      isStream(x) ? undefined : sendable(second, isMoved ? call.transfer : undefined),
      {
        ...options,
        callbacks: all.map((callback) => sendCallback(call, callback, contextOf)),
        augment: sendAugment(augment),
        validationData: validationData && sendData(call, validationData, isMoved),
      },
    ])) as History;
  }

  evaluate(x: DataArgument, y: DataArgument, options?: EvaluateOptions & TransferOptions): Promise<Logs>;
  evaluate(batches: BatchStream, options?: EvaluateOptions & TransferOptions): Promise<Logs>;
  async evaluate(
    x: DataArgument | BatchStream,
    second?: unknown,
    third?: EvaluateOptions & TransferOptions,
  ): Promise<Logs> {
    const given = (isStream(x) ? second : third) as (EvaluateOptions & TransferOptions) | undefined;
    const { call, isMoved, options } = this.begin('evaluate', given);
    const y = isStream(x) ? undefined : sendable(second, isMoved ? call.transfer : undefined);
    return (await this.connection.send(call, this.number, [sendData(call, x, isMoved), y, options])) as Logs;
  }

  predict(x: DataArgument, options: SampledPredictOptions & TransferOptions): Promise<SampledPrediction>;
  predict(x: DataArgument | InputStream, options?: PredictOptions & TransferOptions): Promise<Prediction>;
  async predict(x: DataArgument | InputStream, options?: PredictOptions & TransferOptions): Promise<Prediction> {
    return (await this.predictAll(x as DataArgument, options))[0]!;
  }

  /** Predictions of every output, in their order. */
  predictAll(x: DataArgument, options: SampledPredictOptions & TransferOptions): Promise<SampledPrediction[]>;
  predictAll(x: DataArgument | InputStream, options?: PredictOptions & TransferOptions): Promise<Prediction[]>;
  async predictAll(x: DataArgument | InputStream, given?: PredictOptions & TransferOptions): Promise<Prediction[]> {
    const { call, isMoved, options } = this.begin('predict', given);
    const request = [sendData(call, x, isMoved), options];
    const sent = (await this.connection.send(call, this.number, request)) as SentPrediction[];
    return sent.map(({ data, shape, standardDeviation, samples }) =>
      standardDeviation ? new SampledPrediction(data, shape, standardDeviation, samples!) : new Prediction(data, shape),
    );
  }

  /** Copies of the parameters by path. */
  async parameters(): Promise<Record<string, Float32Array>> {
    return (await this.ask('parameters')) as Record<string, Float32Array>;
  }

  /** Copies of the gradients of the last step. */
  async gradients(): Promise<Record<string, Float32Array>> {
    return (await this.ask('gradients')) as Record<string, Float32Array>;
  }

  async setParameters(values: Readonly<Record<string, ArrayLike<number>>>): Promise<void> {
    await this.ask('setParameters', [sendable(values, undefined)]);
  }

  async sparsity(): Promise<Record<string, number>> {
    return (await this.ask('sparsity')) as Record<string, number>;
  }

  async keepAveragedWeights(): Promise<void> {
    await this.ask('keepAveragedWeights');
  }

  async summary(): Promise<string> {
    return (await this.ask('summary')) as string;
  }

  async memory(options: MemoryOptions = {}): Promise<MemoryReport> {
    return (await this.ask('memory', [options])) as MemoryReport;
  }

  async explain(options: ExplainOptions = {}): Promise<string> {
    return (await this.ask('explain', [options])) as string;
  }

  async save(options: SaveOptions = {}): Promise<ModelFile> {
    return (await this.ask('save', [options])) as ModelFile;
  }

  /** Batches trained on so far. */
  async step(): Promise<number> {
    return (await this.ask('step')) as number;
  }

  /** Sets the optimiser's learning rate, from the next call into the core on. */
  async setLearningRate(rate: number): Promise<void> {
    await this.ask('setLearningRate', [checkNumber(this.name, 'learningRate', rate, { minimum: 0 })]);
  }

  /** Sets what the learning rate is multiplied by. */
  async setLearningRateFactor(factor: number): Promise<void> {
    await this.ask('setLearningRateFactor', [checkNumber(this.name, 'learningRateFactor', factor, { minimum: 0 })]);
  }

  /** Is in the worker. For callbacks that are written for a model on the main thread, which would read nothing here. */
  get optimizer(): never {
    return this.absent('optimizer', 'await model.setLearningRate(rate)');
  }

  /** Is in the worker, as `optimizer`. */
  get learningRateFactor(): never {
    return this.absent('learningRateFactor', 'await model.setLearningRateFactor(factor)');
  }

  /** Frees the model's memory; the worker goes on. */
  async dispose(): Promise<void> {
    await this.ask('dispose');
    this.connection.models.delete(this.number);
  }

  /** Ends the worker, with all models in it. What runs there is rejected with a StateError, and so is every later call. */
  terminate(): void {
    this.connection.terminate();
  }

  [Symbol.dispose](): void {
    this.terminate();
  }

  /** What is in no message, and arrays of the options. */
  private begin(method: string, given: object = {}) {
    const { signal, transfer = false, sampleWeight, ...options } = given as EvaluateOptions & TransferOptions;
    const isMoved = checkFlag(method, 'transfer', transfer);
    const call = new Call(method, signal);
    const weights = sampleWeight && { sampleWeight: sendable(sampleWeight, isMoved ? call.transfer : undefined) };
    return { call, isMoved, options: { ...options, ...weights } };
  }

  private ask(method: string, given: readonly unknown[] = []): Promise<unknown> {
    return this.connection.send(new Call(method), this.number, given);
  }

  private absent(what: string, instead: string): never {
    throw new StateError(
      `${this.name}.${what} is in the worker, and nothing here can read it at once. Use ${instead}; a callback that needs the ` +
        "model's memory is made in the worker: expose({ callbacks }) of 'wasmgrad/worker', and callbacks: [{ name, config }].",
    );
  }
}
