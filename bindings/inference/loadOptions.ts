import { assertSimd } from '../runtime/core.js';
import { compileSource, type CoreSource } from '../runtime/coreSource.js';
import { PAGE_BYTES } from '../runtime/memory.js';
import { checkNumber } from '../runtime/suggest.js';

/** What compiled programs are loaded with. */
export interface LoadProgramOptions {
  /** Compiled core, its bytes, or where to fetch it, as for `init`; that of the package by default. */
  core?: CoreSource;
  /** The most bytes that the program's memory may grow to, 512 MiB by default. */
  maximumBytes?: number;
}

/** @throws OptionError for a number of bytes that can't be. */
export function maximumBytesOf(where: string, { maximumBytes = 2 ** 29 }: LoadProgramOptions): number {
  return checkNumber(where, 'maximumBytes', maximumBytes, { minimum: 64 * PAGE_BYTES, maximum: 2 ** 32 - PAGE_BYTES });
}

/** The core that is given, or that of the package. @throws RuntimeError where the host can't run either. */
export function coreOf(
  { core }: LoadProgramOptions,
  packaged: () => WebAssembly.Module,
): WebAssembly.Module | Promise<WebAssembly.Module> {
  assertSimd();
  return core === undefined ? packaged() : compileSource(core);
}
