// The core on Vercel's edge runtime, whose tools give a file imported with '?module' as a compiled module.

import core from 'wasmgrad/core.wasm?module';
import { checkImported } from './imported.js';

export const packagedCore = (): WebAssembly.Module => checkImported(core);

/** Edge functions there have one thread. */
export const packagedThreadsCore = undefined;
