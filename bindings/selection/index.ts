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
export { nestedFoldTask, type NestedFoldPayload, type NestedFoldTaskOptions } from './nestedFoldTask.js';
export type { RowData } from './rows.js';
export type { FoldFigure } from './scores.js';

export { parameterImportance, type ImportanceOptions } from './search/importance.js';
export {
  JOURNAL_VERSION,
  memoryJournal,
  readJournal,
  type Journal,
  type JournalContents,
  type JournalHeader,
  type OpenJournal,
} from './search/journal.js';
export { asha, type AshaOptions } from './search/pruners/asha.js';
export { medianPruner, type MedianPrunerOptions } from './search/pruners/medianPruner.js';
export type { Pruner, PruneRequest } from './search/pruners/pruner.js';
export { coarseToFine, type CoarseToFineOptions } from './search/samplers/coarseToFine.js';
export { gridSearch, type GridSearchOptions } from './search/samplers/grid.js';
export { latinHypercube } from './search/samplers/latinHypercube.js';
export { randomSearch } from './search/samplers/random.js';
export type { Sampler, SampleRequest } from './search/samplers/sampler.js';
export { tpe, type TpeOptions } from './search/samplers/tpe.js';
export { hyperband, type HyperbandOptions } from './search/schedules/hyperband.js';
export type { Schedule, Turn } from './search/schedules/schedule.js';
export { successiveHalving, type SuccessiveHalvingOptions } from './search/schedules/successiveHalving.js';
export {
  choice,
  conditional,
  integer,
  logUniform,
  oneMinus,
  uniform,
  type Parameter,
  type ParameterValue,
  type Params,
  type ParamsOf,
  type Space,
} from './search/space.js';
export { study, type Objective, type SearchResult, type StudyOptions, type TrialContext } from './search/study.js';
export {
  rankTrials,
  type Direction,
  type Observation,
  type StartedTrial,
  type Trial,
  type TrialPlace,
  type TrialState,
} from './search/trial.js';
