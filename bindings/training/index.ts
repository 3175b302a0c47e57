// wasmgrad/training: training by programs that were compiled ahead, with little more than the core.

export { loadTrainingProgram, type LoadTrainingProgramOptions } from './loadTrainingProgram.js';
export { TrainingProgram, type TrainOptions } from './trainingProgram.js';
export type { Port } from '../inference/file.js';
export type { History, Logs } from '../model/history.js';
export type { DataArgument } from '../model/inputs.js';
export type { Prediction } from '../model/prediction.js';

// Here they come alone: bundlers keep a model's class beside those of the main entry, since it has a static block.
export * from '../optimizers/makers.js';
export * from '../schedules/makers.js';
