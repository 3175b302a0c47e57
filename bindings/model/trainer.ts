// Runs the epochs of one `fit` or the batches of one `evaluate`, from data in linear memory or batch by batch.

import type { SampleArray } from '../data/arrays.js';
import type { Augmentation } from '../data/augmentation/augmentation.js';
import { indexError } from '../graph/indexError.js';
import type { Program } from '../graph/program.js';
import { DataError } from '../runtime/errors.js';
import type { Runtime } from '../runtime/runtime.js';
import { sourceOf, takeSamples, type PreparedData } from './dataset.js';
import { countUp, EpochOrder } from './epochOrder.js';
import { sumsLength } from './figures.js';
import type { Logs } from './history.js';
import type { Network } from './network.js';
import { explainNotFinite } from './notFinite.js';
import type { Pace } from './pace.js';
import { PassFigures, type PassPosition } from './passFigures.js';
import type { ParameterStore } from './parameters.js';
import type { RunSlot } from './run.js';
import { planStep, rowBytes, Session, sourceBytes, type PlannedStep } from './session.js';
import {
  inputRegion,
  labelRegion,
  ORDER,
  SUMS,
  traceStep,
  WEIGHTS,
  type BatchSource,
  type OutputObjective,
} from './step.js';
import type { Training } from './training.js';

/** What a run over data reports after each call into the core. */
export interface PassObserver {
  /** True: every step is reported on its own. */
  everyStep: boolean;
  /** Whether the pass ends here, before its last step. */
  isStopped(): boolean;
  afterSteps(samples: number, batches: number): Promise<void>;
}

/** Reports to nobody. */
export const SILENT: PassObserver = {
  everyStep: false,
  isStopped: () => false,
  afterSteps: () => Promise.resolve(),
};

/** What a trainer needs of a model. */
export interface TrainerParts {
  runtime: Runtime;
  network: Network;
  store: ParameterStore;
  objectives: readonly OutputObjective[];
  training: Training;
  /** Of each input in training, where there are any. */
  augmentations?: readonly (readonly Augmentation[])[] | undefined;
  /** Where the last run of `fit` stands. */
  run: RunSlot;
}

/** A batch that is written for each step holds bytes as float32. */
const widenBytes = (data: SampleArray['data']): SampleArray['data'] =>
  data instanceof Uint8Array ? Float32Array.from(data) : data;

/** One way through all samples: as many full batches as there are, and the rest. */
interface Pass {
  data: PreparedData;
  prefix: string;
  isTraining: boolean;
  fullBatches: number;
  full: { step: PlannedStep; program: Program };
  tail: { step: PlannedStep; program: Program } | undefined;
}

export class Trainer {
  private readonly session: Session;
  private readonly streamPrograms = new Map<string, { step: PlannedStep; program: Program }>();
  private readonly order: EpochOrder;
  private readonly figures: PassFigures;
  /** Whether a step runs, or has failed. */
  private isStepping = false;
  /** Whether the last pass was stopped before its end, or may have been. */
  wasCut = false;
  constructor(
    private readonly parts: TrainerParts,
    private readonly pace: Pace,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.session = new Session(parts.runtime, parts.store);
    this.order = new EpochOrder(parts.runtime, parts.store, this.session);
    this.figures = new PassFigures(this.session);
  }

  dispose(): void {
    this.order.dispose();
    this.session.dispose();
  }

  /** Whether data fits into linear memory beside `others`, with room to spare for programs and activations. */
  fits(data: PreparedData, others: readonly PreparedData[] = []): boolean {
    const { heap } = this.parts.runtime;
    const bytes = [data, ...others].reduce(
      (sum, set) => sum + sourceBytes(sourceOf(set, { isResident: true, isShuffled: true }), set.count),
      0,
    );
    return bytes < (heap.limitBytes - heap.usedBytes) / 2;
  }

  /** Plans passes over resident data, checks their memory as a whole, then allocates and loads them. */
  loadPasses(
    requests: readonly {
      data: PreparedData;
      prefix: string;
      /** Prefix of the request whose data this one reads too. */
      dataPrefix?: string;
      isTraining: boolean;
      shuffle: boolean;
      batchSize: number;
    }[],
  ): Pass[] {
    const planned = requests.map((request) => {
      const isNumbered = this.isNumbered(request.isTraining);
      const source = sourceOf(request.data, { isResident: true, isShuffled: request.shuffle, isNumbered });
      const batchSize = Math.min(request.batchSize, request.data.count);
      const fullBatches = Math.floor(request.data.count / batchSize);
      const rest = request.data.count - fullBatches * batchSize;
      const full = this.plan(request.isTraining, source, batchSize);
      const tail =
        rest > 0 ? this.plan(request.isTraining, { ...source, firstSample: fullBatches * batchSize }, rest) : undefined;
      return { ...request, source, fullBatches, full, tail };
    });
    const steps = planned.flatMap(({ full, tail }) => (tail ? [full, tail] : [full]));
    const arenaBytes = Math.max(...steps.map(({ compiled }) => compiled.plan.arenaBytes));
    const dataBytes = planned.reduce(
      (sum, { source, data, full, dataPrefix }) =>
        sum + (dataPrefix === undefined ? sourceBytes(source, data.count) : 0) + rowBytes(full),
      0,
    );
    this.parts.runtime.heap.reserve(arenaBytes + dataBytes, 'the data and activations');
    const arena = this.session.block('arena', arenaBytes);
    return planned.map(({ data, prefix, dataPrefix, isTraining, fullBatches, full, tail }) => {
      if (dataPrefix === undefined) this.writeSamples(data, prefix);
      const load = (step: PlannedStep) => ({ step, program: this.session.load(step, prefix, arena, dataPrefix) });
      return { data, prefix, isTraining, fullBatches, full: load(full), tail: tail && load(tail) };
    });
  }

  /** Goes through all samples once, from `start` on. `epoch` seeds the order and the augmentations. */
  async run(pass: Pass, epoch: number, observer: PassObserver, start?: PassPosition): Promise<Logs> {
    const { full, tail, fullBatches, data, prefix } = pass;
    this.wasCut = false;
    this.figures.begin(prefix, full.step, start);
    const { isShuffled, isNumbered } = full.step.source;
    this.order.begin(epoch);
    if (isShuffled || isNumbered) this.order.write(prefix + ORDER, data.count, isShuffled);
    for (let batch = start?.batch ?? 0; batch < fullBatches;) {
      const remaining = fullBatches - batch;
      const steps = observer.everyStep ? 1 : this.pace.stepsFor(remaining);
      this.session.setBatch(pass.isTraining, batch);
      this.pace.time(steps, () => this.runSteps(full.program, pass.isTraining, steps));
      batch += steps;
      await this.afterSteps(observer, steps * full.step.batchSize, batch);
      if (observer.isStopped()) {
        this.wasCut = batch < fullBatches || tail !== undefined;
        return this.figures.all();
      }
    }
    if (tail && this.figures.batches <= fullBatches) {
      this.session.setBatch(pass.isTraining, 0);
      this.runSteps(tail.program, pass.isTraining, 1);
      await this.afterSteps(observer, tail.step.batchSize, fullBatches + 1);
    }
    return this.figures.all();
  }

  /** Goes through batches as they come, of any sizes. `epoch` seeds the augmentations. */
  async runStream(
    batches: AsyncIterable<PreparedData> | Iterable<PreparedData>,
    isTraining: boolean,
    epoch: number,
    observer: PassObserver,
    start?: PassPosition,
  ): Promise<Logs> {
    this.order.begin(epoch);
    let prefix = '';
    let count = 0;
    this.wasCut = false;
    const done = start?.batch ?? 0;
    for await (const batch of batches) {
      const name = `${isTraining ? 'stream' : 'validation'}${batch.weights ? ' with weights' : ''}:`;
      if (count === 0) prefix = name;
      if (name !== prefix) {
        throw new DataError('The stream gives sampleWeight in some batches only. Give it in all of them or in none.');
      }
      const { step, program } = this.streamProgram(batch, isTraining, prefix);
      if (count === 0) this.figures.beginStream(prefix, step, start);
      if (count < done) {
        count++;
        continue;
      }
      this.writeSamples(batch, `${prefix}${batch.count}:`, widenBytes);
      if (step.source.isNumbered) this.writeNumbers(batch, `${prefix}${batch.count}:`);
      this.runSteps(program, isTraining, 1);
      this.figures.collect(prefix, `${prefix}${batch.count}:`, step);
      count++;
      await this.afterSteps(observer, batch.count, count);
      if (observer.isStopped()) {
        this.wasCut = true;
        break;
      }
    }
    if (count < done) {
      throw new DataError(
        `fit: resume: ${done} batches of the epoch were done, but the stream gives ${count}. Give the same.`,
      );
    }
    if (count === 0)
      throw new DataError('The stream of batches is empty. It must give at least one batch in each epoch.');
    return this.figures.all();
  }

  /** Batches of data that is too large for linear memory, in the order in which resident data would be read. */
  *batches(data: PreparedData, batchSize: number, shuffle: boolean, epoch: number): Generator<PreparedData> {
    this.order.begin(epoch);
    const order = shuffle ? this.order.write('stream:order', data.count, true).slice() : countUp(data.count);
    for (let begin = 0; begin < data.count; begin += batchSize) {
      const numbers = order.subarray(begin, begin + batchSize);
      yield { ...takeSamples(data, numbers), numbers };
    }
  }

  /** Figures so far of the pass that runs, but for those that need all of it. */
  logs(): Logs {
    return this.figures.soFar();
  }

  forgetPosition(): void {
    this.figures.batches = 0;
  }

  /** Where the pass that runs stands; undefined before its first batch. */
  position(): PassPosition | 'failed' | undefined {
    return this.isStepping ? 'failed' : this.figures.position();
  }

  get lastLoss(): number {
    return this.session.lastLoss;
  }

  private plan(isTraining: boolean, source: BatchSource, batchSize: number): PlannedStep {
    const { network, store, objectives, training, augmentations } = this.parts;
    const learning = isTraining ? { training, augmentations } : {};
    const traced = traceStep(network, store, objectives, source, batchSize, learning);
    return planStep(traced, batchSize, source, isTraining ? training.width : 0);
  }

  private streamProgram(batch: PreparedData, isTraining: boolean, prefix: string) {
    const key = `${prefix}${batch.count}:`;
    let entry = this.streamPrograms.get(key);
    if (!entry) {
      const isNumbered = this.isNumbered(isTraining);
      const step = this.plan(isTraining, sourceOf(batch, { isNumbered }), batch.count);
      const arenaBytes = step.compiled.plan.arenaBytes;
      const { heap } = this.parts.runtime;
      heap.reserve(arenaBytes + sourceBytes(step.source, batch.count) + rowBytes(step), `a batch of ${batch.count}`);
      entry = { step, program: this.session.load(step, key, this.session.block(`${key}arena`, arenaBytes)) };
      this.session.block(prefix + SUMS, 8 * sumsLength(step.sums));
      this.streamPrograms.set(key, entry);
    }
    return entry;
  }

  private runSteps(program: Program, isTraining: boolean, steps: number): void {
    const { store, runtime, training } = this.parts;
    const feeds = isTraining ? training.rows(store.optimizerStep, steps) : [];
    const first = store.step;
    this.isStepping = true;
    const halted = program.run(feeds, steps);
    if (!halted) {
      this.isStepping = false;
      return;
    }
    const badIndex = indexError(runtime, program, halted);
    if (badIndex) throw badIndex;
    const width = feeds.length / steps;
    const done = store.step - first;
    throw explainNotFinite(runtime, store, program, halted, feeds.slice(done * width, (done + 1) * width));
  }

  private async afterSteps(observer: PassObserver, samples: number, batches: number): Promise<void> {
    this.figures.samples += samples;
    this.figures.batches = batches;
    await observer.afterSteps(this.figures.samples, batches);
    await this.pace.yieldIfDue();
    this.signal?.throwIfAborted();
  }

  /** Copies samples to their regions. `convert` brings an array to the type that the region holds. */
  private writeSamples(
    { inputs, labels, weights }: PreparedData,
    prefix: string,
    convert: (data: SampleArray['data']) => SampleArray['data'] = (data) => data,
  ): void {
    inputs.forEach(({ data }, i) => this.session.write(prefix + inputRegion(i), { data: convert(data) }));
    labels.forEach(({ data }, i) => this.session.write(prefix + labelRegion(i), { data: convert(data) }));
    if (weights) this.session.write(prefix + WEIGHTS, { data: weights });
  }

  /** Whether steps must know which samples they see. */
  private isNumbered(isTraining: boolean): boolean {
    return isTraining && this.parts.augmentations !== undefined;
  }

  /** The numbers of a batch's samples; those of a stream of the user's are their places in the epoch. */
  private writeNumbers({ count, numbers }: PreparedData, prefix: string): void {
    const first = this.figures.samples;
    this.session.write(prefix + ORDER, { data: numbers ?? countUp(count, first) });
  }
}
