// Where the core of this package comes from: out of a text in it. Nothing is fetched, and no bundler needs a setting. The
// builds for edge runtimes, which forbid compiling bytes, have another module in this one's place (tsup.config.ts).
//
// Hexadecimal, for in base64 bytes lie across characters, and gzip finds little to shorten: that would be 8 kB more to load.

import { coreHex } from '../../../build/core-binary.js';
import { compileBytes } from './compileBytes.js';
import { decodeHex } from './decodeHex.js';

/** The core, compiled. */
export const packagedCore = (): WebAssembly.Module => compileBytes(decodeHex(coreHex));

/** The core that was built for threads, which is loaded only for them; undefined where the package has none. */
export const packagedThreadsCore: (() => Promise<WebAssembly.Module>) | undefined = async () => {
  const threads = await import('../../../build/core-threads-binary.js');
  return compileBytes(decodeHex(threads.coreHex));
};
