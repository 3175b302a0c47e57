// Runs the epochs of one `fit` or the batches of one `evaluate`, from data in linear memory or batch by batch.

import type { SampleArray } from '../data/arrays.js';
import type { Augmentation } from '../data/augmentation/augmentation.js';
import { indexError } from '../graph/indexError.js';
import type { Program } from '../graph/program.js';
import { DataError, StateError } from '../runtime/errors.js';
import type { Runtime } from '../runtime/runtime.js';
import { sourceOf, takeSamples, type PreparedData } from './dataset.js';
import { EpochOrder } from './epochOrder.js';
import { rowRegions, sumsLength } from './figures.js';
import type { Logs } from './history.js';
import type { Network } from './network.js';
import { explainNotFinite } from './notFinite.js';
import type { Pace } from './pace.js';
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

/** Where a pass over the training data stands, between two batches. */
export interface PassPosition {
  /** Batches done. */
  batch: number;
  samples: number;
  /** Sums of loss and metrics so far. */
  sums: Float64Array;
  /** Rows that metrics have kept so far, by region. */
  rows: Readonly<Record<string, Float32Array>>;
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Rows that a pass had kept where it is resumed. */
function keptRows({ rows, samples }: PassPosition, region: string, width: number): Float32Array {
  const kept = Object.hasOwn(rows, region) ? rows[region]! : undefined;
  if (kept?.length === samples * width) return kept;
  throw new StateError('fit: resume: the metrics are not those of the run that is resumed. Compile as before.');
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
  private samplesSeen = 0;
  private batchesDone = 0;
  /** Whether a step runs, or has failed. */
  private isStepping = false;
  /** Whether the last pass was stopped before its end, or may have been. */
  wasCut = false;
  /** Sums of the pass that runs. */
  private sums: { block: string; slots: PlannedStep['sums'] } = { block: '', slots: [] };
  /** Reads the rows that the pass that runs has kept so far, by region. */
  private rows: { slots: PlannedStep['rows']; read: (region: string, width: number) => Float32Array } = {
    slots: [],
    read: () => new Float32Array(0),
  };

  constructor(
    private readonly parts: TrainerParts,
    private readonly pace: Pace,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.session = new Session(parts.runtime, parts.store);
    this.order = new EpochOrder(parts.runtime, parts.store, this.session);
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
    this.beginSums(prefix, full.step, start);
    for (const [region, width] of start ? rowRegions(full.step.rows) : []) {
      this.session.write(prefix + region, { data: keptRows(start!, region, width) });
    }
    this.rows = {
      slots: full.step.rows,
      read: (region, width) => this.session.readRows(prefix + region, width, this.samplesSeen),
    };
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
        return this.figures();
      }
    }
    if (tail && this.batchesDone <= fullBatches) {
      this.session.setBatch(pass.isTraining, 0);
      this.runSteps(tail.program, pass.isTraining, 1);
      await this.afterSteps(observer, tail.step.batchSize, fullBatches + 1);
    }
    return this.figures();
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
    const collected = new Map<string, Float32Array[]>();
    const begin = (step: PlannedStep): void => {
      this.beginSums(prefix, step, start);
      this.rows = { slots: step.rows, read: (region) => concatenate(collected.get(region)!) };
      for (const [region, width] of start ? rowRegions(step.rows) : []) {
        collected.set(region, [keptRows(start!, region, width)]);
      }
    };
    const done = start?.batch ?? 0;
    for await (const batch of batches) {
      const name = `${isTraining ? 'stream' : 'validation'}${batch.weights ? ' with weights' : ''}:`;
      if (count === 0) prefix = name;
      if (name !== prefix) {
        throw new DataError('The stream gives sampleWeight in some batches only. Give it in all of them or in none.');
      }
      const { step, program } = this.streamProgram(batch, isTraining, prefix);
      if (count === 0) begin(step);
      if (count < done) {
        count++;
        continue;
      }
      this.writeSamples(batch, `${prefix}${batch.count}:`, widenBytes);
      if (step.source.isNumbered) this.writeNumbers(batch, `${prefix}${batch.count}:`);
      this.runSteps(program, isTraining, 1);
      this.session.moveSums(`${prefix}${batch.count}:${SUMS}`, prefix + SUMS, step.sums);
      for (const [region, width] of rowRegions(step.rows)) {
        const kept = this.session.readRows(`${prefix}${batch.count}:${region}`, width, batch.count);
        const parts = collected.get(region) ?? [];
        parts.push(kept);
        collected.set(region, parts);
      }
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
    return this.figures();
  }

  /** Batches of data that is too large for linear memory, in the order in which resident data would be read. */
  *batches(data: PreparedData, batchSize: number, shuffle: boolean, epoch: number): Generator<PreparedData> {
    this.order.begin(epoch);
    const order = this.order.write('stream:order', data.count, shuffle).slice();
    for (let begin = 0; begin < data.count; begin += batchSize) {
      const numbers = order.subarray(begin, begin + batchSize);
      yield { ...takeSamples(data, numbers), numbers };
    }
  }

  /** All figures of the pass that has ended. */
  private figures(): Logs {
    const { slots, read } = this.rows;
    const rows = new Map([...rowRegions(slots)].map(([region, width]) => [region, read(region, width)]));
    const logs = this.logs();
    for (const { name, region, result } of slots) logs[name] = result(rows.get(region)!);
    return logs;
  }

  /** Figures so far of the pass that runs, but for those that need all of it. */
  logs(): Logs {
    return this.session.readSums(this.sums.block, this.sums.slots, this.samplesSeen);
  }

  forgetPosition(): void {
    this.batchesDone = 0;
  }

  /** Where the pass that runs stands; undefined before its first batch. */
  position(): PassPosition | 'failed' | undefined {
    if (this.isStepping) return 'failed';
    if (this.batchesDone === 0) return undefined;
    const { block, slots } = this.sums;
    const rows = [...rowRegions(this.rows.slots)].map(([region, width]) => [region, this.rows.read(region, width)]);
    return {
      batch: this.batchesDone,
      samples: this.samplesSeen,
      sums: this.session.copySums(block, slots),
      rows: Object.fromEntries(rows) as Record<string, Float32Array>,
    };
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

  private beginSums(prefix: string, step: PlannedStep, start?: PassPosition): void {
    this.sums = { block: prefix + SUMS, slots: step.sums };
    this.samplesSeen = start?.samples ?? 0;
    this.batchesDone = start?.batch ?? 0;
    this.wasCut = false;
    if (start) this.session.setSums(this.sums.block, step.sums, start.sums);
    else this.session.clearSums(this.sums.block, step.sums);
  }

  private async afterSteps(observer: PassObserver, samples: number, batches: number): Promise<void> {
    this.samplesSeen += samples;
    this.batchesDone = batches;
    await observer.afterSteps(this.samplesSeen, batches);
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
    const first = this.samplesSeen;
    this.session.write(prefix + ORDER, { data: numbers ?? Int32Array.from({ length: count }, (_, i) => first + i) });
  }
}
