// wasmgrad/training: training by programs that were compiled ahead, with little more than the core.

export { loadTrainingProgram, type LoadTrainingProgramOptions } from './loadTrainingProgram.js';
export { TrainingProgram, type TrainOptions } from './trainingProgram.js';
export type { Port } from '../inference/file.js';
export type { History, Logs } from '../model/history.js';
export type { DataArgument } from '../model/inputs.js';
export type { Prediction } from '../model/prediction.js';

// By this path they come without the library, which the optimisers of the main entry share a file with in some bundles.
export * from '../optimizers/makers.js';
export * from '../schedules/makers.js';
