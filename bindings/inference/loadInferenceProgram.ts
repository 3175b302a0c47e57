import { assertSimd } from '../runtime/core.js';
import { compileSource, type CoreSource } from '../runtime/coreSource.js';
import { packagedInferenceCore } from '../runtime/packagedCore/inferenceInlined.js';
import { PAGE_BYTES } from '../runtime/memory.js';
import { checkNumber, checkOptions } from '../runtime/suggest.js';
import { InferenceProgram } from './inferenceProgram.js';
import { readInferenceFile } from './readFile.js';

export interface LoadInferenceProgramOptions {
  /** Compiled core, its bytes, or where to fetch it, as for `init`; that of the package by default. */
  core?: CoreSource;
  /** The most bytes that the program's memory may grow to, 512 MiB by default. */
  maximumBytes?: number;
}

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
  const { core, maximumBytes = 2 ** 29 } = options;
  checkNumber(where, 'maximumBytes', maximumBytes, { minimum: 64 * PAGE_BYTES, maximum: 2 ** 32 - PAGE_BYTES });
  const file = await readInferenceFile(bytes, where);
  assertSimd();
  return new InferenceProgram(
    file,
    core === undefined ? packagedInferenceCore() : await compileSource(core),
    maximumBytes,
  );
}
