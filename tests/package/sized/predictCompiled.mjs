import { loadInferenceProgram } from 'wasmgrad/inference';

const program = await loadInferenceProgram(globalThis.bytes);
console.log(program.predict(globalThis.x));
