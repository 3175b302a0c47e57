// The core that only predicts on Vercel's edge runtime; see edgeLight.ts.

import core from 'wasmgrad/core.inference.wasm?module';
import { checkImported } from './imported.js';

export const packagedInferenceCore = (): WebAssembly.Module => checkImported(core);
