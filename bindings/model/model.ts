// The model: the public face over network, parameters, training and inference.

import { DataError, OptionError, ShapeError, StateError } from '../runtime/errors.js';
import { getRuntime, type Runtime } from '../runtime/runtime.js';
import { checkNumber, checkOptions, describeValue, unknownName } from '../runtime/suggest.js';
import { ownShape, type ArrayData } from '../data/arrays.js';
import type { PreprocessingStep } from '../data/preprocessing/preprocessor.js';
import type { Shape } from '../graph/shape.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { takeAverages, withAverages } from './averaging.js';
import { resolveCompileOptions, type CompiledOptions, type CompileOptions } from './compileOptions.js';
import { prepareData, type BatchStream, type DataArgument, type InputStream, type WeightOptions } from './dataset.js';
import { explainStep, memoryReport, type ExplainOptions, type MemoryOptions, type MemoryReport } from './explain.js';
import { checkFitOptions, fit, type FitOptions } from './fit.js';
import { isInputStream, isStream, preparedBatches, streamed } from './streams.js';
import type { History, Logs } from './history.js';
import type { Network } from './network.js';
import { defaultYieldMilliseconds, Pace } from './pace.js';
import { GRADIENTS, ParameterLayout, PARAMETERS, ParameterStore } from './parameters.js';
import { joinPredictions, Predictor, type Prediction, type SampledPrediction } from './predict.js';
import { saveModel, type ModelFile, type SaveOptions } from './saving/save.js';
import type { ReadCompiled } from './saving/compiled.js';
import type { RunSlot, RunState } from './run.js';
import { sparsityOf } from './sparsity.js';
import { summarize } from './summary.js';
import { SILENT, Trainer, type TrainerParts } from './trainer.js';

export interface ModelOptions {
  name?: string;
  /** Seed of everything random: initial weights, shuffles, dropout. 0 by default; the same seed gives the same bytes. */
  seed?: number;
}

export interface EvaluateOptions extends WeightOptions {
  batchSize?: number;
  signal?: AbortSignal;
}

export interface PredictOptions {
  batchSize?: number;
  signal?: AbortSignal;
}

export interface SampledPredictOptions extends PredictOptions {
  /** Passes with dropout and noise whose mean and spread are wanted, at least 2. */
  samples: number;
}

/** Makes the network when the shape of the first input is known. */
export type NetworkBuilder = (inputShape: Shape | undefined) => Network | undefined;

/** What of a model is freed if the model is collected without `dispose`. */
interface Disposables {
  store?: ParameterStore;
  predictor?: Predictor;
}

function free(disposables: Disposables): void {
  disposables.predictor?.dispose();
  disposables.store?.dispose();
}

const registry = typeof FinalizationRegistry === 'function' ? new FinalizationRegistry(free) : undefined;

/**
 * The inner parts of a compiled model, built for `x` if it is not yet: for diagnosis, which runs programs of its own on the
 * model's memory. Not a public name.
 */
export let partsOf: (model: Model, method: string, x?: DataArgument) => TrainerParts;

/** The layers of a model and how they are connected, for what writes it in another format. Not a public name. */
export let networkOf: (model: Model, method: string) => Network;

/** What a saved model is made of again. */
export interface RestoredParts extends ModelOptions {
  network: Network;
  compiled: ReadCompiled | undefined;
  run: RunState | undefined;
  /** Writes weights and states into memory. */
  fill(store: ParameterStore): void;
}

/** Makes a model whose values come from a file, without drawing initial ones. Not a public name. */
export let restoreModel: (parts: RestoredParts) => Model;

/** Saves a model with its preprocessing. Not a public name. */
export let saveWith: (model: Model, preprocessing: PreprocessingStep, options: SaveOptions) => Promise<ModelFile>;

/** A trainable model. Made by `sequential` or `model`. */
export class Model implements Disposable {
  static {
    partsOf = (model, method, x) => model.prepare(method, x);
    networkOf = (model, method) => model.requireNetwork(method);
    saveWith = async (model, preprocessing, options) => saveModel({ ...model.savedParts(options), preprocessing });
    restoreModel = ({ network, compiled, run, fill, ...options }) => {
      const model = new Model(() => network, options);
      try {
        if (compiled) {
          model.compile(compiled.options);
          model.optimizer.learningRate = compiled.learningRate;
          model.learningRateFactor = compiled.learningRateFactor;
          model.compiled!.objectives(network.outputNames);
        }
        fill(model.ensureStore(getRuntime(), false));
        if (run) model.run.current = () => run;
      } catch (error) {
        model.dispose();
        throw error;
      }
      return model;
    };
  }

  readonly name: string;
  readonly seed: number;
  private built: Network | undefined;
  private compiled: CompiledOptions | undefined;
  private readonly owned: Disposables = {};
  private readonly run: RunSlot = {};
  private isDisposed = false;
  private isFitting = false;
  private isAveraged = false;
  /** Calls of fit, evaluate and predict that are not finished: they read the model's memory. */
  private running = 0;

  constructor(
    private readonly makeNetwork: NetworkBuilder,
    options: ModelOptions = {},
  ) {
    this.name = options.name ?? 'model';
    this.seed = checkNumber(this.name, 'seed', options.seed ?? 0, {
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      integer: true,
    });
    this.built = makeNetwork(undefined);
    registry?.register(this, this.owned, this);
  }

  /** Sets optimiser, losses and metrics. States of an earlier optimiser are forgotten; weights stay. */
  compile(options: CompileOptions): void {
    this.assertUsable('compile');
    if (this.isFitting) throw new StateError(`${this.name}: compile during fit. Await fit first.`);
    const compiled = resolveCompileOptions(options, this.seed);
    // Where memory is refused the model is left without an optimiser, not with half of one.
    this.compiled = undefined;
    this.run.current = undefined;
    this.owned.store?.allocateOptimizer(compiled.training.states);
    this.compiled = compiled;
  }

  /** Declares the parameters for samples of this shape. Needed only where the first layer has no `inputShape`. */
  build(inputShape?: Shape): void {
    this.assertUsable('build');
    this.built ??= this.makeNetwork(inputShape);
  }

  /**
   * Trains. Data are arrays of whole samples (see `DataArgument`), or a stream of batches `{ x, y }`.
   *
   * Resolves to the history. Rejects with a typed error on bad data, with a NotFiniteError if the loss stops being finite,
   * with the signal's reason on abort, and with whatever a callback throws; the weights are then those of the last finished step.
   *
   * @example
   * const history = await model.fit(x, y, { epochs: 10, batchSize: 64, validationSplit: 0.1 });
   */
  fit(x: DataArgument, y: DataArgument, options?: FitOptions): Promise<History>;
  fit(batches: BatchStream, options?: FitOptions): Promise<History>;
  async fit(x: DataArgument | BatchStream, second?: DataArgument | FitOptions, third?: FitOptions): Promise<History> {
    const options = (isStream(x) ? (second as FitOptions | undefined) : third) ?? {};
    const y = isStream(x) ? undefined : (second as DataArgument);
    checkFitOptions(options);
    if (this.isFitting) throw new StateError(`${this.name}: fit is running already. Await it before the next.`);
    if (this.isAveraged) {
      throw new StateError(
        `${this.name}: fit within useAveragedWeights. Use keepAveragedWeights to train on from them.`,
      );
    }
    const parts = this.prepare('fit', isStream(x) ? undefined : x);
    this.isFitting = true;
    try {
      return await this.whileRunning(() => fit(this, parts, x, y, options));
    } finally {
      this.isFitting = false;
    }
  }

  /** Losses and metrics over data, in inference mode. */
  evaluate(x: DataArgument, y: DataArgument, options?: EvaluateOptions): Promise<Logs>;
  evaluate(batches: BatchStream, options?: EvaluateOptions): Promise<Logs>;
  async evaluate(
    x: DataArgument | BatchStream,
    second?: DataArgument | EvaluateOptions,
    third?: EvaluateOptions,
  ): Promise<Logs> {
    const options = (isStream(x) ? (second as EvaluateOptions | undefined) : third) ?? {};
    checkOptions('evaluate', options, ['batchSize', 'signal', 'sampleWeight', 'classWeight']);
    const batchSize = checkNumber('evaluate', 'batchSize', options.batchSize ?? 256, { minimum: 1, integer: true });
    options.signal?.throwIfAborted();
    const parts = this.prepare('evaluate', isStream(x) ? undefined : x);
    const trainer = new Trainer(parts, new Pace(defaultYieldMilliseconds()), options.signal);
    const run = async (): Promise<Logs> => {
      if (isStream(x)) return trainer.runStream(preparedBatches(parts, x, 'evaluate'), false, 0, SILENT);
      const data = prepareData('evaluate', parts.network, parts.objectives, x, second as DataArgument, options);
      if (!trainer.fits(data)) return trainer.runStream(trainer.batches(data, batchSize, false, 0), false, 0, SILENT);
      const [pass] = trainer.loadPasses([
        { data, prefix: 'validation:', isTraining: false, shuffle: false, batchSize },
      ]);
      return trainer.run(pass!, 0, SILENT);
    };
    try {
      return await this.whileRunning(run);
    } finally {
      trainer.dispose();
    }
  }

  /**
   * Predictions for samples: one Prediction, or one for each output of a model with several.
   *
   * With `samples` it makes so many passes with dropout and noise and gives their mean and spread: Monte-Carlo dropout,
   * how sure the model is of each value (Gal & Ghahramani 2016). Batch normalisation uses its moving moments.
   *
   * A stream of batches `{ x }` gives the predictions of all of them, one behind the other.
   *
   * @example
   * const classes = (await model.predict(x)).argMax();
   * const { data: mean, standardDeviation } = await model.predict(x, { samples: 50 });
   */
  predict(x: DataArgument, options: SampledPredictOptions): Promise<SampledPrediction>;
  predict(x: DataArgument | InputStream, options?: PredictOptions): Promise<Prediction>;
  async predict(
    x: DataArgument | InputStream,
    options: PredictOptions | SampledPredictOptions = {},
  ): Promise<Prediction> {
    return (await this.predictAll(x as DataArgument, options))[0]!;
  }

  /** Predictions of every output, in their order. */
  predictAll(x: DataArgument, options: SampledPredictOptions): Promise<SampledPrediction[]>;
  predictAll(x: DataArgument | InputStream, options?: PredictOptions): Promise<Prediction[]>;
  async predictAll(
    x: DataArgument | InputStream,
    options: PredictOptions | SampledPredictOptions = {},
  ): Promise<Prediction[]> {
    options.signal?.throwIfAborted();
    if (isInputStream(x)) return this.predictStream(x, options);
    const pace = new Pace(defaultYieldMilliseconds());
    const run = this.startPrediction(x, options);
    return this.whileRunning(async () => {
      for (let next = run.next(); ; next = run.next()) {
        if (next.done) return next.value;
        if (await pace.yieldIfDue()) options.signal?.throwIfAborted();
      }
    });
  }

  /** Like `predict`, in one go: for small batches in a hot path. */
  predictSync(x: DataArgument, options: Omit<PredictOptions, 'signal'> = {}): Prediction {
    const run = this.startPrediction(x, options);
    for (let next = run.next(); ; next = run.next()) if (next.done) return next.value[0]!;
  }

  /** Zero-copy views of the parameters by path, such as `dense_1/kernel`. A view dies when memory grows: take it anew. */
  parameters(): Record<string, Float32Array> {
    return this.requireStore('parameters').views(PARAMETERS);
  }

  /** Zero-copy views of the gradients of the last step, for parameters that are trained. */
  gradients(): Record<string, Float32Array> {
    this.requireCompiled('gradients');
    return this.requireStore('gradients').views(GRADIENTS);
  }

  /** Copies values into parameters, by path. Paths that are not given keep their values. */
  setParameters(values: Readonly<Record<string, ArrayLike<number>>>): void {
    const views = this.requireStore('setParameters').views(PARAMETERS);
    const entries = Object.entries(values);
    for (const [path, given] of entries) {
      const view = Object.hasOwn(views, path)
        ? views[path]!
        : unknownName('setParameters', 'parameter', path, Object.keys(views));
      if (given?.length !== view.length) {
        throw new ShapeError(
          `setParameters: ${path} has ${view.length} values, got ${given?.length ?? describeValue(given)}.`,
        );
      }
      const at = Array.prototype.findIndex.call(given, (value: number) => !Number.isFinite(value));
      if (at >= 0)
        throw new DataError(`setParameters: value ${at} of ${path} is ${given[at]}. Parameters must be finite.`);
    }
    for (const [path, given] of entries) views[path]!.set(given);
  }

  /** The share of exact zeros in each parameter, by path: see the proximal option of the regularisers. */
  sparsity(): Record<string, number> {
    return sparsityOf(this.requireStore('sparsity'));
  }

  /**
   * Runs `body` with the averages that the optimiser keeps in place of the weights (see `ema` and `swa`), for evaluation and
   * prediction; in a callback too. The weights come back when what `body` returns is settled.
   *
   * @example const logs = await model.useAveragedWeights(() => model.evaluate(x, y));
   */
  async useAveragedWeights<T>(body: () => Promise<T> | T): Promise<T> {
    const [store, trained] = this.trained('useAveragedWeights');
    if (this.isAveraged) throw new StateError(`${this.name}: useAveragedWeights runs already.`);
    this.isAveraged = true;
    try {
      return await this.whileRunning(() => withAverages('useAveragedWeights', store, trained, body));
    } finally {
      this.isAveraged = false;
    }
  }

  /** Makes the averages that the optimiser keeps the weights. Training goes on from them. */
  keepAveragedWeights(): void {
    const [store, trained] = this.trained('keepAveragedWeights');
    takeAverages('keepAveragedWeights', store, trained);
  }

  /** Layers, output shapes and parameter counts, as text. */
  summary(): string {
    const network = this.requireNetwork('summary');
    return summarize(this.name, network, new ParameterLayout(network.parameters));
  }

  /** Bytes that training would need, told before anything is allocated. */
  memory(options: MemoryOptions = {}): MemoryReport {
    const network = this.requireNetwork('memory');
    return memoryReport(network, this.requireCompiled('memory'), options);
  }

  /**
   * The program of a training step as text: every instruction with shapes, buffers, FLOPs and bytes, and with `time` the
   * microseconds that it takes on random data. Changes neither weights nor optimiser states.
   */
  explain(options: ExplainOptions = {}): string {
    return explainStep(this.parts('explain'), options);
  }

  /**
   * What the learning rate is multiplied by, from the next call into the core on: 1 after each `compile`. For rates that
   * depend on how training goes, such as `reduceOnPlateau`.
   */
  get learningRateFactor(): number {
    return this.requireCompiled('learningRateFactor').training.learningRateFactor;
  }

  set learningRateFactor(factor: number) {
    const { training } = this.requireCompiled('learningRateFactor');
    training.learningRateFactor = checkNumber(this.name, 'learningRateFactor', factor, { minimum: 0 });
  }

  /** The optimiser that `compile` was given. Its `learningRate` may be set at any time. */
  get optimizer(): Optimizer {
    return this.requireCompiled('optimizer').training.optimizer;
  }

  /** Runs `body` and puts weights, optimiser states and step counter back afterwards: for trials. Do not compile in it. */
  async preserve<T>(body: () => Promise<T> | T): Promise<T> {
    const store = this.requireStore('preserve');
    const restore = store.snapshot();
    const { current } = this.run;
    try {
      return await this.whileRunning(async () => body());
    } finally {
      restore();
      this.run.current = current;
    }
  }

  /**
   * The model as the bytes of one file, safetensors with the architecture in its metadata: weights for prediction, or with
   * `training: true` all that `loadModel` needs to train on to the same bytes, also in the middle of an epoch: states of the
   * optimiser, counters, schedule, history, position in the data, states of callbacks. What is saved is the state at the call;
   * training may go on while the bytes are made.
   *
   * @throws OptionError for what can't be written: a schedule that is a function, a group that matches by one.
   * @throws StateError with `training` before `compile`, or while averaged weights are in use.
   * @example
   * const bytes = await model.save();
   * const same = await loadModel(bytes);
   */
  async save(options: SaveOptions = {}): Promise<ModelFile> {
    return saveModel(this.savedParts(options));
  }

  private savedParts(options: SaveOptions) {
    checkOptions('save', options, ['training']);
    const store = this.requireStore('save');
    const network = this.requireNetwork('save');
    if (options.training && this.isAveraged) {
      throw new StateError(
        `${this.name}: save({ training: true }) within useAveragedWeights would lose the weights that train. Save outside.`,
      );
    }
    const compiled = options.training ? this.requireCompiled('save') : undefined;
    const run = compiled && this.run.current?.();
    return { name: this.name, seed: this.seed, network, store, compiled, run };
  }

  /** Batches trained on so far. */
  get step(): number {
    return this.owned.store?.step ?? 0;
  }

  /** Gives the model's memory back. Any later use is an error. */
  dispose(): void {
    if (this.isDisposed) return;
    if (this.running > 0) {
      throw new StateError(
        `${this.name}: dispose during fit, evaluate or predict. Await it first; a signal can abort it.`,
      );
    }
    this.isDisposed = true;
    registry?.unregister(this);
    free(this.owned);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private async whileRunning<T>(body: () => Promise<T>): Promise<T> {
    this.running++;
    try {
      return await body();
    } finally {
      this.running--;
    }
  }

  private async predictStream(x: InputStream, options: PredictOptions): Promise<Prediction[]> {
    if ('samples' in options) throw new OptionError('predict: samples needs arrays. Predict batch by batch instead.');
    const batches: Prediction[][] = [];
    await this.whileRunning(async () => {
      for await (const batch of streamed(x, 'predict')) {
        if (batch === null || typeof batch !== 'object' || !('x' in batch)) {
          throw new OptionError(`predict: a stream gives batches { x }, got ${describeValue(batch)}.`);
        }
        batches.push(await this.predictAll(batch.x, options));
      }
    });
    if (batches.length === 0) throw new DataError('predict: the stream of batches is empty.');
    return batches[0]!.map((_, output) => joinPredictions(batches.map((outputs) => outputs[output]!)));
  }

  private *startPrediction(
    x: DataArgument,
    options: PredictOptions | SampledPredictOptions,
  ): Generator<void, Prediction[]> {
    checkOptions('predict', options, ['batchSize', 'signal', 'samples']);
    const samples = 'samples' in options ? options.samples : undefined;
    if (samples !== undefined) checkNumber('predict', 'samples', samples, { minimum: 2, integer: true });
    const batchSize = checkNumber('predict', 'batchSize', options.batchSize ?? 256, { minimum: 1, integer: true });
    this.assertUsable('predict');
    this.build(sampleShapeOf(x));
    const runtime = getRuntime();
    const network = this.requireNetwork('predict');
    const store = this.ensureStore(runtime);
    const predictor = (this.owned.predictor ??= new Predictor({ runtime, network, store }));
    return yield* samples === undefined ? predictor.run(x, batchSize) : predictor.runSampled(x, batchSize, samples);
  }

  /** Builds what is not built yet, from the data if need be. */
  private prepare(method: string, x: DataArgument | undefined): TrainerParts {
    this.assertUsable(method);
    this.requireCompiled(method);
    if (x !== undefined) this.build(sampleShapeOf(x));
    return this.parts(method);
  }

  private parts(method: string): TrainerParts {
    this.assertUsable(method);
    const network = this.requireNetwork(method);
    const { training, objectives } = this.requireCompiled(method);
    const runtime = getRuntime();
    const store = this.ensureStore(runtime);
    return { runtime, network, store, training, objectives: objectives(network.outputNames), run: this.run };
  }

  private ensureStore(runtime: Runtime, isInitialized = true): ParameterStore {
    if (!this.owned.store) {
      const network = this.requireNetwork('build');
      const states = this.compiled?.training.states;
      const { length, trainableLength } = new ParameterLayout(network.parameters);
      runtime.heap.reserve(
        4 * (length + trainableLength * (states ? 1 + states.length : 0)),
        `${this.name}'s parameters and states`,
      );
      const store = new ParameterStore(runtime, network.parameters, this.seed, isInitialized);
      try {
        if (states) store.allocateOptimizer(states);
      } catch (error) {
        store.dispose();
        throw error;
      }
      this.owned.store = store;
    }
    return this.owned.store;
  }

  /** The memory, and the optimiser with the updates that it has made. */
  private trained(method: string) {
    const store = this.requireStore(method);
    const { training } = this.requireCompiled(method);
    const { optimizer } = training;
    return [store, { optimizer, updates: training.updatesAfter(store.optimizerStep) }] as const;
  }

  private requireStore(method: string): ParameterStore {
    this.assertUsable(method);
    this.requireNetwork(method);
    return this.ensureStore(getRuntime());
  }

  private requireNetwork(method: string): Network {
    this.assertUsable(method);
    if (this.built) return this.built;
    throw new StateError(
      `${this.name}.${method}: the shape of a sample is not known yet. Give the first layer an inputShape, or call build([...]).`,
    );
  }

  private requireCompiled(method: string): CompiledOptions {
    if (this.compiled) return this.compiled;
    throw new StateError(`${this.name}.${method}: call compile({ optimizer, loss }) first.`);
  }

  private assertUsable(method: string): void {
    if (this.isDisposed) throw new StateError(`${this.name}.${method}: the model was disposed. Make a new one.`);
  }
}

/** The shape of one sample that data carry by themselves, for a model of one input. */
function sampleShapeOf(x: DataArgument): Shape | undefined {
  const shape = x !== null && typeof x === 'object' ? ownShape(x as ArrayData) : undefined;
  return shape && shape.length > 1 ? shape.slice(1) : undefined;
}
