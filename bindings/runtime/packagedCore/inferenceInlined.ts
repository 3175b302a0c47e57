// The core that only predicts, out of a text in this package; see inlined.ts.

import { coreHex } from '../../../build/core-inference-binary.js';
import { compileBytes } from './compileBytes.js';
import { decodeHex } from './decodeHex.js';

/** The core, compiled. */
export const packagedInferenceCore = (): WebAssembly.Module => compileBytes(decodeHex(coreHex));
