// wasmgrad/selection: cross-validation, comparison of models, and search.

export {
  taskSeed,
  type Executor,
  type RunOptions,
  type Task,
  type TaskContext,
  type TaskFunction,
  type TaskReference,
} from '../executors/executor.js';
export { inline } from '../executors/inline.js';
export { compareModels, type CompareModelsOptions, type ModelComparison } from './compareModels.js';
export { crossValidate, type CrossValidateOptions, type CrossValidation } from './crossValidate.js';
export type { FoldPlan, FoldSource } from './foldPlan.js';
export {
  foldTask,
  type BuildContext,
  type FoldData,
  type FoldFit,
  type FoldPayload,
  type FoldScores,
  type FoldTaskOptions,
  type Trainable,
} from './foldTask.js';
export {
  nestedCrossValidate,
  type NestedCrossValidateOptions,
  type NestedCrossValidation,
} from './nestedCrossValidate.js';
export type { RowData } from './rows.js';
export type { FoldFigure } from './scores.js';
