import { coreOf, maximumBytesOf, type LoadProgramOptions } from '../inference/loadOptions.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { packagedCore } from '../runtime/packagedCore/inlined.js';
import { OptionError } from '../runtime/errors.js';
import { checkOptions, describeValue } from '../runtime/suggest.js';
import { fixedOptions } from './optimizerOptions.js';
import { readTrainingFile, type TrainingFile } from './readFile.js';
import { TrainingProgram } from './trainingProgram.js';

export interface LoadTrainingProgramOptions extends LoadProgramOptions {
  /**
   * The optimiser that the model was compiled with. Its rate, a number or a schedule, may be another: it is all of an optimiser
   * that is no part of the compiled instructions.
   */
  optimizer: Optimizer;
}

/**
 * Loads what `exportTrainingProgram` wrote: a model that trains, evaluates and predicts, with little more than the core. It has a
 * memory of its own, runs on one thread, and comes to the same bits as the model.
 *
 * A program is code for the core: a file that someone forged can compute anything, for any time, but only in its own memory.
 *
 * @throws OptionError for another optimiser than that of the model; FormatError for a file that is damaged or of another kind,
 * with the byte; RuntimeError for one of another version's core; MemoryLimitError if it needs more than `maximumBytes`.
 * @example
 * import { adam, loadTrainingProgram } from 'wasmgrad/training';
 * const program = await loadTrainingProgram(bytes, { optimizer: adam() });
 * await program.fit(x, y, { epochs: 5 });
 */
export async function loadTrainingProgram(
  bytes: Uint8Array | ArrayBuffer,
  options: LoadTrainingProgramOptions,
): Promise<TrainingProgram> {
  const where = 'loadTrainingProgram';
  checkOptions(where, options, ['core', 'maximumBytes', 'optimizer']);
  const { optimizer } = options;
  if (typeof optimizer?.hyper !== 'function') {
    throw new OptionError(
      `${where}: optimizer must be one, such as adam(), got ${describeValue(optimizer)}: names need all of the library.`,
    );
  }
  const maximumBytes = maximumBytesOf(where, options);
  const file = await readTrainingFile(bytes, where);
  checkOptimizer(where, file, optimizer);
  return new TrainingProgram(file, optimizer, await coreOf(options, packagedCore), maximumBytes);
}

function checkOptimizer(where: string, { optimizer: compiled }: TrainingFile, given: Optimizer): void {
  const options = fixedOptions(given);
  if (given.name === compiled.name && options === compiled.options) return;
  throw new OptionError(
    `${where}: the model was compiled with ${compiled.name} of ${compiled.options}, got ${given.name} of ${options}. ` +
      'Give the same; only its learningRate may be another.',
  );
}
