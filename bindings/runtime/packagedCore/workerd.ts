// The core on Cloudflare's runtime, whose tools give an imported .wasm file as a compiled module.

import core from 'wasmgrad/core.wasm';
import { checkImported } from './imported.js';

export const packagedCore = (): WebAssembly.Module => checkImported(core);

/** Workers there have one thread. */
export const packagedThreadsCore = undefined;
