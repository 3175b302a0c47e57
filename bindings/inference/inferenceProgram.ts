// Runs a model that was compiled ahead: places its programs in a memory of their own, and nothing more.

import { ProgramField, RunStateField } from '../../assembly/opcodes.js';
import type { SampleArray } from '../data/arrays.js';
import { sizeOf } from '../graph/shape.js';
import { prepareInputs, type DataArgument } from '../model/inputs.js';
import { Prediction } from '../model/prediction.js';
import { instantiateCore, type CoreExports } from '../runtime/core.js';
import { DataError, reasonOf, RuntimeError, StateError } from '../runtime/errors.js';
import { Heap, makeMemory, PAGE_BYTES } from '../runtime/memory.js';
import { ARENA, CONSTANTS, inputRegion, outputRegion, PARAMETERS, STATE, type Port } from './file.js';
import type { InferenceFile, StoredProgram } from './readFile.js';

/** A program in memory. */
interface LoadedProgram extends Pick<StoredProgram, 'rows' | 'lookUps'> {
  address: number;
}

/** A model that predicts, made by `loadInferenceProgram`. */
export class InferenceProgram implements Disposable {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  private readonly memory: WebAssembly.Memory;
  private readonly core: CoreExports;
  private readonly regions = new Map<string, number>();
  readonly inputNames: readonly string[];
  /** Largest batches first. */
  private programs: readonly LoadedProgram[];

  /** @internal */
  constructor(file: InferenceFile, module: WebAssembly.Module, maximumBytes: number) {
    ({ name: this.name, inputs: this.inputs, outputs: this.outputs } = file);
    this.inputNames = file.inputs.map(({ name }) => name);
    const maximum = Math.floor(maximumBytes / PAGE_BYTES);
    this.memory = makeMemory('loadInferenceProgram', maximum);
    this.core = instantiateCore(module, this.memory);
    const heap = new Heap(this.memory, this.core.heapBase(), maximum * PAGE_BYTES);
    this.core.setScratch(heap.allocate(this.core.scratchBytes(), 'the scratch memory of the core'));
    this.placeRegions(file, heap);
    this.view(this.regions.get(PARAMETERS)!, file.parameters.length).set(file.parameters);
    this.programs = file.programs.map((program) => this.placeProgram(program, heap));
  }

  /**
   * Predictions of the first output. Data are arrays of whole samples, as `Model.predict` takes them.
   *
   * @throws ShapeError or DataError for data that do not fit; StateError after `dispose`.
   * @example
   * const digit = program.predict(pixels).argMax()[0];
   */
  predict(x: DataArgument): Prediction {
    return this.predictAll(x)[0]!;
  }

  /** Predictions of every output, in their order. */
  predictAll(x: DataArgument): Prediction[] {
    if (this.programs.length === 0) {
      throw new StateError(`${this.name}.predict: the program was disposed. Load it again.`);
    }
    const { inputs, count } = prepareInputs('predict', this, x);
    const results = this.outputs.map(
      ({ shape }) => new Prediction(new Float32Array(count * sizeOf(shape)), [count, ...shape]),
    );
    for (let begin = 0; begin < count;) {
      const left = count - begin;
      // Where even the smallest batch is too large, what it has too many is computed and dropped.
      const program = this.programs.find(({ rows }) => rows <= left) ?? this.programs.at(-1)!;
      const rows = Math.min(program.rows, left);
      this.writeInputs(inputs, begin, rows, program);
      this.run(program);
      this.readOutputs(results, begin, rows);
      begin += rows;
    }
    return results;
  }

  /** Lets the memory go. Any later use is an error. */
  dispose(): void {
    this.programs = [];
    this.regions.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private view(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  private placeRegions({ parameters, programs, inputs, outputs }: InferenceFile, heap: Heap): void {
    const rows = programs[0]!.rows;
    const bytes = new Map([
      [PARAMETERS, parameters.byteLength],
      [ARENA, Math.max(...programs.map(({ arenaBytes }) => arenaBytes))],
      [STATE, 4 * RunStateField.end],
      ...inputs.map(({ shape }, i) => [inputRegion(i), 4 * rows * sizeOf(shape)] as const),
      ...outputs.map(({ shape }, i) => [outputRegion(i), 4 * rows * sizeOf(shape)] as const),
    ]);
    for (const [region, size] of bytes) this.regions.set(region, heap.allocate(size, `the program's ${region}`));
  }

  /** Copies a program to memory, and adds to its addresses where their regions begin. */
  private placeProgram(program: StoredProgram, heap: Heap): LoadedProgram {
    const { rows, lookUps, words, constants, relocations } = program;
    const address = heap.allocate(words.byteLength, 'a program');
    const constantsAddress = heap.allocate(constants.byteLength, 'the constants of a program');
    this.view(constantsAddress, constants.length).set(constants);
    const placed = new Uint32Array(this.memory.buffer, address, words.length);
    placed.set(words);
    for (const [region, at] of relocations) {
      const base = region === CONSTANTS ? constantsAddress : this.regions.get(region)!;
      for (const word of at) placed[word]! += base;
    }
    placed[ProgramField.words] = words.length;
    placed[ProgramField.statePointer] = this.regions.get(STATE)!;
    return { rows, lookUps, address };
  }

  private writeInputs(inputs: readonly SampleArray[], begin: number, rows: number, program: LoadedProgram): void {
    inputs.forEach(({ data, sampleShape }, i) => {
      const size = sizeOf(sampleShape);
      const View = data instanceof Int32Array ? Int32Array : Float32Array;
      const target = new View(this.memory.buffer, this.regions.get(inputRegion(i)), program.rows * size);
      target.set(data.subarray(begin * size, (begin + rows) * size));
      // Samples of an earlier run: an index among them may be one that halts.
      target.fill(0, rows * size);
    });
  }

  private readOutputs(results: readonly Prediction[], begin: number, rows: number): void {
    results.forEach(({ data }, i) => {
      const size = sizeOf(this.outputs[i]!.shape);
      data.set(this.view(this.regions.get(outputRegion(i))!, rows * size), begin * size);
    });
  }

  private run({ address, lookUps }: LoadedProgram): void {
    const halted = this.runCore(address);
    if (halted === 0) return;
    const word = (halted - address) / 4;
    const lookUp = lookUps.find((candidate) => candidate.word === word);
    throw new DataError(
      lookUp
        ? `${lookUp.layer}: an index is out of range. The table has ${lookUp.rows} rows: use 0 to ${lookUp.rows - 1}.`
        : `${this.name}.predict: the instruction at word ${word} halted the program.`,
    );
  }

  private runCore(address: number): number {
    try {
      return this.core.run(address, 1);
    } catch (cause) {
      throw new RuntimeError(
        `${this.name}.predict: the program could not be run: ${reasonOf(cause)} Load only files that exportInferenceProgram wrote.`,
        { cause },
      );
    }
  }
}
