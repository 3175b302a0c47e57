// Runs a model that was compiled ahead: places its programs in a memory of their own, and nothing more.

import { RunStateField } from '../../assembly/opcodes.js';
import { sizeOf } from '../graph/shape.js';
import type { DataArgument } from '../model/inputs.js';
import type { Prediction } from '../model/prediction.js';
import { StateError } from '../runtime/errors.js';
import { ARENA, inputRegion, outputRegion, PARAMETERS, STATE, type Port } from './file.js';
import { predictAll } from './predictAll.js';
import { ProgramMemory, type PlacedProgram } from './programMemory.js';
import type { InferenceFile } from './readFile.js';

/** A model that predicts, made by `loadInferenceProgram`. */
export class InferenceProgram implements Disposable {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly inputNames: readonly string[];
  private placed: { memory: ProgramMemory; programs: readonly PlacedProgram[] } | undefined;

  /** @internal */
  constructor(file: InferenceFile, module: WebAssembly.Module, maximumBytes: number) {
    ({ name: this.name, inputs: this.inputs, outputs: this.outputs } = file);
    this.inputNames = file.inputs.map(({ name }) => name);
    const memory = new ProgramMemory('loadInferenceProgram', 'exportInferenceProgram', module, maximumBytes);
    placeRegions(memory, file);
    this.placed = { memory, programs: file.programs.map((program) => memory.place(program)) };
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
    if (!this.placed) throw new StateError(`${this.name}.predict: the program was disposed. Load it again.`);
    return predictAll(this.placed.memory, this, this.placed.programs, x);
  }

  /** Lets the memory go. Any later use is an error. */
  dispose(): void {
    this.placed = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function placeRegions(memory: ProgramMemory, { parameters, programs, inputs, outputs }: InferenceFile): void {
  const { rows } = programs[0]!;
  memory.float32(memory.allocate(PARAMETERS, parameters.byteLength), parameters.length).set(parameters);
  memory.allocate(ARENA, Math.max(...programs.map(({ arenaBytes }) => arenaBytes)));
  memory.allocate(STATE, 4 * RunStateField.end);
  inputs.forEach(({ shape }, i) => memory.allocate(inputRegion(i), 4 * rows * sizeOf(shape)));
  outputs.forEach(({ shape }, i) => memory.allocate(outputRegion(i), 4 * rows * sizeOf(shape)));
}
