// Trains a model whose steps were compiled ahead. Data stay with the host, which writes each batch to where the step reads it.

import { RunStateField } from '../../assembly/opcodes.js';
import { checkClassRange, toSamples, type SampleArray } from '../data/arrays.js';
import { tensorOf } from '../model/saving/values.js';
import { writeSealed } from '../formats/sealedFile.js';
import { sizeOf } from '../graph/shape.js';
import * as inference from '../inference/file.js';
import { predictAll } from '../inference/predictAll.js';
import type { PlacedProgram, ProgramMemory, Samples } from '../inference/programMemory.js';
import type { History, Logs } from '../model/history.js';
import { checkCount, entriesOf, prepareInputs, type DataArgument } from '../model/inputs.js';
import { defaultYieldMilliseconds, Pace } from '../model/pace.js';
import type { Prediction } from '../model/prediction.js';
import type { ModelFile } from '../model/saving/save.js';
import { Training } from '../model/training.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { DataError, NotFiniteError, OptionError, ShapeError, StateError } from '../runtime/errors.js';
import { checkFlag, checkNumber, checkOptions } from '../runtime/suggest.js';
import { drawOrder } from './drawOrder.js';
import * as file from './file.js';
import { place, type Placed } from './place.js';
import type { TrainingFile } from './readFile.js';
import { clearSums, readFigures } from './sums.js';

export interface TrainOptions {
  /** Times to go through the data; 1 by default. */
  epochs?: number;
  /** Number of the first epoch, for going on where a run ended; 0 by default. */
  initialEpoch?: number;
  /** Samples a step, one of those that were exported; the largest by default. */
  batchSize?: number;
  /** Draw a new order each epoch; true by default. */
  shuffle?: boolean;
  /** Data on which every epoch is evaluated, as `val_loss` ... */
  validationData?: { x: DataArgument; y: DataArgument };
  /** Called after each epoch; what it returns is awaited, and `false` ends training. */
  onEpochEnd?: (epoch: number, logs: Logs) => unknown;
  /** Stops training: `fit` rejects with the signal's reason, the weights stay. */
  signal?: AbortSignal;
  /** How long the event loop may be blocked at a time; 8 ms in a page, 50 elsewhere. */
  yieldEveryMilliseconds?: number;
}

const FIT_OPTIONS = [
  ...['epochs', 'initialEpoch', 'batchSize', 'shuffle', 'validationData', 'onEpochEnd', 'signal'],
  'yieldEveryMilliseconds',
];

/** Samples with their labels. */
interface LabelledSamples {
  inputs: readonly SampleArray[];
  labels: readonly SampleArray[];
  count: number;
}

/** A model that trains, made by `loadTrainingProgram`. */
export class TrainingProgram implements Disposable {
  readonly name: string;
  readonly inputs: readonly inference.Port[];
  readonly outputs: readonly inference.Port[];
  readonly inputNames: readonly string[];
  private readonly training: Training;
  /** Steps of the model before those of its optimiser. */
  private readonly stepsBefore: number;
  private placed: Placed | undefined;
  private isRunning = false;

  /** @internal */
  constructor(
    private readonly stored: TrainingFile,
    optimizer: Optimizer,
    module: WebAssembly.Module,
    maximumBytes: number,
  ) {
    ({ name: this.name, inputs: this.inputs, outputs: this.outputs } = stored);
    this.inputNames = stored.inputs.map(({ name }) => name);
    this.training = new Training(optimizer, stored.optimizer.gradientAccumulation);
    this.stepsBefore = stored.counters.step - stored.counters.optimizerStep;
    this.placed = place(stored, module, maximumBytes);
  }

  /** Batches trained on since the model was made. */
  get step(): number {
    const { memory } = this.require('step');
    return memory.uint32(memory.addressOf(file.TRAINING_STATE), RunStateField.end)[RunStateField.step]!;
  }

  /**
   * Trains on arrays of whole samples. The weights come to the same bits as by `model.fit` with the same seed, data and options.
   * Samples that are left of an epoch are trained on if there is a program for exactly so many; otherwise they sit this epoch
   * out, others the next.
   *
   * @throws OptionError for options that can't be; DataError or ShapeError for data that do not fit; NotFiniteError for a loss or
   * gradient that is not finite, whose step is not taken; StateError while another `fit` runs, or after `dispose`.
   * @example
   * const { history } = await program.fit(x, y, { epochs: 5, validationData: { x: xDev, y: yDev } });
   */
  async fit(x: DataArgument, y: DataArgument, options: TrainOptions = {}): Promise<History> {
    const placed = this.require('fit');
    if (this.isRunning) throw new StateError(`${this.name}.fit: another fit runs. Await it first.`);
    checkTrainOptions(options);
    const { epochs = 1, initialEpoch = 0, validationData, onEpochEnd } = options;
    const data = this.prepare('fit', x, y);
    const validation = validationData && this.prepare('fit: validationData', validationData.x, validationData.y);
    const batches = planBatches(placed.programs.training, data.count, options.batchSize);
    const history: History = { epoch: [], history: {} };
    this.isRunning = true;
    try {
      for (let epoch = initialEpoch; epoch < epochs; epoch++) {
        const logs = await this.runEpoch(placed, data, batches, epoch, options);
        for (const [name, value] of Object.entries(validation ? this.evaluateSamples(placed, validation) : {})) {
          logs[`val_${name}`] = value;
        }
        history.epoch.push(epoch);
        for (const [name, value] of Object.entries(logs)) (history.history[name] ??= []).push(value);
        if ((await onEpochEnd?.(epoch, logs)) === false) break;
      }
    } finally {
      this.isRunning = false;
    }
    return history;
  }

  /**
   * Loss and metrics of data, without dropout and noise.
   *
   * @throws DataError or ShapeError for data that do not fit.
   * @example const { loss, accuracy } = program.evaluate(xTest, yTest);
   */
  evaluate(x: DataArgument, y: DataArgument): Logs {
    const placed = this.require('evaluate');
    return this.evaluateSamples(placed, this.prepare('evaluate', x, y));
  }

  /** Predictions of the first output. */
  predict(x: DataArgument): Prediction {
    return this.predictAll(x)[0]!;
  }

  /** Predictions of every output, in their order. */
  predictAll(x: DataArgument): Prediction[] {
    const { memory, programs } = this.require('predict');
    return predictAll(memory, this, programs.prediction, x);
  }

  /** Copies of the parameters by path, as `Model.setParameters` takes them. */
  parameters(): Record<string, Float32Array> {
    const { memory } = this.require('parameters');
    return Object.fromEntries(
      this.stored.parameters.map(({ path, shape, offset }) => [path, this.view(memory, offset, sizeOf(shape)).slice()]),
    );
  }

  /** Copies values into parameters, by path. Paths that are not given keep their values. */
  setParameters(values: Readonly<Record<string, ArrayLike<number>>>): void {
    const { memory } = this.require('setParameters');
    const segments = Object.entries(values).map(([path, given]) => {
      const segment = this.stored.parameters.find((candidate) => candidate.path === path);
      if (!segment) {
        const known = this.stored.parameters.map((candidate) => candidate.path).join(', ');
        throw new OptionError(`${this.name}.setParameters: no parameter '${path}'. There are ${known}.`);
      }
      const size = sizeOf(segment.shape);
      if (given.length === size) return { segment, given, size };
      throw new ShapeError(`${this.name}.setParameters: ${path} has ${size} values, got ${given.length}.`);
    });
    for (const { segment, given, size } of segments) this.view(memory, segment.offset, size).set(given);
  }

  /**
   * The file that it was loaded from, with weights, optimiser and counters of now: loaded again, training goes on as if it had
   * never stopped.
   */
  save(): Promise<ModelFile> {
    const { memory } = this.require('save');
    const { source, optimizer, trainableLength, weights } = this.stored;
    const { step } = this;
    const changed = new Map([
      [inference.PARAMETERS, tensorOf(this.view(memory, 0, weights.length))],
      ...optimizer.states.map((name) => {
        const region = file.optimizerRegion(name);
        return [region, tensorOf(memory.float32(memory.addressOf(region), trainableLength))] as const;
      }),
    ]);
    const tensors = [...source.tensors].map(([name, tensor]) => [name, changed.get(name) ?? tensor] as const);
    const counters = { step, optimizerStep: step - this.stepsBefore };
    return writeSealed(file.TRAINING_PROGRAM, { ...source.description, counters }, tensors);
  }

  /** Lets the memory go. Any later use is an error. */
  dispose(): void {
    this.placed = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private require(method: string): Placed {
    if (this.placed) return this.placed;
    throw new StateError(`${this.name}.${method}: the program was disposed. Load it again.`);
  }

  private view(memory: ProgramMemory, offset: number, length: number): Float32Array {
    return memory.float32(memory.addressOf(inference.PARAMETERS) + 4 * offset, length);
  }

  private prepare(where: string, x: DataArgument, y: DataArgument): LabelledSamples {
    const { inputs, count } = prepareInputs(where, this, x);
    const ports = this.stored.labels;
    if (y === undefined) throw new DataError(`${where}: y is missing. Give the labels as the second argument.`);
    const names = ports.map(({ name }) => name);
    const labels = entriesOf(`${where}: y`, y, names).map((given, i) => {
      const { name, shape, dtype, classes, ignored } = ports[i]!;
      const at = `${where}: y (${name})`;
      const samples = toSamples(at, given, shape, dtype);
      checkCount(where, `y (${name})`, samples.count, count);
      if (classes !== undefined) checkClassRange(at, samples.data as Int32Array, classes, ignored);
      return samples;
    });
    return { inputs, labels, count };
  }

  private async runEpoch(
    { memory, feeds }: Placed,
    data: LabelledSamples,
    batches: readonly PlacedProgram[],
    epoch: number,
    { shuffle = true, signal, yieldEveryMilliseconds = defaultYieldMilliseconds() }: TrainOptions,
  ): Promise<Logs> {
    signal?.throwIfAborted();
    const order = drawOrder(memory, data.count, epoch, shuffle);
    const pace = new Pace(yieldEveryMilliseconds);
    const figures = this.stored.figures.training;
    clearSums(memory, figures);
    let samples = 0;
    for (const program of batches) {
      writeBatch(memory, data, { order: order.subarray(samples, samples + program.rows) }, program.rows);
      const { step } = this;
      const row = this.training.rows(step - this.stepsBefore, 1);
      memory.float32(feeds, row.length).set(row);
      if (memory.run(program, `${this.name}.fit`) !== undefined) throw notFinite(this.name, step);
      samples += program.rows;
      await pace.yieldIfDue();
      signal?.throwIfAborted();
    }
    return readFigures(memory, figures, samples);
  }

  private evaluateSamples({ memory, programs }: Placed, data: LabelledSamples): Logs {
    const figures = this.stored.figures.evaluation;
    clearSums(memory, figures);
    for (let begin = 0; begin < data.count;) {
      const program = programs.evaluation.find(({ rows }) => rows <= data.count - begin)!;
      writeBatch(memory, data, { begin, rows: program.rows }, program.rows);
      if (memory.run(program, `${this.name}.evaluate`) !== undefined) throw notFinite(this.name, this.step);
      begin += program.rows;
    }
    return readFigures(memory, figures, data.count);
  }
}

function checkTrainOptions(options: TrainOptions): void {
  checkOptions('fit', options, FIT_OPTIONS);
  checkNumber('fit', 'epochs', options.epochs ?? 1, { minimum: 1, integer: true });
  checkNumber('fit', 'initialEpoch', options.initialEpoch ?? 0, { minimum: 0, integer: true });
  checkNumber('fit', 'yieldEveryMilliseconds', options.yieldEveryMilliseconds ?? 0, { minimum: 0 });
  checkFlag('fit', 'shuffle', options.shuffle ?? true);
  if (options.validationData !== undefined) checkOptions('fit: validationData', options.validationData, ['x', 'y']);
}

/** The programs of an epoch: full batches, and what is left if there is one for it. */
function planBatches(
  programs: readonly PlacedProgram[],
  count: number,
  batchSize = Math.min(programs[0]!.rows, count),
): PlacedProgram[] {
  const sizes = programs.map(({ rows }) => rows).join(', ');
  const ofSize = (size: number) => programs.find(({ rows }) => rows === size);
  const full = ofSize(Math.min(batchSize, count));
  if (!full) {
    throw new OptionError(
      `fit: there is no program for batches of ${Math.min(batchSize, count)}: they were exported for ${sizes}. ` +
        'Give batchSize one of these, and at least as many samples, or export again.',
    );
  }
  const batches = new Array<PlacedProgram>(Math.floor(count / full.rows)).fill(full);
  const tail = ofSize(count % full.rows);
  return tail ? [...batches, tail] : batches;
}

const notFinite = (name: string, step: number): NotFiniteError =>
  new NotFiniteError(
    `${name}: the loss or a gradient is not finite at step ${step + 1}. The weights are those of the last finished step. ` +
      'Lower the learning rate, or look at the data; model.fit of wasmgrad names the operation.',
    'the loss or a gradient',
    step,
  );

function writeBatch(memory: ProgramMemory, data: LabelledSamples, samples: Samples, rows: number): void {
  data.inputs.forEach((input, i) => memory.writeSamples(inference.inputRegion(i), input, samples, rows));
  data.labels.forEach((label, i) => memory.writeSamples(file.labelRegion(i), label, samples, rows));
}
