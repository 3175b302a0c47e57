// Inference: programs kept between calls for the last batch sizes, so that a prediction costs what its arithmetic costs.

import type { SampleArray } from '../data/arrays.js';
import { sizeOf, type Shape } from '../graph/shape.js';
import { prepareInputs, type DataArgument } from './dataset.js';
import { indexError } from '../graph/indexError.js';
import type { Program } from '../graph/program.js';
import type { TrainerParts } from './trainer.js';
import { planStep, Session } from './session.js';
import { inputRegion, outputRegion, tracePrediction, type BatchSource } from './step.js';

/** Values with their shape, row-major. */
export class Prediction {
  constructor(
    readonly data: Float32Array,
    readonly shape: Shape,
  ) {}

  /** Index of the largest value of each row (along the last axis): the predicted classes. */
  argMax(): Int32Array {
    const columns = this.shape.at(-1)!;
    return Int32Array.from({ length: this.data.length / columns }, (_, row) => {
      let best = row * columns;
      for (let i = best + 1; i < (row + 1) * columns; i++) if (this.data[i]! > this.data[best]!) best = i;
      return best - row * columns;
    });
  }

  /** One array a row. */
  rows(): Float32Array[] {
    const size = sizeOf(this.shape.slice(1));
    return Array.from({ length: this.shape[0]! }, (_, i) => this.data.subarray(i * size, (i + 1) * size));
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

export class Predictor {
  private readonly loaded = new Map<number, LoadedBatch>();

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

  dispose(): void {
    for (const { session } of this.loaded.values()) session.dispose();
    this.loaded.clear();
  }

  private runBatch(inputs: readonly SampleArray[], begin: number, rows: number, results: readonly Prediction[]): void {
    const { runtime } = this.parts;
    const { session, program, outputs } = this.loaded.get(rows) ?? this.load(rows);
    inputs.forEach(({ data, sampleShape }, i) => {
      const size = sizeOf(sampleShape);
      const address = session.block(inputRegion(i), 4 * rows * size);
      const target =
        data instanceof Int32Array ? runtime.int32(address, rows * size) : runtime.float32(address, rows * size);
      target.set(data.subarray(begin * size, (begin + rows) * size));
    });
    const halted = program.run();
    const badIndex = halted && indexError(runtime, program, halted);
    if (badIndex) throw badIndex;
    outputs.forEach(({ address, shape }, i) => {
      const size = sizeOf(shape.slice(1));
      results[i]!.data.set(runtime.float32(address, rows * size), begin * size);
    });
  }

  private load(rows: number): LoadedBatch {
    if (this.loaded.size >= KEPT_PROGRAMS) {
      const [oldest, entry] = this.loaded.entries().next().value!;
      entry.session.dispose();
      this.loaded.delete(oldest);
    }
    const { runtime, network, store } = this.parts;
    const source: BatchSource = {
      inputs: network.inputs.map(({ shape, dtype }, i) => ({ region: inputRegion(i), sampleShape: shape, dtype })),
      labels: [],
      isWeighted: false,
      samples: undefined,
      firstSample: 0,
      isShuffled: false,
    };
    const step = planStep(tracePrediction(network, store, source, rows), rows, source);
    const session = new Session(runtime, store);
    try {
      runtime.heap.reserve(step.compiled.plan.arenaBytes, `a prediction of ${rows} samples`);
      const program = session.load(step, '', session.block('arena', step.compiled.plan.arenaBytes));
      const outputs = network.outputs.map(({ shape }, i) => ({
        address: session.block(outputRegion(i), 4 * rows * sizeOf(shape)),
        shape: [rows, ...shape],
      }));
      const entry = { session, program, outputs };
      this.loaded.set(rows, entry);
      return entry;
    } catch (error) {
      session.dispose();
      throw error;
    }
  }
}
