// The programs and buffers of one fit, evaluate or predict call: compiled before anything is allocated, sharing one arena,
// all given back at the end.

import { RunStateField } from '../../assembly/opcodes.js';
import { compileGraph, type CompiledGraph } from '../graph/compile.js';
import { DTYPE_BYTES, type DType } from '../graph/op.js';
import { ARENA } from '../graph/plan.js';
import { Program } from '../graph/program.js';
import { sizeOf } from '../graph/shape.js';
import { StateError } from '../runtime/errors.js';
import type { Runtime } from '../runtime/runtime.js';
import type { SampleArray } from '../data/arrays.js';
import { rowRegions, sumsLength, type RowSlot, type SumSlot } from './figures.js';
import type { ParameterStore } from './parameters.js';
import { EPOCH, isOutputRegion, ORDER, STEP_LOSS, SUMS, WEIGHTS, type BatchSource, type TracedStep } from './step.js';

/** A traced step with its plan: what `Session.load` turns into a program. */
export interface PlannedStep {
  compiled: CompiledGraph;
  sums: readonly SumSlot[];
  rows: readonly RowSlot[];
  batchSize: number;
  source: BatchSource;
  isTraining: boolean;
  /** float32 scalars that each step of the program is fed. */
  feedCount: number;
}

export function planStep(traced: TracedStep, batchSize: number, source: BatchSource, feedCount = 0): PlannedStep {
  const compiled = compileGraph(traced.graph);
  const { sums, rows } = traced;
  return { compiled, sums, rows, batchSize, source, isTraining: feedCount > 0, feedCount };
}

/** Regions of a source's arrays with their bytes: all its samples, or one batch. */
function sourceRegions(source: BatchSource, batchSize: number): Map<string, number> {
  const rows = source.samples ?? batchSize;
  const regions = new Map<string, number>();
  // A batch that is written for each step holds bytes as float32: see StepTracer.batch.
  const widthOf = (dtype: DType) => (source.samples === undefined ? 4 : DTYPE_BYTES[dtype]);
  for (const { region, sampleShape, dtype } of [...source.inputs, ...source.labels]) {
    regions.set(region, rows * sizeOf(sampleShape) * widthOf(dtype));
  }
  if (source.isWeighted) regions.set(WEIGHTS, 4 * rows);
  if (source.isShuffled || source.isNumbered) regions.set(ORDER, 4 * rows);
  return regions;
}

/** Bytes of the arrays of a source: all its samples, or one batch. */
export const sourceBytes = (source: BatchSource, batchSize: number): number =>
  [...sourceRegions(source, batchSize).values()].reduce((sum, bytes) => sum + bytes, 0);

/** Bytes of the rows that metrics keep: of all samples, or of one batch. */
export const rowBytes = ({ rows, source, batchSize }: PlannedStep): number =>
  [...rowRegions(rows).values()].reduce((sum, width) => sum + 4 * width * (source.samples ?? batchSize), 0);

export class Session {
  private readonly blocks = new Map<string, number>();
  private readonly programs: Program[] = [];

  constructor(
    private readonly runtime: Runtime,
    private readonly store: ParameterStore,
  ) {}

  /** Address of a named block, allocated at first use. */
  block(name: string, bytes: number): number {
    const known = this.blocks.get(name);
    if (known !== undefined) return known;
    const address = this.runtime.heap.allocate(bytes, `the buffer '${name}'`);
    this.blocks.set(name, address);
    return address;
  }

  /** Where the number of the epoch lies. */
  get epochAddress(): number {
    return this.block(EPOCH, 4);
  }

  /** Copies samples to linear memory. */
  write(name: string, { data }: Pick<SampleArray, 'data'>): number {
    const address = this.block(name, data.byteLength);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.runtime.uint8(address, data.byteLength).set(bytes);
    return address;
  }

  /**
   * Makes the program of a planned step. Its data, sums and arena are the session's blocks of these names behind `prefix`;
   * steps of one prefix share them, since only one runs at a time. With `dataPrefix` the data are those of another prefix.
   */
  load(step: PlannedStep, prefix: string, arena: number, dataPrefix = prefix): Program {
    const regions: Record<string, number> = { ...this.store.regions, [ARENA]: arena };
    regions[SUMS] = this.block(prefix + SUMS, 8 * sumsLength(step.sums));
    regions[STEP_LOSS] = this.block(STEP_LOSS, 4);
    if (step.source.isNumbered) regions[EPOCH] = this.epochAddress;
    for (const [region, bytes] of sourceRegions(step.source, step.batchSize)) {
      regions[region] = this.block(dataPrefix + region, bytes);
    }
    for (const [region, bytes] of resultRegions(step)) regions[region] = this.block(prefix + region, bytes);
    const program = new Program(this.runtime, step.compiled, {
      regions,
      stateAddress: step.isTraining ? this.store.trainingState : this.store.inferenceState,
      feedCount: step.feedCount,
    });
    this.programs.push(program);
    return program;
  }

  /** Figures from the sums of all steps since `clearSums`. */
  readSums(name: string, slots: readonly SumSlot[], samples: number): Record<string, number> {
    const sums = this.runtime.float64(this.blocks.get(name)!, sumsLength(slots));
    return Object.fromEntries(
      slots.map((slot) => [slot.name, slot.result(sums.slice(slot.offset, slot.offset + slot.length), samples)]),
    );
  }

  /** The sums themselves, for a pass that is to go on elsewhere. */
  copySums(name: string, slots: readonly SumSlot[]): Float64Array {
    return this.runtime.float64(this.blocks.get(name)!, sumsLength(slots)).slice();
  }

  /** Puts back what `copySums` gave. */
  setSums(name: string, slots: readonly SumSlot[], sums: Float64Array): void {
    const length = sumsLength(slots);
    if (sums.length !== length) {
      throw new StateError(
        `fit: resume: the run kept ${sums.length} sums, loss and metrics have ${length}. Compile as before.`,
      );
    }
    this.runtime.float64(this.blocks.get(name)!, length).set(sums);
  }

  /** The rows that metrics kept of the first `samples` samples. */
  readRows(name: string, width: number, samples: number): Float32Array {
    return this.runtime.float32(this.blocks.get(name)!, width * samples).slice();
  }

  /** Adds the sums of one block to another and clears them: batches of different size have sums of their own. */
  moveSums(from: string, to: string, slots: readonly SumSlot[]): void {
    const source = this.runtime.float64(this.blocks.get(from)!, sumsLength(slots));
    const target = this.runtime.float64(this.blocks.get(to)!, sumsLength(slots));
    for (let i = 0; i < source.length; i++) target[i]! += source[i]!;
    source.fill(0);
  }

  clearSums(name: string, slots: readonly SumSlot[]): void {
    this.runtime.float64(this.blocks.get(name)!, sumsLength(slots)).fill(0);
  }

  /** The next gathered batch is number `batch` of the epoch. */
  setBatch(isTraining: boolean, batch: number): void {
    const state = isTraining ? this.store.trainingState : this.store.inferenceState;
    this.runtime.uint32(state, RunStateField.end)[RunStateField.batch] = batch;
  }

  get lastLoss(): number {
    return this.runtime.float32(this.blocks.get(STEP_LOSS)!, 1)[0]!;
  }

  dispose(): void {
    for (const program of this.programs) program.dispose();
    for (const address of this.blocks.values()) this.runtime.heap.release(address);
    this.blocks.clear();
  }
}

/** Regions of a step's rows and outputs with their bytes. */
function resultRegions({ source, batchSize, compiled, rows }: PlannedStep): Map<string, number> {
  const regions = new Map<string, number>();
  for (const [region, width] of rowRegions(rows)) regions.set(region, 4 * width * (source.samples ?? batchSize));
  compiled.graph.outputs.forEach(({ tensor, placement: { region } }) => {
    if (isOutputRegion(region)) regions.set(region, 4 * tensor.size);
  });
  return regions;
}
