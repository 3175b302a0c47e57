import { sizeOf } from '../graph/shape.js';
import { prepareInputs, type DataArgument, type InputPorts } from '../model/inputs.js';
import { Prediction } from '../model/prediction.js';
import { DataError } from '../runtime/errors.js';
import { inputRegion, outputRegion, type Port } from './file.js';
import type { PlacedProgram, ProgramMemory } from './programMemory.js';

/** What is known of a compiled model. */
export interface CompiledModel extends InputPorts {
  readonly name: string;
  readonly outputs: readonly Port[];
}

/** Predictions of every output by programs of falling batch sizes. */
export function predictAll(
  memory: ProgramMemory,
  model: CompiledModel,
  programs: readonly PlacedProgram[],
  x: DataArgument,
): Prediction[] {
  const { inputs, count } = prepareInputs('predict', model, x);
  const results = model.outputs.map(
    ({ shape }) => new Prediction(new Float32Array(count * sizeOf(shape)), [count, ...shape]),
  );
  for (let begin = 0; begin < count;) {
    const left = count - begin;
    // Where even the smallest batch is too large, what it has too many is computed and dropped.
    const program = programs.find(({ rows }) => rows <= left) ?? programs.at(-1)!;
    const rows = Math.min(program.rows, left);
    inputs.forEach((input, i) => memory.writeSamples(inputRegion(i), input, { begin, rows }, program.rows));
    const halted = memory.run(program, `${model.name}.predict`);
    if (halted !== undefined) {
      throw new DataError(`${model.name}.predict: the instruction at word ${halted} halted the program.`);
    }
    results.forEach(({ data }, i) => {
      const size = sizeOf(model.outputs[i]!.shape);
      data.set(memory.float32(memory.addressOf(outputRegion(i)), rows * size), begin * size);
    });
    begin += rows;
  }
  return results;
}
