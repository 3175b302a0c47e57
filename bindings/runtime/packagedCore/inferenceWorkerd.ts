// The core that only predicts on Cloudflare's runtime; see workerd.ts.

import core from 'wasmgrad/core.inference.wasm';
import { checkImported } from './imported.js';

export const packagedInferenceCore = (): WebAssembly.Module => checkImported(core);
