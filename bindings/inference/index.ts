// wasmgrad/inference: predictions by programs that were compiled ahead, with little more than the core.

export { InferenceProgram } from './inferenceProgram.js';
export { loadInferenceProgram, type LoadInferenceProgramOptions } from './loadInferenceProgram.js';
export type { Port } from './file.js';
export type { DataArgument } from '../model/inputs.js';
export type { Prediction } from '../model/prediction.js';
