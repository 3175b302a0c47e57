// Inference: programs kept between calls for the last batch sizes, so that a prediction costs what its arithmetic costs.

import { RunStateField } from '../../assembly/opcodes.js';
import type { SampleArray } from '../data/arrays.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import { prepareInputs } from './inputs.js';
import type { DataArgument } from './dataset.js';
import { indexError } from '../graph/indexError.js';
import type { Program } from '../graph/program.js';
import type { TrainerParts } from './trainer.js';
import { Prediction, SampledPrediction } from './prediction.js';
import { planStep, Session } from './session.js';
import { inputRegion, outputRegion, predictionSource, tracePrediction } from './step.js';

/** Running mean and sum of squared deviations (Welford 1962), in float64. */
class Spread {
  private count = 0;
  private readonly mean: Float64Array;
  private readonly squares: Float64Array;

  constructor(size: number) {
    this.mean = new Float64Array(size);
    this.squares = new Float64Array(size);
  }

  add(values: Float32Array): void {
    this.count++;
    values.forEach((value, i) => {
      const distance = value - this.mean[i]!;
      this.mean[i]! += distance / this.count;
      this.squares[i]! += distance * (value - this.mean[i]!);
    });
  }

  writeTo(mean: Float32Array, deviation: Float32Array, offset: number): void {
    mean.set(this.mean, offset);
    deviation.set(
      this.squares.map((sum) => Math.sqrt(sum / (this.count - 1))),
      offset,
    );
  }
}

type Parts = Pick<TrainerParts, 'runtime' | 'network' | 'store'>;

interface LoadedBatch {
  session: Session;
  program: Program;
  outputs: { address: number; shape: Shape }[];
}

/** Batch sizes whose programs are kept: the one in use, and that of the last, smaller batch. */
const KEPT_PROGRAMS = 3;

const keyOf = (rows: number, stochastic: boolean): string => `${rows} rows${stochastic ? ' with noise' : ''}`;

export class Predictor {
  /** By number of rows and whether noise is drawn. */
  private readonly loaded = new Map<string, LoadedBatch>();

  constructor(private readonly parts: Parts) {}

  /** Predictions of all outputs, batch by batch. `between` runs after each batch. */
  *run(x: DataArgument, batchSize: number): Generator<void, Prediction[]> {
    const { inputs, count } = prepareInputs('predict', this.parts.network, x);
    const results = this.parts.network.outputs.map(
      ({ shape }) => new Prediction(new Float32Array(count * sizeOf(shape)), [count, ...shape]),
    );
    for (let begin = 0; begin < count; begin += batchSize) {
      this.runBatch(inputs, begin, Math.min(batchSize, count - begin), results);
      yield;
    }
    return results;
  }

  /**
   * Mean and spread of `samples` passes with dropout and noise, batch by batch. A pass over a batch has a step number of its
   * own, so the same call draws the same noise.
   */
  *runSampled(x: DataArgument, batchSize: number, samples: number): Generator<void, SampledPrediction[]> {
    const { inputs, count } = prepareInputs('predict', this.parts.network, x);
    const results = this.parts.network.outputs.map(({ shape }) => {
      const size = count * sizeOf(shape);
      return new SampledPrediction(new Float32Array(size), [count, ...shape], new Float32Array(size), samples);
    });
    let step = 0;
    for (let begin = 0; begin < count; begin += batchSize) {
      const rows = Math.min(batchSize, count - begin);
      const spreads = results.map(({ shape }) => new Spread(rows * sizeOf(shape.slice(1))));
      const batch = this.writeBatch(inputs, begin, rows, true);
      for (let sample = 0; sample < samples; sample++) {
        this.setStep(step++);
        this.runProgram(batch);
        this.readBatch(batch, rows, (i, values) => spreads[i]!.add(values));
        yield;
      }
      results.forEach(({ data, standardDeviation, shape }, i) =>
        spreads[i]!.writeTo(data, standardDeviation, begin * sizeOf(shape.slice(1))),
      );
    }
    return results;
  }

  dispose(): void {
    for (const { session } of this.loaded.values()) session.dispose();
    this.loaded.clear();
  }

  private runProgram({ program }: LoadedBatch): void {
    const halted = program.run();
    const badIndex = halted && indexError(this.parts.runtime, program, halted);
    if (badIndex) throw badIndex;
  }

  private runBatch(inputs: readonly SampleArray[], begin: number, rows: number, results: readonly Prediction[]): void {
    const batch = this.writeBatch(inputs, begin, rows, false);
    this.runProgram(batch);
    this.readBatch(batch, rows, (i, values, size) => results[i]!.data.set(values, begin * size));
  }

  /** Copies the inputs of a batch to where its program reads them. */
  private writeBatch(inputs: readonly SampleArray[], begin: number, rows: number, stochastic: boolean): LoadedBatch {
    const { runtime } = this.parts;
    const batch = this.loaded.get(keyOf(rows, stochastic)) ?? this.load(rows, stochastic);
    inputs.forEach(({ data, sampleShape }, i) => {
      const size = sizeOf(sampleShape);
      const address = batch.session.block(inputRegion(i), 4 * rows * size);
      const target =
        data instanceof Int32Array ? runtime.int32(address, rows * size) : runtime.float32(address, rows * size);
      target.set(data.subarray(begin * size, (begin + rows) * size));
    });
    return batch;
  }

  /** Hands out views of the outputs of a batch that has run, with the size of a sample. */
  private readBatch(
    { outputs }: LoadedBatch,
    rows: number,
    read: (output: number, values: Float32Array, sampleSize: number) => void,
  ): void {
    outputs.forEach(({ address, shape }, i) => {
      const size = sizeOf(shape.slice(1));
      read(i, this.parts.runtime.float32(address, rows * size), size);
    });
  }

  /** The step number of the next run: evaluation and prediction have a RunState of their own. */
  private setStep(step: number): void {
    const { runtime, store } = this.parts;
    runtime.uint32(store.inferenceState, RunStateField.end)[RunStateField.step] = step;
  }

  private load(rows: number, stochastic: boolean): LoadedBatch {
    if (this.loaded.size >= KEPT_PROGRAMS) {
      const [oldest, entry] = this.loaded.entries().next().value!;
      entry.session.dispose();
      this.loaded.delete(oldest);
    }
    const { runtime, network, store } = this.parts;
    const source = predictionSource(network);
    const step = planStep(tracePrediction(network, store, source, rows, stochastic), rows, source);
    const session = new Session(runtime, store);
    try {
      runtime.heap.reserve(step.compiled.plan.arenaBytes, `a prediction of ${rows} samples`);
      const program = session.load(step, '', session.block('arena', step.compiled.plan.arenaBytes));
      const outputs = network.outputs.map(({ shape }, i) => ({
        address: session.block(outputRegion(i), 4 * rows * sizeOf(shape)),
        shape: [rows, ...shape],
      }));
      const entry = { session, program, outputs };
      this.loaded.set(keyOf(rows, stochastic), entry);
      return entry;
    } catch (error) {
      session.dispose();
      throw error;
    }
  }
}
