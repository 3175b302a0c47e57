import { packagedInferenceCore } from '../runtime/packagedCore/inferenceInlined.js';
import { checkOptions } from '../runtime/suggest.js';
import { InferenceProgram } from './inferenceProgram.js';
import { coreOf, maximumBytesOf, type LoadProgramOptions } from './loadOptions.js';
import { readInferenceFile } from './readFile.js';

export type LoadInferenceProgramOptions = LoadProgramOptions;

/**
 * Loads what `exportInferenceProgram` wrote. The program has a memory of its own, apart from that of models and of other
 * programs, and runs on one thread; it predicts to the same bits as the model.
 *
 * A program is code for the core: a file that someone forged can compute anything, for any time, but only in its own memory.
 *
 * @throws FormatError for a file that is damaged or of another kind, with the byte; RuntimeError for one of another version's
 * core; MemoryLimitError if it needs more than `maximumBytes`.
 * @example
 * import { loadInferenceProgram } from 'wasmgrad/inference';
 * const program = await loadInferenceProgram(await (await fetch('/digits.program')).arrayBuffer());
 * const [digit] = program.predict(pixels).argMax();
 */
export async function loadInferenceProgram(
  bytes: Uint8Array | ArrayBuffer,
  options: LoadInferenceProgramOptions = {},
): Promise<InferenceProgram> {
  const where = 'loadInferenceProgram';
  checkOptions(where, options, ['core', 'maximumBytes']);
  const maximumBytes = maximumBytesOf(where, options);
  const file = await readInferenceFile(bytes, where);
  return new InferenceProgram(file, await coreOf(options, packagedInferenceCore), maximumBytes);
}
